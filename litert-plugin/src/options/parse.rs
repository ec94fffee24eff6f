//! From texts to options.

use std::num::NonZeroUsize;

use demilite::gpu::{AdapterChoice, Precision, Tune};
use demilite::schema::BuiltinOperator;

use super::{Log, OptionError, Options};

/// An option: its name, what values it takes, and how one is taken over. `None` stands for a value that it does not take.
struct Key {
    name: &'static str,
    takes: &'static str,
    set: fn(&mut Options, &str) -> Option<()>,
}

const KEYS: &[Key] = &[
    Key {
        name: "backend",
        takes: "auto, gpu, cpu or reference",
        set: |options, value| {
            options.backend = value.parse().ok()?;
            Some(())
        },
    },
    Key {
        name: "precision",
        takes: "auto, f16 or f32",
        set: |options, value| {
            options.precision = match value {
                "auto" => Precision::Auto,
                "f16" => Precision::F16,
                "f32" => Precision::F32,
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "threads",
        takes: "a number from 1 on",
        set: |options, value| {
            options.threads = Some(value.parse().ok()?);
            Some(())
        },
    },
    Key {
        name: "adapter",
        takes: "the index of an adapter or a part of its name",
        set: |options, value| {
            options.adapter = match value.parse() {
                Ok(index) => AdapterChoice::Index(index),
                Err(_) if value.is_empty() => return None,
                Err(_) => AdapterChoice::Name(value.to_owned()),
            };
            Some(())
        },
    },
    Key {
        name: "pipeline_cache",
        takes: "a folder that nobody else can write to",
        set: |options, value| {
            options.pipeline_cache = Some(value.into());
            (!value.is_empty()).then_some(())
        },
    },
    Key {
        name: "tune",
        takes: "off, quick or full",
        set: |options, value| {
            options.tune = match value {
                "off" => Tune::Off,
                "quick" => Tune::Quick,
                "full" => Tune::Full,
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "allow",
        takes: "names of ops with commas between them",
        set: |options, value| {
            options.partitions.allow = Some(ops(value)?.collect());
            Some(())
        },
    },
    Key {
        name: "deny",
        takes: "names of ops with commas between them",
        set: |options, value| {
            options.partitions.deny = ops(value)?.collect();
            Some(())
        },
    },
    Key {
        name: "min_nodes_per_partition",
        takes: "a number from 1 on",
        set: |options, value| {
            let nodes: NonZeroUsize = value.parse().ok()?;
            options.partitions.min_nodes_per_partition = nodes.get();
            Some(())
        },
    },
    Key {
        name: "max_partitions",
        takes: "a number from 1 on",
        set: |options, value| {
            let partitions: NonZeroUsize = value.parse().ok()?;
            options.partitions.max_partitions = partitions.get();
            Some(())
        },
    },
    Key {
        name: "log",
        takes: "off, graphs or nodes",
        set: |options, value| {
            options.log = match value {
                "off" => Log::Off,
                "graphs" => Log::Graphs,
                "nodes" => Log::Nodes,
                _ => return None,
            };
            Some(())
        },
    },
    Key {
        name: "strict",
        takes: "true or false",
        set: |options, value| {
            // Python writes its own with a capital.
            options.strict = match value {
                "true" | "True" => true,
                "false" | "False" => false,
                _ => return None,
            };
            Some(())
        },
    },
];

/// The names of a list.
fn ops(list: &str) -> Option<impl Iterator<Item = String>> {
    let names = list.split(',').map(|name| name.trim().to_owned());
    (!names.clone().any(|name| name.is_empty())).then_some(names)
}

impl Options {
    /// The options that these pairs of a key and a value ask for.
    ///
    /// # Errors
    /// [`OptionError`] for a key or value that there is not, which says what there is.
    pub(crate) fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, OptionError> {
        let mut options = Options::default();
        let mut given = Vec::new();
        for (name, value) in pairs {
            let key = KEYS.iter().find(|key| key.name == name);
            let key = key.ok_or_else(|| OptionError::Key {
                key: name.to_owned(),
                known: KEYS
                    .iter()
                    .map(|key| key.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
            if given.contains(&key.name) {
                return Err(OptionError::Twice { key: key.name });
            }
            given.push(key.name);
            (key.set)(&mut options, value).ok_or_else(|| OptionError::Value {
                key: key.name,
                value: value.to_owned(),
                takes: key.takes.to_owned(),
            })?;
        }
        options.check_ops()?;
        Ok(options)
    }

    /// Checks that the lists name ops that there are.
    fn check_ops(&self) -> Result<(), OptionError> {
        let allowed = self
            .partitions
            .allow
            .iter()
            .flatten()
            .map(|op| ("allow", op));
        let denied = self.partitions.deny.iter().map(|op| ("deny", op));
        for (key, op) in allowed.chain(denied) {
            if !BuiltinOperator::ALL.iter().any(|known| known.name() == op) {
                let op = op.clone();
                return Err(OptionError::Op { key, op });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use demilite::DelegateChoice;

    use super::*;

    #[test]
    fn pairs_become_options() {
        let options = Options::parse([
            ("backend", "cpu"),
            ("threads", "2"),
            ("deny", "SOFTMAX, CONV_2D"),
            ("min_nodes_per_partition", "3"),
            ("strict", "True"),
            ("log", "nodes"),
            ("tune", "quick"),
        ])
        .unwrap();
        assert_eq!(options.backend, DelegateChoice::Cpu);
        assert_eq!(options.threads.map(NonZeroUsize::get), Some(2));
        assert!(options.partitions.deny.contains("CONV_2D"));
        assert_eq!(options.partitions.min_nodes_per_partition, 3);
        assert!(options.strict && options.log == Log::Nodes);
        assert_eq!(options.tune, Tune::Quick);
        assert_eq!(Options::parse([]).unwrap().backend, DelegateChoice::Auto);
    }

    #[test]
    fn an_error_says_what_there_is() {
        for (pair, expected) in [
            (
                ("bakend", "gpu"),
                "there is no option \"bakend\": there are backend, precision",
            ),
            (("backend", "tpu"), "it takes auto, gpu, cpu or reference"),
            (("threads", "0"), "it takes a number from 1 on"),
            (
                ("adapter", ""),
                "it takes the index of an adapter or a part of its name",
            ),
            (
                ("deny", "SOFTMAX,"),
                "it takes names of ops with commas between them",
            ),
            (
                ("allow", "Softmax"),
                "names the op \"Softmax\", which LiteRT does not have",
            ),
            (("strict", "yes"), "it takes true or false"),
            (("tune", "on"), "it takes off, quick or full"),
            (("log", ""), "it takes off, graphs or nodes"),
        ] {
            let error = Options::parse([pair]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let twice = Options::parse([("log", "off"), ("log", "nodes")]);
        assert_eq!(twice.unwrap_err(), OptionError::Twice { key: "log" });
    }
}
