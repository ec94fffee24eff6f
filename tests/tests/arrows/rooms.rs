//! Which room of a crate may name which: ARCHITECTURE.md lists them, and each may name those before it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::modules::{circle, imports};

/// Crates whose modules form no circles, and the heading of their list of rooms.
const CRATES: &[(&str, Option<&str>)] = &[
    ("gpu-delegate", Some("## Inside the GPU delegate")),
    ("cpu-delegate", Some("## Inside the fast CPU delegate")),
    ("cpu-reference", Some("## Inside the reference")),
    ("executor", Some("## Inside the executor")),
    ("litert-plugin", Some("## Inside LiteRT's delegate")),
    ("capi", Some("## Inside the C library")),
    ("python", Some("## Inside the Python package")),
    ("shaders", None),
    ("custom-ops", None),
    ("optimizer", None),
    ("demilite", None),
    ("cli", None),
    ("core/src/session", None),
];

/// Modules that may name one another, each with the reason.
const RECURSIONS: &[(&str, &[&str], &str)] = &[(
    "core/src/session",
    &[
        "call",
        "compiled_graph",
        "compiler",
        "invocation",
        "repetition",
    ],
    "nodes of a graph call graphs, which are compiled and run as it is",
)];

fn root() -> PathBuf {
    demilite_needs::repository()
}

/// The sources of a crate, or the folder itself.
fn folder(name: &str) -> PathBuf {
    match name.contains('/') {
        true => root().join(name),
        false => root().join(name).join("src"),
    }
}

/// The rooms in the first column of the table behind `heading`, in order, without slashes and endings.
fn rooms(heading: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = text.split_once(heading);
    let (_, section) = section.unwrap_or_else(|| panic!("ARCHITECTURE.md has no {heading:?}"));
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|row| {
            let name = row.strip_prefix("| `")?.split('`').next()?;
            Some(
                name.trim_end_matches('/')
                    .trim_end_matches(".rs")
                    .to_owned(),
            )
        })
        .collect()
}

#[test]
fn each_room_names_those_before_it_alone() {
    let mut breaches = BTreeSet::new();
    for (name, heading) in CRATES {
        let Some(heading) = heading else { continue };
        let rooms = rooms(heading);
        let place = |room: &String| rooms.iter().position(|each| each == room);
        let mut met = BTreeSet::new();
        for (from, targets) in imports(&folder(name)) {
            let Some(room) = from.first() else { continue };
            met.insert(room.clone());
            let Some(from_place) = place(room) else {
                breaches.insert(format!("{name}: {room} is not in the table of {heading:?}"));
                continue;
            };
            for target in targets {
                let Some(to) = target.first() else { continue };
                if place(to).is_some_and(|to_place| to_place > from_place) {
                    let [from, target] = [&from, &target].map(|module| module.join("::"));
                    breaches.insert(format!("{name}: {from} names {target}"));
                }
            }
        }
        let missing = rooms.iter().filter(|room| !met.contains(*room));
        breaches.extend(missing.map(|room| format!("{name}: there is no {room}")));
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn modules_form_no_circles() {
    for (name, _) in CRATES {
        let mut imports = imports(&folder(name));
        let recursions = RECURSIONS.iter().filter(|(of, ..)| of == name);
        for (_, modules, reason) in recursions {
            let within: Vec<_> = modules
                .iter()
                .map(|module| vec![module.to_string()])
                .collect();
            let is_mutual = circle(&imports).is_some_and(|circle| circle == within);
            assert!(
                is_mutual,
                "{name}: {modules:?} are no longer one circle: {reason}"
            );
            for (_, targets) in imports.iter_mut().filter(|(from, _)| within.contains(from)) {
                targets.retain(|target| !within.contains(target));
            }
        }
        let circle = circle(&imports);
        let circle = circle.map(|modules| modules.iter().map(|each| each.join("::")).collect());
        assert_eq!(circle, None::<Vec<String>>, "{name}");
    }
}
