//! BIDIRECTIONAL_SEQUENCE_LSTM: the memories of [`lstm`](crate::op::lstm), one of which goes backward.
//!
//! As LiteRT's `kernels/bidirectional_sequence_lstm.cc`, which reads the states of all rows but the first
//! beyond their end where a merged output has the batch first; here each row has its own.

use demilite_core::op::BidirectionalLstm;
use demilite_core::{NodeContext, OpError, Reject};
use demilite_executor::{Kernel, KernelIo, Prepared, Unprepared};

use crate::op::lstm::float::FloatMemory;
use crate::op::lstm::{Layout, Places, Walk};

struct BothDirections {
    forward: FloatMemory,
    backward: FloatMemory,
    /// The output that the second memory writes, and from which column on.
    backward_output: (usize, usize),
}

impl Kernel for BothDirections {
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        self.forward.run(io, 0, 0)?;
        let (output, column) = self.backward_output;
        self.backward.run(io, output, column)
    }
}

/// The places of both memories, and of the second input that both see or one sees alone.
fn places(node: &NodeContext<'_>) -> Result<[Places; 2], Reject> {
    const STATES: usize = BidirectionalLstm::STATES;
    const AUXILIARY: usize = BidirectionalLstm::AUXILIARY;
    const WEIGHTS: usize = BidirectionalLstm::AUXILIARY_WEIGHTS;
    let forward = Places::after(0, STATES);
    let backward = Places::after(BidirectionalLstm::BACKWARD, STATES + 2);
    let is_there = |index: usize| node.input(index).is_some();
    match (is_there(AUXILIARY), is_there(WEIGHTS + 1)) {
        (false, false) => Ok([forward, backward]),
        (false, true) => Err(Reject::invalid(
            "it has weights of a second input, and no second input",
        )),
        (true, true) => Ok([
            forward.with_auxiliary(AUXILIARY, WEIGHTS),
            backward.with_auxiliary(AUXILIARY, WEIGHTS + 4),
        ]),
        (true, false) => Ok([forward, backward.with_input(AUXILIARY)]),
    }
}

pub(crate) fn prepare(op: &BidirectionalLstm, node: &NodeContext<'_>) -> Prepared {
    let memory = |places: Places, backward: bool| {
        let walk = Walk {
            time_major: Some(op.time_major),
            backward,
            cell_clip: op.cell_clip,
            projection_clip: op.projection_clip,
        };
        let layout = Layout::new(walk, &places, node)?;
        let asymmetric = op.asymmetric_quantize_inputs;
        let memory = FloatMemory::new(op.activation, asymmetric, places, layout, node)?;
        Ok::<_, Unprepared>((memory, layout.outputs()))
    };
    let [forward, backward] = places(node)?;
    let ((forward, column), (backward, _)) = (memory(forward, false)?, memory(backward, true)?);
    Ok(Box::new(BothDirections {
        forward,
        backward,
        backward_output: if op.merge_outputs {
            (0, column)
        } else {
            (1, 0)
        },
    }))
}
