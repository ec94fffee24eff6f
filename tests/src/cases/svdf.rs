//! SVDF.

use demilite_core::op::{Activation, Svdf};
use demilite_core::{DataType, Op};

use crate::accuracy::Accuracy;
use crate::case::{Case, Draft};
use crate::drawn::{self, Draw};
use crate::float_bound::Rounding;
use crate::special::Specials;
use crate::under_test::UnderTest;

/// The extents of a layer over a window of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filters {
    pub(crate) batch: usize,
    pub(crate) input: usize,
    pub(crate) units: usize,
    pub(crate) rank: usize,
    pub(crate) memory: usize,
}

impl Filters {
    /// What a name says of them.
    fn name(self) -> String {
        let Filters {
            batch,
            input,
            units,
            rank,
            memory,
        } = self;
        format!("{batch}x{input}/units_{units}/rank_{rank}/memory_{memory}")
    }

    /// Ends a case of the op.
    pub(crate) fn finish(self, mut draft: Draft, has_bias: bool, activation: Activation) -> Case {
        let filters = self.units * self.rank;
        let dtype = DataType::Float32;
        let input = draft.input(dtype, &[self.batch, self.input]);
        let features = draft.constant(dtype, &[filters, self.input], None);
        let time = draft.constant(dtype, &[filters, self.memory], None);
        let bias = has_bias.then(|| draft.constant(dtype, &[self.units], None));
        let state = draft.variable(dtype, &[self.batch, filters * self.memory], None);
        let inputs = [Some(input), Some(features), Some(time), bias, Some(state)];
        let op = Op::Svdf(Svdf {
            rank: self.rank,
            activation,
            asymmetric_quantize_inputs: false,
        });
        let rounding = Rounding::Network {
            terms: self.input * self.memory * self.rank,
            ops: 1,
        };
        draft.finish_optional(op, &inputs, &[(dtype, None)], rounding)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for [batch, input, units, rank, memory] in [
        [1, 1, 1, 1, 1],
        [2, 7, 5, 1, 3],
        [3, 5, 7, 2, 11],
        [1, 67, 13, 3, 2],
    ] {
        for (has_bias, activation, words) in [
            (true, Activation::None, "bias/linear"),
            (false, Activation::Relu, "no_bias/relu"),
        ] {
            let filters = Filters {
                batch,
                input,
                units,
                rank,
                memory,
            };
            let name = format!("svdf/float32/{}/{words}", filters.name());
            cases.push(filters.finish(Draft::new(name), has_bias, activation));
        }
    }
    cases
}

impl UnderTest for Svdf {
    const DRAWN: Option<fn(&mut Draw) -> Case> = Some(drawn::recurrence::svdf);

    fn accuracy(&self) -> Accuracy {
        // Gates are logistic functions and hyperbolic tangents of sums.
        Accuracy::BOUNDED
    }

    fn specials(&self) -> Specials {
        // Sums that run in another order there, of numbers that steps carry on.
        Specials::None
    }
}
