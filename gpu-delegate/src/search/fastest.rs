//! Which of several candidates is the fastest, by times that vary.

use std::time::Duration;

/// How thorough a search is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Candidates that are measured at most.
    pub(super) candidates: usize,
    /// How often each of them is measured at most.
    rounds: usize,
    /// After this time no other round begins.
    enough: Duration,
}

impl Effort {
    pub(super) const QUICK: Effort = Effort {
        candidates: 5,
        rounds: 5,
        enough: Duration::from_millis(100),
    };
    pub(super) const FULL: Effort = Effort {
        candidates: usize::MAX,
        rounds: 20,
        enough: Duration::from_secs(1),
    };
}

/// A candidate is faster where it takes at most this share of the first one's time.
const CLEARLY_FASTER: f64 = 0.95;
/// One that takes so many times as long as another is not measured again.
const HOPELESS: u32 = 2;

/// The number of the candidate that is clearly faster than the first, and faster than all others; the first where none is.
/// Candidates are measured by turns, so that what else the device does hits all of them, and the least of the times of each counts.
///
/// # Errors
/// The first of `time`.
pub(super) fn fastest<E>(
    candidates: usize,
    effort: Effort,
    mut time: impl FnMut(usize) -> Result<Duration, E>,
) -> Result<usize, E> {
    let mut least = vec![Duration::MAX; candidates];
    let mut spent = Duration::ZERO;
    for round in 0..effort.rounds {
        if candidates < 2 || spent >= effort.enough {
            break;
        }
        let best = least.iter().min().copied().unwrap_or_default();
        for (candidate, least) in least.iter_mut().enumerate() {
            if round > 0 && *least > best.saturating_mul(HOPELESS) {
                continue;
            }
            let taken = time(candidate)?;
            *least = taken.min(*least);
            spent += taken;
        }
    }
    let best = (0..candidates).min_by_key(|&candidate| least[candidate]);
    let is_clear =
        |&best: &usize| least[best].as_secs_f64() <= CLEARLY_FASTER * least[0].as_secs_f64();
    Ok(best.filter(is_clear).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The winner by a clock that shows these milliseconds, in each row those of a candidate round after round; and how often
    /// each was measured.
    fn search(times: &[&[u64]], effort: Effort) -> (usize, Vec<usize>) {
        let mut measured = vec![0; times.len()];
        let best = fastest(times.len(), effort, |candidate| {
            let rounds = times[candidate];
            let time = rounds[measured[candidate].min(rounds.len() - 1)];
            measured[candidate] += 1;
            Ok::<_, Infallible>(Duration::from_millis(time))
        });
        let Ok(best) = best;
        (best, measured)
    }

    const THREE_ROUNDS: Effort = Effort {
        candidates: 8,
        rounds: 3,
        enough: Duration::MAX,
    };

    #[test]
    fn the_fastest_is_taken_where_it_is_clearly_faster() {
        assert_eq!(search(&[&[100], &[90], &[80], &[85]], THREE_ROUNDS).0, 2);
        assert_eq!(search(&[&[100], &[95]], THREE_ROUNDS).0, 1);
        assert_eq!(search(&[&[100], &[96]], THREE_ROUNDS).0, 0);
        assert_eq!(search(&[&[100], &[100]], THREE_ROUNDS).0, 0);
        assert_eq!(search(&[&[0], &[0]], THREE_ROUNDS).0, 0);
        assert_eq!(search(&[&[100]], THREE_ROUNDS), (0, vec![0]));
    }

    #[test]
    fn the_least_time_counts() {
        let (best, measured) = search(&[&[150, 100, 160], &[110, 190, 120]], THREE_ROUNDS);
        assert_eq!((best, measured), (0, vec![3, 3]));
    }

    #[test]
    fn the_hopeless_are_measured_once() {
        let (best, measured) = search(&[&[100], &[201, 1], &[200, 50]], THREE_ROUNDS);
        assert_eq!((best, measured), (2, vec![3, 1, 3]));
        // The one that is usual may be so too.
        let (best, measured) = search(&[&[300, 1], &[100]], THREE_ROUNDS);
        assert_eq!((best, measured), (1, vec![1, 3]));
    }

    #[test]
    fn long_times_are_not_repeated() {
        let enough = Duration::from_millis(150);
        let effort = Effort {
            enough,
            ..THREE_ROUNDS
        };
        assert_eq!(search(&[&[100], &[60]], effort), (1, vec![1, 1]));
        assert_eq!(search(&[&[40], &[30]], effort), (1, vec![3, 3]));
    }

    #[test]
    fn an_error_ends_the_search() {
        let mut measured = 0;
        let ended = fastest(3, Effort::QUICK, |candidate| {
            measured += 1;
            match candidate {
                0 => Ok(Duration::from_millis(1)),
                _ => Err("lost"),
            }
        });
        assert_eq!((ended, measured), (Err("lost"), 2));
    }
}
