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

/// How many ops of a mixed model are unlike the others: those that lose most.
pub(super) const WORST_OPS: usize = 3;

/// What becomes of the ops that lose most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worst {
    LikeTheOthers,
    Float,
    /// Their activations are int16.
    Int16,
}

/// The way to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) weights: Weights,
    /// The form; none where floats stay float32.
    pub(super) mode: Option<Mode>,
    /// What becomes of the ops that lose most.
    pub(super) worst: Worst,
}

impl Candidate {
    /// The float model itself.
    pub(super) const FLOAT: Candidate = Candidate {
        weights: Weights::AsTheyAre,
        mode: None,
        worst: Worst::LikeTheOthers,
    };

    /// Those of one way with the weights, for hardware, in the order in which they are made.
    pub(super) fn all(weights: Weights, hardware: Hardware) -> Vec<Self> {
        let of = |mode| Candidate {
            weights,
            mode,
            worst: Worst::LikeTheOthers,
        };
        let is_float_model = weights == Weights::AsTheyAre;
        let float = (hardware.has_floats() && !is_float_model).then(|| of(None));
        let forms = hardware.modes().iter().map(|&mode| of(Some(mode)));
        let mixes = mixes(hardware).iter().filter(|_| is_float_model);
        let mixed = mixes.map(|&(mode, worst)| Candidate {
            worst,
            ..of(Some(mode))
        });
        float.into_iter().chain(forms).chain(mixed).collect()
    }
}

/// The forms whose worst ops may be of another type on hardware.
fn mixes(hardware: Hardware) -> &'static [(Mode, Worst)] {
    match hardware {
        Hardware::Cpu | Hardware::Gpu => &[(Mode::Int8, Worst::Float), (Mode::Int8, Worst::Int16)],
        Hardware::EdgeTpu => &[],
        Hardware::Microcontroller => &[(Mode::Int8Only, Worst::Int16)],
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            None => f.write_str("float32")?,
            Some(mode) => write!(f, "{mode}")?,
        }
        match self.worst {
            Worst::LikeTheOthers => {}
            Worst::Float => write!(f, ", {WORST_OPS} ops float")?,
            Worst::Int16 => write!(f, ", {WORST_OPS} ops int16")?,
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
            let has_mix = names.iter().any(|name| name.ends_with("3 ops int16"));
            assert_eq!(has_mix, hardware != Hardware::EdgeTpu, "{names:?}");
        }
    }
}
