//! From figures to picks.

use std::cmp::Ordering;

use super::report::{CandidateReport, Goal, Limits, Measure, Pick};

/// What the difference of two scores may be off by.
const ROUNDING: f64 = 1e-9;

/// Times that are no further apart than this share of the lesser one count as the same.
const SAME_TIME: f64 = 0.05;

/// Notes which limits each candidate exceeds, and which lie on the front of size and loss.
pub(super) fn judge(candidates: &mut [CandidateReport], limits: Limits, measure: Measure) {
    let most_loss = limits.loss.unwrap_or(measure.usual_limit());
    for candidate in &mut *candidates {
        let exceeds = [
            ("loss", candidate.loss > most_loss + ROUNDING),
            (
                "size",
                limits.size.is_some_and(|most| candidate.size.bytes > most),
            ),
            (
                "latency",
                limits.latency.is_some_and(|most| candidate.latency > most),
            ),
        ];
        let exceeds = exceeds.into_iter().filter(|(_, exceeds)| *exceeds);
        candidate.exceeds = exceeds.map(|(limit, _)| limit).collect();
    }
    let costs = candidates
        .iter()
        .map(|candidate| (candidate.size.deflated, real(candidate.loss)));
    let costs: Vec<(usize, f64)> = costs.collect();
    for (place, candidate) in candidates.iter_mut().enumerate() {
        let (size, loss) = costs[place];
        let beats = |&(other_size, other_loss): &(usize, f64)| {
            (other_size <= size && other_loss < loss) || (other_size < size && other_loss <= loss)
        };
        candidate.is_pareto = !costs.iter().any(beats);
    }
}

/// What a candidate loses: one whose score is above the float model's by chance loses nothing.
fn real(loss: f64) -> f64 {
    loss.max(0.0)
}

/// The best candidate by each goal, of those that keep all limits. The first, the float model, is what they are held against, and none.
pub(super) fn picks(candidates: &[CandidateReport], measure: Measure) -> Vec<Pick> {
    let fits = |place: &usize| candidates[*place].exceeds.is_empty();
    let fitting: Vec<usize> = (1..candidates.len()).filter(fits).collect();
    let picks = Goal::ALL.iter().filter_map(|&goal| {
        let latency = |place: &usize| candidates[*place].latency;
        let least = fitting.iter().map(latency).fold(f64::INFINITY, f64::min);
        let is_near =
            |place: &usize| goal != Goal::Fastest || latency(place) <= (1.0 + SAME_TIME) * least;
        let places = fitting.iter().copied().filter(is_near);
        // Of equals the first counts.
        let best =
            places.min_by(|&one, &other| order(goal, &candidates[one], &candidates[other]))?;
        Some(Pick {
            goal,
            candidate: best,
            why: why(
                goal,
                &candidates[best],
                &candidates[0],
                fitting.len(),
                measure,
            ),
        })
    });
    picks.collect()
}

/// Which of two candidates is nearer to a goal; both are as fast as each other.
fn order(goal: Goal, one: &CandidateReport, other: &CandidateReport) -> Ordering {
    let size = || one.size.deflated.cmp(&other.size.deflated);
    let loss = || real(one.loss).total_cmp(&real(other.loss));
    let noise = || other.sqnr.total_cmp(&one.sqnr);
    match goal {
        Goal::Smallest | Goal::Fastest => size().then_with(loss).then_with(noise),
        Goal::MostAccurate => loss().then_with(noise).then_with(size),
    }
}

/// Why a candidate is the pick of a goal.
fn why(
    goal: Goal,
    pick: &CandidateReport,
    float: &CandidateReport,
    fitting: usize,
    measure: Measure,
) -> String {
    let share = 100.0 * pick.size.deflated as f64 / float.size.deflated.max(1) as f64;
    let size = format!(
        "{} bytes deflated, {share:.1} % of the float model's",
        pick.size.deflated
    );
    let loss = format!("it loses {:.1} {}", real(pick.loss), measure.words());
    let others = match fitting {
        1 => "the only candidate that keeps the limits".to_owned(),
        _ => format!("of {fitting} candidates that keep the limits"),
    };
    let speed = format!(
        "{:.2} ms, {:.2} of the float model's",
        pick.latency,
        pick.latency / float.latency
    );
    match (goal, fitting) {
        (_, 1) => format!("{others}: {size}; {loss}"),
        (Goal::Smallest, _) => format!("the fewest bytes {others}: {size}; {loss}"),
        (Goal::Fastest, _) => format!("as fast as any {others}: {speed}; {loss}"),
        (Goal::MostAccurate, _) => {
            format!(
                "the least loss {others}: {loss}, at {:.1} dB; {size}",
                pick.sqnr
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_size::FileSize;

    fn candidate(bytes: usize, loss: f64, latency: f64) -> CandidateReport {
        CandidateReport {
            name: format!("{bytes}"),
            size: FileSize {
                bytes,
                deflated: bytes / 2,
            },
            score: None,
            loss,
            agreement: None,
            sqnr: 30.0,
            latency,
            memory: 0,
            is_pareto: false,
            exceeds: Vec::new(),
        }
    }

    fn picked(limits: Limits) -> Vec<usize> {
        let mut candidates = vec![
            candidate(1000, 0.0, 4.0),
            candidate(500, 0.1, 3.0),
            candidate(300, 0.5, 1.0),
            // As 0.9 less 0.89 in points.
            candidate(250, 100.0 * (0.9 - 0.89), 2.0),
            candidate(100, 20.0, 1.0),
            candidate(600, 0.6, 0.5),
            candidate(620, 0.6, 0.49),
        ];
        judge(&mut candidates, limits, Measure::Score);
        let pareto: Vec<bool> = candidates.iter().map(|each| each.is_pareto).collect();
        assert_eq!(pareto, [true, true, true, true, true, false, false]);
        let picks = picks(&candidates, Measure::Score);
        assert!(
            picks
                .iter()
                .all(|pick| candidates[pick.candidate].exceeds.is_empty())
        );
        picks.iter().map(|pick| pick.candidate).collect()
    }

    #[test]
    fn each_goal_has_its_pick_within_the_limits() {
        assert_eq!(picked(Limits::default()), [3, 5, 1]);
        assert_eq!(picked(Limits::default().loss(30.0)), [4, 5, 1]);
        assert_eq!(picked(Limits::default().loss(0.5)), [2, 2, 1]);
        assert_eq!(picked(Limits::default().size(400)), [3, 2, 2]);
        assert_eq!(picked(Limits::default().latency(1.0).size(500)), [2, 2, 2]);
        assert_eq!(picked(Limits::default().loss(0.05)), [0; 0]);
    }
}
