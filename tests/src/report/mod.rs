//! What came of holding delegates against cases or goldens: for tests, people and machines.

mod file;
mod html;
mod json;
mod junit;
mod markdown;
mod page;
mod summary;

use std::fmt;

use serde::Serialize;

use crate::compare::Distance;

pub use file::{Format, Record, UnknownFormat};
pub use page::page;
pub use summary::{Row, summary};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The cases of the suite.
    Cases,
    /// Models of a folder, with outputs that are known.
    Goldens,
}

/// What came of one case or golden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The expected bits.
    Exact,
    /// Floats within their bound.
    WithinTolerance,
    /// Nothing: it is rejected.
    Unsupported,
    /// Another result, as the expectations have it.
    ExpectedFailure,
    /// Another result.
    Failed,
    /// Nothing: a file is missing or damaged, or two files do not belong together.
    Invalid,
}

impl Outcome {
    /// A word or two.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Exact => "exact",
            Outcome::WithinTolerance => "within tolerance",
            Outcome::Unsupported => "unsupported",
            Outcome::ExpectedFailure => "fails as expected",
            Outcome::Failed => "failed",
            Outcome::Invalid => "invalid",
        }
    }
}

/// One case or golden.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The name, which as a filter runs it again.
    pub name: String,
    /// The op of a case; the ops of a golden, each with its count.
    pub op: String,
    /// The type of a case's first input; how a golden's numbers are stored.
    pub precision: String,
    /// Which of LiteRT's kernels made a golden, where its folder says so.
    pub kernels: Option<String>,
    /// Which delegates ran how many nodes of a golden.
    pub ran_on: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether that was expected.
    pub is_expected: bool,
    /// How far the outputs lie from the expected ones, where they are within the tolerance.
    pub distance: Distance,
    /// Why it is rejected, fails or is invalid; empty otherwise.
    pub reason: String,
    /// How long it took.
    pub seconds: f64,
}

impl Entry {
    /// What came of it in words, the distance or the reason with it.
    pub fn verdict(&self) -> String {
        match self.outcome {
            Outcome::Exact => "exact".to_owned(),
            Outcome::WithinTolerance => format!("within {}", distance_words(self.distance)),
            outcome => format!("{}: {}", outcome.name(), self.reason),
        }
    }
}

/// Steps of the type where they are few, the distance on the number line otherwise.
pub fn distance_words(distance: Distance) -> String {
    match distance.ulps {
        ulps @ 1..=64 => format!("{ulps} ulp"),
        _ => format!("{:.1e}", distance.absolute),
    }
}

/// How a delegate, or a list of them in order of preference, did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is about.
    pub subject: Subject,
    /// The delegate's name, or names.
    pub delegate: String,
    /// The cases or goldens, in the order in which they ran.
    pub entries: Vec<Entry>,
}

impl Report {
    /// How many came out this way.
    pub fn count(&self, outcome: Outcome) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.outcome == outcome).count()
    }

    /// Those that came out in another way than expected.
    pub fn failures(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_expected)
    }

    /// Those that the delegate ran with the expected result, or with a wrong one that is known.
    pub fn ran(&self) -> usize {
        let ran = [
            Outcome::Exact,
            Outcome::WithinTolerance,
            Outcome::ExpectedFailure,
        ];
        ran.into_iter().map(|outcome| self.count(outcome)).sum()
    }

    /// Whether there was anything to hold it against, and everything came out as expected.
    pub fn is_clean(&self) -> bool {
        !self.entries.is_empty() && self.failures().next().is_none()
    }
}

/// What did not come out as expected, a line each, then the counts.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in self.failures() {
            writeln!(f, "FAILED {}: {}", entry.name, entry.reason)?;
        }
        write!(f, "{}: {}", self.delegate, Counts::of([self]))
    }
}

/// How many of one or several reports came out in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// All of them.
    pub cases: usize,
    /// With the expected bits.
    pub exact: usize,
    /// With floats within their bound.
    pub within_tolerance: usize,
    /// Rejected.
    pub unsupported: usize,
    /// With another result that the expectations list.
    pub expected_failures: usize,
    /// With another result, or invalid.
    pub failed: usize,
}

impl Counts {
    /// Those of all these reports together.
    pub fn of<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut counts = Counts::default();
        for entry in reports.into_iter().flat_map(|report| &report.entries) {
            counts.cases += 1;
            *match entry.outcome {
                Outcome::Exact => &mut counts.exact,
                Outcome::WithinTolerance => &mut counts.within_tolerance,
                Outcome::Unsupported => &mut counts.unsupported,
                Outcome::ExpectedFailure => &mut counts.expected_failures,
                Outcome::Failed | Outcome::Invalid => &mut counts.failed,
            } += 1;
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cases: {} exact, {} within tolerance, {} unsupported, ",
            self.cases, self.exact, self.within_tolerance, self.unsupported
        )?;
        if self.expected_failures > 0 {
            write!(f, "{} expected to fail, ", self.expected_failures)?;
        }
        write!(f, "{} failed", self.failed)
    }
}
