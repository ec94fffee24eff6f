//! Mutants of the WGSL kernels, and whether the suite notices them.
//!
//! `DEMILITE_RECORD` asks for so many in a thousand of all mutants, of the files whose names contain `DEMILITE_FILTER`; where that is
//! empty, for those of which no list and no page says what comes of them, and writes `tests/MUTATION.md` and the list of survivors.
//! Without it `DEMILITE_MUTANTS` of those that were recorded are drawn, and survive only where a list has them. The kernels and the
//! cases choose which: what is the same on two machines comes out the same. `DEMILITE_SEED` draws others.

mod edit;
mod known;
mod mutant;
#[path = "../place/mod.rs"]
mod place;
mod pool;
mod reach;
mod record;
mod setup;
mod token;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use demilite_conformance::Case;
use demilite_gpu::GpuError;
use demilite_needs::Need;
use libtest_mimic::{Arguments, Failed, Trial};

use edit::mutants;
use known::Known;
use mutant::{Mutant, fnv};
use pool::{Fate, hold_all};
use reach::{Reach, Run};
use record::Count;
use setup::SETUPS;
use worker::Task;

/// Mutants that are drawn where nobody says how many.
const DRAWN: usize = 40;

/// Runs that a mutant has to survive at first, of those that have its file: those that differ most.
const RUNS: usize = 60;

/// Runs that it has to survive in all, unless it is listed as equivalent.
const MAX_RUNS: usize = 6000;

/// Runs that one has to survive that is listed as equivalent: its reason says more.
const EQUIVALENT_RUNS: usize = 20;

/// Runs that a file as it is has to survive.
const CONTROL_RUNS: usize = 5;

const PAGE: &str = "tests/MUTATION.md";
const EQUIVALENT: &str = "tests/expectations/equivalent_mutants.txt";
const SURVIVING: &str = "tests/expectations/surviving_mutants.txt";

const SURVIVING_HEAD: &str = "\
# Mutants of the WGSL files that no case kills yet, as `scripts/mutation` writes them. `tests/tests/mutation/known.rs` says how.
";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(worker::ARGUMENT) {
        return match worker::work() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let trials = vec![
        Trial::test("edits_are_those_that_are_meant", || {
            edits_are_those_that_are_meant();
            Ok(())
        }),
        Trial::test("what_was_recorded_is_read_again", || {
            what_was_recorded_is_read_again();
            Ok(())
        }),
        Trial::test("mutants_are_killed", mutants_are_killed),
    ];
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// All WGSL files, each with its path under the folder and its text.
fn files() -> Vec<(String, String)> {
    let folder = place::repository().join("shaders/wgsl");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.expect("a folder that can be read");
        let path = entry.path().strip_prefix(&folder).expect("a path below it");
        if entry.file_type().is_file() {
            let text = fs::read_to_string(entry.path()).expect("a text");
            let path = path.with_extension("");
            files.push((path.to_string_lossy().replace('\\', "/"), text));
        }
    }
    files
}

fn known(list: &str) -> Known {
    let text = fs::read_to_string(place::repository().join(list));
    Known::read(&text.expect("a list of mutants"))
}

/// A number from the bits of another, for draws.
fn mixed(seed: u64, index: usize) -> u64 {
    let mut x = seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3 {
        x ^= x >> 30;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 27;
    }
    x
}

fn mutants_are_killed() -> Result<(), Failed> {
    match SETUPS[0].open() {
        Ok(_) => {}
        Err(error @ GpuError::NoAdapter) => {
            demilite_needs::skip(Need::Gpu, error);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let files = files();
    let of_file = |(path, text): &(String, String)| mutants(path, text);
    let all: Vec<Mutant> = files.iter().flat_map(of_file).collect();
    let lists = Lists::read();
    let mut faults = lists.strangers(&files, &all);
    let recorded = std::env::var("DEMILITE_RECORD").ok();
    let recorded = recorded.map(|share| share.parse().expect("a share of 1000"));
    let cases = reach::cases();
    let reach = Reach::find(&cases);
    let before = recorded.map(|share| recorded_before(&files, share, &lists));
    let before = before.unwrap_or_default();
    let (drawn, words) = match recorded {
        Some(share) => of_share(&all, share, &before, &lists),
        None => (draw(&files, &all, &cases, &lists, &reach), String::new()),
    };
    let runs = |file: &str, which: Range<usize>| -> Vec<Run> {
        let runs = reach.runs(file).iter().skip(which.start);
        runs.take(which.len()).copied().collect()
    };
    // Files as they are survive, or nothing that follows says anything.
    let touched: BTreeSet<&str> = drawn.iter().map(|mutant| &*mutant.file).collect();
    let controls = files.iter().filter(|(path, _)| touched.contains(&**path));
    let controls: Vec<Task> = controls
        .map(|(path, text)| Task {
            file: path.clone(),
            text: text.clone(),
            runs: runs(path, 0..CONTROL_RUNS),
        })
        .collect();
    for (control, fate) in controls.iter().zip(hold_all(&controls, &|_, _| ())) {
        if fate != Fate::Survived {
            return Err(format!("{} as it is: {fate:?}", control.file).into());
        }
    }
    let hold = |which: Range<usize>, mutants: &[usize]| -> Vec<Fate> {
        let task = |&index: &usize| Task {
            file: drawn[index].file.clone(),
            text: drawn[index].text.clone(),
            runs: runs(&drawn[index].file, which.clone()),
        };
        let tasks: Vec<Task> = mutants.iter().map(task).collect();
        let done = AtomicUsize::new(0);
        hold_all(&tasks, &|task, fate| {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let (mutant, fate) = (&drawn[mutants[task]], in_words(fate, &cases));
            println!("{done}/{}: {mutant}: {fate}", tasks.len());
        })
    };
    let is_equivalent = |&index: &usize| lists.equivalent.reason(&drawn[index]).is_some();
    let (equivalent, others): (Vec<usize>, Vec<usize>) = (0..drawn.len()).partition(is_equivalent);
    let mut fates = vec![Fate::Survived; drawn.len()];
    for (runs, mutants) in [(EQUIVALENT_RUNS, &equivalent), (RUNS, &others)] {
        for (&index, fate) in mutants.iter().zip(hold(0..runs, mutants)) {
            fates[index] = fate;
        }
    }
    // Who watches a long run lists meanwhile what it shows.
    let lists = Lists::read();
    let survives = |index: &usize| {
        let is_listed = lists.equivalent.reason(&drawn[*index]).is_some();
        fates[*index] == Fate::Survived && !is_listed
    };
    let survivors: Vec<usize> = (0..drawn.len()).filter(survives).collect();
    for (&index, fate) in survivors.iter().zip(hold(RUNS..MAX_RUNS, &survivors)) {
        fates[index] = fate;
    }
    let survivors: BTreeSet<_> = (drawn.iter().zip(&fates))
        .filter(|(mutant, fate)| **fate == Fate::Survived && !reach.runs(&mutant.file).is_empty())
        .map(|(mutant, _)| mutant.key())
        .collect();
    for mutant in &drawn {
        match survivors.contains(&mutant.key()) {
            true if !lists.has(mutant) => faults.push(format!("no case kills {mutant}")),
            false if lists.equivalent.reason(mutant).is_some() => {
                faults.push(format!("it is listed as equivalent, and killed: {mutant}"));
            }
            true | false => {}
        }
    }
    if let (Some(share), true) = (recorded, place::filter().is_empty()) {
        let is_reached = |mutant: &Mutant| !reach.runs(&mutant.file).is_empty();
        let counts = record::counts(&drawn, &fates, &is_reached, &lists.equivalent, before);
        let page = record::page(&words, &counts);
        fs::write(place::repository().join(PAGE), page)?;
        // What was not drawn stays as it was.
        let held: BTreeSet<_> = drawn.iter().map(Mutant::key).collect();
        let mut seen = BTreeSet::new();
        let surviving = all.iter().filter(|mutant| {
            let key = mutant.key();
            let survives = match held.contains(&key) {
                true => survivors.contains(&key),
                false => lists.surviving.reason(mutant).is_some(),
            };
            survives && lists.equivalent.reason(mutant).is_none() && seen.insert(key)
        });
        let list = place::repository().join(SURVIVING);
        let held = files
            .iter()
            .map(|(path, text)| known::held(path, text, share));
        let held: String = held.collect();
        let text = format!("{SURVIVING_HEAD}\n{held}{}", known::written(surviving));
        fs::write(list, text)?;
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults.join("\n").into()),
    }
}

/// What the repository lists.
struct Lists {
    equivalent: Known,
    surviving: Known,
}

impl Lists {
    fn read() -> Self {
        Lists {
            equivalent: known(EQUIVALENT),
            surviving: known(SURVIVING),
        }
    }

    fn has(&self, mutant: &Mutant) -> bool {
        let lists = [&self.equivalent, &self.surviving];
        lists.iter().any(|list| list.reason(mutant).is_some())
    }

    /// A fault for each mutant that is listed for a file as it is, and is none of these.
    fn strangers(&self, files: &[(String, String)], mutants: &[Mutant]) -> Vec<String> {
        let held = files
            .iter()
            .filter(|(path, text)| self.surviving.share(path, text) > 0);
        let strangers = held.flat_map(|(path, _)| {
            let lists = [&self.equivalent, &self.surviving];
            lists.map(|list| list.strangers(path, mutants)).concat()
        });
        strangers
            .map(|line| format!("a list has a mutant that is none: {line}"))
            .collect()
    }
}

/// What the page has of files that are as they were when this share of their mutants was held; nothing where a filter asks for
/// certain files.
fn recorded_before(
    files: &[(String, String)],
    share: u64,
    lists: &Lists,
) -> BTreeMap<String, Count> {
    if !place::filter().is_empty() {
        return BTreeMap::new();
    }
    let page = fs::read_to_string(place::repository().join(PAGE)).expect("the page");
    let mut before = record::read(&page);
    let is_as_it_was =
        |(path, text): &&(String, String)| lists.surviving.share(path, text) == share;
    let same: BTreeSet<&str> = (files.iter().filter(is_as_it_was))
        .map(|(path, _)| path.as_str())
        .collect();
    before.retain(|file, count| same.contains(&**file) && !count.has_unreached());
    before
}

/// Those of the files that a filter asks for.
fn asked(all: &[Mutant]) -> Vec<Mutant> {
    let filter = place::filter();
    let is_asked = |mutant: &&Mutant| mutant.file.contains(&filter);
    all.iter().filter(is_asked).cloned().collect()
}

/// So many in a thousand of the mutants, but for those of which the page says already what comes of them, and in words how they were
/// chosen.
fn of_share(
    all: &[Mutant],
    share: u64,
    before: &BTreeMap<String, Count>,
    lists: &Lists,
) -> (Vec<Mutant>, String) {
    let is_known = |mutant: &Mutant| before.contains_key(&mutant.file) && !lists.has(mutant);
    let mut mutants = asked(all);
    mutants.retain(|mutant| mutant.thousandth() < share && !is_known(mutant));
    let words = format!("of {} mutants, {share} in a thousand.", all.len());
    (mutants, words)
}

/// A few of those that were held and that no list has.
fn draw(
    files: &[(String, String)],
    all: &[Mutant],
    cases: &[Case],
    lists: &Lists,
    reach: &Reach,
) -> Vec<Mutant> {
    let shares: BTreeMap<&str, u64> = (files.iter())
        .map(|(path, text)| (path.as_str(), lists.surviving.share(path, text)))
        .collect();
    let mut mutants = asked(all);
    mutants.retain(|mutant| {
        let is_reached = !reach.runs(&mutant.file).is_empty();
        is_reached && mutant.thousandth() < shares[&*mutant.file] && !lists.has(mutant)
    });
    let count = std::env::var("DEMILITE_MUTANTS");
    let count = count.map_or(DRAWN, |count| count.parse().expect("a number of mutants"));
    let seed = place::asked_seed().unwrap_or_else(|| seed_of(files, cases));
    println!("mutation: drawn by the seed {seed}; DEMILITE_SEED draws others");
    let mut order: Vec<usize> = (0..mutants.len()).collect();
    order.sort_by_key(|&index| mixed(seed, index));
    order.truncate(count);
    order.sort_unstable();
    let drawn = order.into_iter().map(|index| mutants[index].clone());
    drawn.collect()
}

/// A seed that is the same wherever the kernels and the cases' names are.
fn seed_of(files: &[(String, String)], cases: &[Case]) -> u64 {
    let texts = files.iter().map(|(_, text)| text.as_str());
    let all = texts.chain(cases.iter().map(Case::name));
    all.fold(0, |seed, text| mixed(seed, 1) ^ fnv(text))
}

fn in_words(fate: &Fate, cases: &[Case]) -> String {
    match fate {
        Fate::Rejected => "rejected by naga".to_owned(),
        Fate::Survived => "survived".to_owned(),
        Fate::Killed(run, reason) => {
            let (case, setup) = (cases[run.case].name(), SETUPS[run.setup].name);
            format!("killed by {case} on {setup}: {reason}")
        }
    }
}

/// The rows of the page, and those that are written of what is read there.
fn what_was_recorded_is_read_again() {
    let page = fs::read_to_string(place::repository().join(PAGE)).expect("the page");
    let again = record::page("", &record::read(&page));
    let rows = |page: &str| -> Vec<String> {
        let rows = page.lines().filter(|line| line.starts_with('|'));
        rows.map(str::to_owned).collect()
    };
    assert_eq!(rows(&again), rows(&page));
}

/// A file in small, and all that is made of it.
fn edits_are_those_that_are_meant() {
    let text = "@compute @workgroup_size(1)\nfn main() {\n    for (var i = 0u; i < n; i++) { a[i] = max(b.x, -1.5); }\n    if (a < b) { return; }\n}\n";
    let made: Vec<String> = mutants("a", text)
        .iter()
        .map(|mutant| mutant.after.clone())
        .collect();
    let body = |inner: &str| format!("for (var i = 0u; i < n; i++) {{ a[i] = {inner}; }}");
    let expected = [
        "for (var i = 1u; i < n; i++) { a[i] = max(b.x, -1.5); }".to_owned(),
        "for (var i = 0u; i <= n; i++) { a[i] = max(b.x, -1.5); }".to_owned(),
        "for (var i = 0u; i < n; i++) { }".to_owned(),
        body("min(b.x, -1.5)"),
        body("(b.x)"),
        body("(-1.5)"),
        body("max(b.y, -1.5)"),
        body("max(b.x, 1.5)"),
        body("max(b.x, -2.5)"),
        body("max(b.x, -0.5)"),
        body("max(b.x, -1.515)"),
        "if (true) { return; }".to_owned(),
        "if (false) { return; }".to_owned(),
        "if (a <= b) { return; }".to_owned(),
        "if (b < a) { return; }".to_owned(),
        "if (a < b) { }".to_owned(),
    ];
    assert_eq!(made, expected);
}
