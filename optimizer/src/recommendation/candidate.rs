//! The ways from a float model to those that are compared.

use std::fmt;

use crate::mode::Mode;

use super::hardware::Hardware;

/// What becomes of the weights before they are quantized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    AsTheyAre,
    Pruned,
    /// They have so many values.
    Clustered(usize),
    /// Half of them go, and the others have so many values.
    PrunedAndClustered(usize),
}

impl Weights {
    pub(super) const ALL: [Weights; 5] = [
        Weights::AsTheyAre,
        Weights::Pruned,
        Weights::Clustered(32),
        Weights::Clustered(16),
        Weights::PrunedAndClustered(16),
    ];
}

/// The share of weights that pruning takes.
pub(super) const SPARSITY: f64 = 0.5;

/// Ops that stay float in a mixed model: those that lose most.
pub(super) const FLOAT_OPS: usize = 3;

/// The way to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) weights: Weights,
    /// The form; none where floats stay float32.
    pub(super) mode: Option<Mode>,
    /// Whether the ops that lose most stay float.
    pub(super) is_mixed: bool,
}

impl Candidate {
    /// The float model itself.
    pub(super) const FLOAT: Candidate = Candidate {
        weights: Weights::AsTheyAre,
        mode: None,
        is_mixed: false,
    };

    /// Those of one way with the weights, for hardware, in the order in which they are made.
    pub(super) fn all(weights: Weights, hardware: Hardware) -> Vec<Self> {
        let of = |mode| Candidate {
            weights,
            mode,
            is_mixed: false,
        };
        let is_float_model = weights == Weights::AsTheyAre;
        let float = (hardware.has_floats() && !is_float_model).then(|| of(None));
        let forms = hardware.modes().iter().map(|&mode| of(Some(mode)));
        let mixes = is_float_model && hardware.modes().contains(&Mode::Int8);
        let mixed = mixes.then_some(Candidate {
            is_mixed: true,
            ..of(Some(Mode::Int8))
        });
        float.into_iter().chain(forms).chain(mixed).collect()
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            None => f.write_str("float32")?,
            Some(mode) => write!(f, "{mode}")?,
        }
        if self.is_mixed {
            write!(f, ", {FLOAT_OPS} ops float")?;
        }
        match self.weights {
            Weights::AsTheyAre => Ok(()),
            Weights::Pruned => write!(f, ", pruned {:.0} %", 100.0 * SPARSITY),
            Weights::Clustered(values) => write!(f, ", clustered {values}"),
            Weights::PrunedAndClustered(values) => {
                write!(f, ", pruned {:.0} %, clustered {values}", 100.0 * SPARSITY)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_candidates_apart() {
        for &hardware in Hardware::ALL {
            let all = Weights::ALL.iter();
            let all = all.flat_map(|&weights| Candidate::all(weights, hardware));
            let names: Vec<String> = all.map(|candidate| candidate.to_string()).collect();
            let mut unique = names.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{hardware}: {names:?}");
            let has_floats = names.iter().any(|name| name.contains("float"));
            assert_eq!(has_floats, hardware != Hardware::EdgeTpu, "{names:?}");
        }
    }
}
