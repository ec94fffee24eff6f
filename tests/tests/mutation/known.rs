//! Mutants that no case can kill, with the reason, and those that none kills yet.
//!
//! A line `== REASON` begins a group. Of a mutant there are three lines, its file and what the edit makes of a line:
//!
//! ```text
//! prelude/input
//! - let a = load(input[i >> 2u]);
//! + let a = load(input[i << 2u]);
//! ```
//!
//! `held FILE N HASH` says that N in a thousand of the file's mutants were held, when its text had that hash; of a file that is another
//! since, nothing is known. Lines that begin with `#`, and empty ones, say nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::mutant::{Mutant, fnv};

/// Mutants by file and by their lines before and after the edit, with a reason each.
#[derive(Debug, Default)]
pub(crate) struct Known {
    mutants: BTreeMap<(String, String, String), String>,
    /// Of files how many in a thousand mutants were held, and the hash of the text.
    held: BTreeMap<String, (u64, u64)>,
}

impl Known {
    /// # Panics
    /// Where a line is out of place.
    pub(crate) fn read(text: &str) -> Self {
        let mut known = Known::default();
        let mut reason = "";
        let lines = text.lines().enumerate();
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        while let Some((number, line)) = lines.next() {
            if let Some(begun) = line.strip_prefix("== ") {
                reason = begun;
                continue;
            }
            if let Some(held) = line.strip_prefix("held ") {
                let words: Vec<&str> = held.split(' ').collect();
                let [file, share, hash] = words[..] else {
                    panic!("line {}: no file, share and hash", number + 1);
                };
                let share = share.parse().expect("a share of 1000");
                let hash = u64::from_str_radix(hash, 16).expect("a hash");
                known.held.insert(file.to_owned(), (share, hash));
                continue;
            }
            let mut marked = |mark| {
                let line = lines.next().and_then(|(_, line)| line.strip_prefix(mark));
                let line = line.unwrap_or_else(|| panic!("line {}: no mutant", number + 1));
                line.trim().to_owned()
            };
            let key = (line.to_owned(), marked("-"), marked("+"));
            known.mutants.insert(key, reason.to_owned());
        }
        known
    }

    /// Why the mutant is listed, if it is.
    pub(crate) fn reason(&self, mutant: &Mutant) -> Option<&str> {
        let (file, before, after) = mutant.key();
        let key = (file.to_owned(), before.to_owned(), after.to_owned());
        self.mutants.get(&key).map(String::as_str)
    }

    /// How many in a thousand of the mutants of a file with this text were held.
    pub(crate) fn share(&self, file: &str, text: &str) -> u64 {
        let held = self.held.get(file);
        held.map_or(
            0,
            |&(share, hash)| if hash == fnv(text) { share } else { 0 },
        )
    }

    /// Those that are listed for one of these files and fit no mutant of it.
    pub(crate) fn strangers<'a>(&'a self, file: &str, mutants: &[Mutant]) -> Vec<&'a str> {
        let is_one = |key: &(String, String, String)| {
            let mut mutants = mutants.iter();
            mutants.any(|mutant| mutant.key() == (&*key.0, &*key.1, &*key.2))
        };
        let listed = self.mutants.keys().filter(|key| key.0 == file);
        let strangers = listed.filter(|key| !is_one(key));
        strangers.map(|(_, before, _)| before.as_str()).collect()
    }
}

/// What says that so many in a thousand of the file's mutants were held.
pub(crate) fn held(file: &str, text: &str, share: u64) -> String {
    format!("held {file} {share} {:016x}\n", fnv(text))
}

/// Mutants as a file of [`Known`] has them, without reasons.
pub(crate) fn written<'a>(mutants: impl Iterator<Item = &'a Mutant>) -> String {
    let mut text = String::new();
    for mutant in mutants {
        let (file, before, after) = mutant.key();
        let _ = write!(text, "\n{file}\n- {before}\n+ {after}\n");
    }
    text
}
