//! Which crate may depend on which, and within a crate which room may name which.

mod modules;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// What a crate of the workspace may depend on at run time.
struct Rule {
    /// The crate.
    name: &'static str,
    /// Crates of the workspace that it may name.
    may: &'static [&'static str],
    /// Crates that it may not reach, not even through others.
    never: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        name: "demilite-core",
        may: &[],
        never: &["wgpu", "naga", "rayon"],
    },
    Rule {
        name: "demilite-executor",
        may: &["demilite-core"],
        never: &["wgpu", "naga", "rayon"],
    },
    Rule {
        name: "demilite-cpu-reference",
        may: &["demilite-core", "demilite-executor"],
        never: &["wgpu", "naga", "rayon"],
    },
    Rule {
        name: "demilite-cpu",
        may: &["demilite-core", "demilite-executor"],
        never: &["wgpu", "naga", "demilite-cpu-reference"],
    },
    Rule {
        name: "demilite-custom-ops",
        may: &[
            "demilite-core",
            "demilite-executor",
            "demilite-cpu-reference",
        ],
        never: &["wgpu", "naga", "rayon"],
    },
    Rule {
        name: "demilite-shaders",
        may: &[],
        never: &["wgpu", "naga"],
    },
    Rule {
        name: "demilite-gpu",
        may: &["demilite-core", "demilite-shaders"],
        never: &["demilite-cpu-reference"],
    },
    Rule {
        name: "demilite-optimizer",
        may: &["demilite-core"],
        never: &["wgpu", "naga"],
    },
    Rule {
        name: "demilite-litert",
        may: &["demilite"],
        never: &["demilite-cli", "demilite-conformance"],
    },
    Rule {
        name: "demilite-c",
        may: &["demilite"],
        never: &["demilite-cli", "demilite-conformance"],
    },
    Rule {
        name: "demilite-python",
        may: &["demilite"],
        never: &["demilite-cli", "demilite-conformance"],
    },
    Rule {
        name: "demilite",
        may: &[
            "demilite-core",
            "demilite-executor",
            "demilite-cpu",
            "demilite-cpu-reference",
            "demilite-custom-ops",
            "demilite-gpu",
            "demilite-optimizer",
        ],
        never: &[
            "demilite-c",
            "demilite-litert",
            "demilite-python",
            "demilite-conformance",
        ],
    },
    Rule {
        name: "demilite-cli",
        may: &["demilite", "demilite-conformance", "demilite-models"],
        never: &["demilite-litert", "demilite-benches"],
    },
    Rule {
        name: "demilite-conformance",
        may: &[
            "demilite",
            "demilite-core",
            "demilite-cpu-reference",
            "demilite-custom-ops",
        ],
        never: &["demilite-cli", "demilite-benches"],
    },
    Rule {
        name: "demilite-third-party",
        may: &["demilite-core", "demilite-conformance"],
        never: &["wgpu", "naga", "demilite-gpu"],
    },
    Rule {
        name: "demilite-models",
        may: &[],
        never: &["wgpu", "naga"],
    },
    Rule {
        name: "demilite-needs",
        may: &[],
        never: &["wgpu", "naga"],
    },
    Rule {
        name: "demilite-benches",
        may: &[
            "demilite",
            "demilite-conformance",
            "demilite-core",
            "demilite-cpu-reference",
            "demilite-custom-ops",
            "demilite-gpu",
        ],
        never: &["demilite-cli"],
    },
];

fn metadata() -> Metadata {
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8(rustc.stdout).expect("rustc speaks UTF-8");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    MetadataCommand::new()
        .manifest_path(demilite_needs::repository().join("Cargo.toml"))
        .other_options(["--locked", "--filter-platform", host].map(String::from))
        .exec()
        .expect("cargo metadata runs")
}

/// For each package the packages that it depends on at run time.
fn arrows(metadata: &Metadata) -> BTreeMap<&PackageId, Vec<&PackageId>> {
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let at_run_time = |dep: &&cargo_metadata::NodeDep| {
        let mut kinds = dep.dep_kinds.iter();
        kinds.any(|kind| kind.kind == DependencyKind::Normal)
    };
    let nodes = resolve.nodes.iter();
    nodes
        .map(|node| {
            let deps = node.deps.iter().filter(at_run_time);
            (&node.id, deps.map(|dep| &dep.pkg).collect())
        })
        .collect()
}

#[test]
fn every_crate_keeps_to_its_arrows() {
    let metadata = metadata();
    let arrows = arrows(&metadata);
    let members: BTreeMap<&str, &PackageId> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.as_str(), &package.id))
        .collect();
    let mut breaches = Vec::new();
    for (name, id) in &members {
        let Some(rule) = RULES.iter().find(|rule| rule.name == *name) else {
            breaches.push(format!("{name} has no rule"));
            continue;
        };
        for dep in &arrows[id] {
            let dep = metadata[dep].name.as_str();
            if members.contains_key(dep) && !rule.may.contains(&dep) {
                breaches.push(format!("{name} depends on {dep}"));
            }
        }
        let mut reached = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(next) = open.pop() {
            for dep in &arrows[next] {
                if reached.insert(metadata[*dep].name.as_str()) {
                    open.push(dep);
                }
            }
        }
        let never = rule.never.iter().filter(|dep| reached.contains(*dep));
        breaches.extend(never.map(|dep| format!("{name} reaches {dep}")));
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn the_table_of_kernels_needs_nothing_at_run_time() {
    let metadata = metadata();
    let shaders = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| package.name.as_str() == "demilite-shaders")
        .expect("the crate of the shaders");
    assert_eq!(arrows(&metadata)[&shaders.id], Vec::<&PackageId>::new());
}
