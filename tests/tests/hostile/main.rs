//! Files that are damaged or that mean harm: an error, never a panic, never more memory than their
//! size accounts for.

mod adversarial;
mod allocation;
mod alteration;
mod calls;
mod course;
mod described;
mod emptied;
mod fatal;
mod harmless;
mod inputs;
mod mutation;
mod on_the_gpu;
mod original;
mod other_inputs;
#[path = "../place/mod.rs"]
mod place;
#[path = "../../../custom-ops/tests/sound_custom_ops/mod.rs"]
mod sound_custom_ops;

use std::cell::Cell;
use std::fmt::Debug;

use alteration::{alteration, altered};
use course::{Reached, put_to_the_test};
use fatal::{Fatal, broken, fatal};
use harmless::{Harmless, changed, harmless};
use mutation::damage;
use original::{Original, originals};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// Files that one run of each test tries.
const FILES: u32 = 20_000;

/// Of this many files one is changed harmlessly, and one fatally; the others take what comes.
///
/// So FILES / PARTS files run and as many are refused whatever the originals are, give or take the chance of the draw: its
/// standard deviation is the root of FILES · 1/6 · 5/6, which is 53 of 3,333. [`LEAST`] lies 15 of these below.
const PARTS: u32 = 6;

/// Files that have to run, and files that have to be refused.
const LEAST: u32 = FILES / 8;

/// What becomes of a file.
#[derive(Debug, Clone)]
enum Change<C> {
    /// Nobody knows what becomes of it.
    Wild(Vec<C>),
    /// It runs as before.
    Harmless(Vec<Harmless>),
    /// It is refused.
    Fatal(Fatal),
}

/// How many files came how far.
#[derive(Debug, Default)]
struct Counts {
    refused: Cell<u32>,
    loaded: Cell<u32>,
    built: Cell<u32>,
    ran: Cell<u32>,
}

impl Counts {
    fn count(&self, reached: Reached) {
        let count = match reached {
            Reached::Refused => &self.refused,
            Reached::Loaded => &self.loaded,
            Reached::Built => &self.built,
            Reached::Ran => &self.ran,
        };
        count.set(count.get() + 1);
    }
}

#[test]
fn damaged_files_give_errors_or_run() {
    every_file_holds(damage(), |original, damage| original.damaged(damage));
}

#[test]
fn files_that_say_something_else_give_errors_or_run() {
    every_file_holds(alteration(), altered);
}

/// The seed that `DEMILITE_SEED` asks for, or the same one each time.
fn seed() -> u64 {
    let seed = std::env::var("DEMILITE_SEED").ok();
    seed.map_or(0, |seed| seed.parse().expect("DEMILITE_SEED is a number"))
}

/// What draws this many cases from the seed.
fn runner(cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed().to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Makes [`FILES`] files of the originals, each changed, and puts them to the test.
fn every_file_holds<C: Debug + Clone>(
    change: impl Strategy<Value = C>,
    apply: impl Fn(&Original, &[C]) -> Vec<u8>,
) {
    let originals = originals();
    let (running, others): (Vec<&Original>, Vec<&Original>) =
        originals.iter().partition(|original| original.runs);
    let pick = |runs: bool, index: &Index| match runs {
        true => running[index.index(running.len())],
        false => &originals[index.index(originals.len())],
    };
    let counts = Counts::default();
    let changes = prop_oneof![
        PARTS - 2 => prop::collection::vec(change, 1..4).prop_map(Change::Wild),
        1 => prop::collection::vec(harmless(), 1..4).prop_map(Change::Harmless),
        1 => fatal().prop_map(Change::Fatal),
    ];
    let files = (any::<Index>(), changes);
    let result = runner(FILES).run(&files, |(original, change)| {
        let original = pick(matches!(change, Change::Harmless(_)), &original);
        let (file, expected) = match &change {
            Change::Wild(changes) => (apply(original, changes), None),
            Change::Harmless(changes) => (changed(original, changes), Some(Reached::Ran)),
            Change::Fatal(fatal) => (broken(original, fatal), Some(Reached::Refused)),
        };
        let name = &original.name;
        let reached = put_to_the_test(&file)
            .map_err(|reason| TestCaseError::fail(format!("{name}: {reason}")))?;
        if expected.is_some_and(|expected| expected != reached) {
            return Err(TestCaseError::fail(format!("{name}: it is {reached:?}")));
        }
        counts.count(reached);
        Ok(())
    });
    let seed = seed();
    println!(
        "DEMILITE_SEED={seed}: {FILES} files from {} that run and {} others: {counts:?}",
        running.len(),
        others.len()
    );
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (_, change))) => {
            panic!("DEMILITE_SEED={seed}: {change:?}: {reason}")
        }
        Err(error) => panic!("DEMILITE_SEED={seed}: {error}"),
    }
    assert!(counts.refused.get() > LEAST, "{counts:?}");
    assert!(counts.ran.get() > LEAST, "{counts:?}");
}
