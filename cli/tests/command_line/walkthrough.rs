//! `docs/optimizing.md`: every command runs, and prints what the page shows.

use std::fs;
use std::path::Path;

use crate::{command, shapes};

/// Copies a folder without those in it.
fn copied(from: &str, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// The blocks of code of a page, each with its language.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("```").skip(1).step_by(2);
    parts.map(|block| block.split_once('\n').unwrap()).collect()
}

/// Whether a printed line is the one that is shown, which may be shown up to `…`.
fn is_shown(shown: &str, printed: &str) -> bool {
    let (mut shown_words, mut words) = (shown.split_whitespace(), printed.split_whitespace());
    loop {
        match (shown_words.next(), words.next()) {
            (Some("…"), _) | (None, None) => return true,
            (Some(shown), Some(word)) if is_near(shown, word) => {}
            _ => return false,
        }
    }
}

/// Whether two words are the same, or figures that lie near each other: sums of floats, and what is chosen by them, differ with the
/// instructions of the processor. Small whole numbers count something, and are the same.
fn is_near(shown: &str, printed: &str) -> bool {
    let marks = |c: char| !(c.is_ascii_digit() || c == '.' || c == '-');
    let number = |word: &str| word.trim_matches(marks).parse::<f64>();
    match (number(shown), number(printed)) {
        (Ok(one), Ok(other)) if one.fract() != 0.0 || one >= 1000.0 => {
            let around = |word: &str| word.replace(|c: char| !marks(c), "");
            (one - other).abs() <= 0.05 * one.abs() && around(shown) == around(printed)
        }
        _ => shown == printed,
    }
}

#[test]
fn the_page_shows_what_its_commands_print() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["", "images"] {
        copied(
            &shapes(part),
            &folder.path().join("models/shapes").join(part),
        );
    }
    let page = demilite_needs::repository().join("docs/optimizing.md");
    let page = fs::read_to_string(page).unwrap();
    let mut printed = String::new();
    let (mut commands, mut lines) = (0, 0);
    for (language, block) in blocks(&page) {
        match language {
            "sh" if block.starts_with("alias") => {}
            "sh" => {
                let words: Vec<&str> = block.split_whitespace().collect();
                assert_eq!(words[0], "demilite");
                let output = command(&words[1..]).current_dir(&folder).output().unwrap();
                let error = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{block}{error}");
                printed = String::from_utf8(output.stdout).unwrap();
                commands += 1;
            }
            _ => {
                let mut rest = printed.lines();
                for shown in block
                    .lines()
                    .filter(|line| !["", "…"].contains(&line.trim()))
                {
                    let is_there = rest.any(|line| is_shown(shown, line));
                    assert!(is_there, "not printed:\n{shown}\nbut:\n{printed}");
                    lines += 1;
                }
            }
        }
    }
    assert!(
        commands >= 10 && lines >= 25,
        "{commands} commands, {lines} lines"
    );
}

#[test]
fn figures_may_lie_a_little_elsewhere() {
    assert!(is_shown(
        "at 48.2 dB on 2 samples",
        "at 49.0 dB on 2 samples"
    ));
    assert!(is_shown(
        "calibrated: 8 …",
        "calibrated: 8 samples, min-max"
    ));
    assert!(!is_shown(
        "at 48.2 dB on 2 samples",
        "at 48.2 dB on 3 samples"
    ));
    assert!(!is_shown("at 48.2 dB", "at 38.2 dB") && !is_shown("48.2 %", "48.2 dB"));
    assert!(!is_shown("min-max", "min-max: 48.2 dB"));
}
