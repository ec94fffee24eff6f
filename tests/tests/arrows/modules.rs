//! The modules of a crate, and which of them each one names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path within its crate; empty for the crate itself.
pub(crate) type Module = Vec<String>;

/// For each module of the crate with this folder of sources those that it names. Unit tests are left out, and so is what a module
/// takes from one that it lies in.
pub(crate) fn imports(folder: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut texts = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("a folder that can be read");
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let inside = path.strip_prefix(folder).expect("a path below the folder");
            let text = fs::read_to_string(path).expect("a text");
            texts.insert(module(inside), code(&text));
        }
    }
    let named = |(from, text): (&Module, &String)| {
        let targets = paths(text).into_iter();
        let targets = targets.filter_map(|path| target(from, &path, &texts));
        (from.clone(), targets.collect())
    };
    texts.iter().map(named).collect()
}

/// The module of a file.
fn module(path: &Path) -> Module {
    let path = path.with_extension("");
    let names = path.iter().map(|name| name.to_string_lossy().into_owned());
    let mut module: Module = names.collect();
    if matches!(&module[..], [.., last] if last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

/// A file's text without comments and unit tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..end].lines();
    let code = lines.map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// The paths that a text imports, and those from the crate or a module above that it names elsewhere.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let is_word = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = &rest[at + 4..];
        let Some(end) = rest.find(';').filter(|_| is_word) else {
            continue;
        };
        expand(&rest[..end], &[], &mut found);
        rest = &rest[end..];
    }
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let path = &text[at..];
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let names = path[..end.unwrap_or(path.len())].split("::");
            found.push(names.map(str::to_owned).collect());
        }
    }
    found
}

/// The paths of an import, with braces taken apart.
fn expand(tree: &str, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let names = |text: &str| -> Vec<String> {
        let text = text.split(" as ").next().unwrap_or_default();
        let names = text.split("::").map(|name| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    };
    let Some((before, inner)) = tree.split_once('{') else {
        found.push([prefix, &names(tree)].concat());
        return;
    };
    let prefix = [prefix, &names(before)].concat();
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&inner[start..at], &prefix, found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        expand(&inner[start..], &prefix, found);
    }
}

/// The module of the crate that `path`, as `from` writes it, leads to; none for another crate's, for itself and for one that it
/// lies in.
fn target<T>(from: &Module, path: &[String], modules: &BTreeMap<Module, T>) -> Option<Module> {
    let above = path.iter().take_while(|name| *name == "super").count();
    let mut absolute = match path.first()?.as_str() {
        "crate" => path[1..].to_vec(),
        "self" => [from, &path[1..]].concat(),
        "super" => [&from[..from.len().checked_sub(above)?], &path[above..]].concat(),
        first => {
            let child = [&from[..], &[first.to_owned()]].concat();
            if !modules.contains_key(&child) {
                return None;
            }
            [from, path].concat()
        }
    };
    while !modules.contains_key(&absolute) {
        absolute.pop()?;
    }
    (!from.starts_with(&absolute)).then_some(absolute)
}

/// A circle of modules that name one another, if there is one.
pub(crate) fn circle(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let reached = |start: &Module| {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(next) = open.pop() {
            let targets = imports.get(next).into_iter().flatten();
            open.extend(targets.filter(|target| reached.insert((*target).clone())));
        }
        reached
    };
    let all: BTreeMap<&Module, BTreeSet<Module>> = imports
        .keys()
        .map(|start| (start, reached(start)))
        .collect();
    let (start, reached) = all
        .iter()
        .find(|(start, reached)| reached.contains(**start))?;
    let mutual = reached.iter().filter(|each| all[each].contains(*start));
    Some(mutual.cloned().collect())
}
