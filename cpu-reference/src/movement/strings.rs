//! Strings go through the kernels that move elements of a fixed size: their places do.
//!
//! A kernel that moves elements gets a number for each string, which is its place, and gives the numbers of
//! the strings of its output.

use demilite_core::{DataType, NodeContext, Op, OpError, Shape, Value, View};
use demilite_executor::{Kernel, KernelIo, Output};

/// Bytes of the number that stands for a string.
pub(crate) const PLACE_BYTES: usize = 4;

/// Whether a node moves strings, with an op that LiteRT moves them with.
pub(crate) fn moves_strings(node: &NodeContext<'_>) -> bool {
    let is_move = matches!(
        node.op(),
        Op::ExpandDims(_)
            | Op::Fill(_)
            | Op::Gather(_)
            | Op::GatherNd(_)
            | Op::Reshape(_)
            | Op::Slice(_)
            | Op::Squeeze(_)
            | Op::StridedSlice(_)
            | Op::Tile(_)
    );
    let mut outputs = node.node().outputs.iter();
    is_move && outputs.all(|&id| node.graph().tensor(id).dtype == DataType::String)
}

/// The kernel for strings of one that moves numbers of [`PLACE_BYTES`].
pub(crate) struct StringMoves {
    pub(crate) kernel: Box<dyn Kernel>,
}

impl Kernel for StringMoves {
    fn scratch_bytes(&self) -> usize {
        self.kernel.scratch_bytes()
    }

    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        let mut strings = None;
        let mut places = None;
        for view in io.inputs.iter().flatten() {
            if view.dtype() == DataType::String {
                let found = view.strings()?;
                let numbers: Vec<i32> = (0..found.len() as i32).collect();
                places = Some(Value::from_slice(view.shape().clone(), &numbers)?);
                strings = Some(found);
            }
        }
        let (Some(strings), Some(places)) = (strings, places) else {
            return Err(OpError::MissingInput { index: 0 });
        };
        let mut inputs: Vec<Option<View<'_>>> = Vec::with_capacity(io.inputs.len());
        for view in io.inputs {
            inputs.push(match view {
                Some(view) if view.dtype() == DataType::String => Some(places.view()),
                other => *other,
            });
        }
        let shapes: Vec<Shape> = io
            .outputs
            .iter()
            .map(|value| value.shape().clone())
            .collect();
        let outputs = shapes
            .iter()
            .map(|shape| Value::zeros(DataType::Int32, shape.clone()));
        let mut outputs = outputs.collect::<Result<Vec<Value>, _>>()?;
        self.kernel.run(&mut KernelIo {
            inputs: &inputs,
            outputs: outputs.iter_mut().map(Output::from).collect(),
            variables: &mut *io.variables,
            scratch: &mut *io.scratch,
            state: &mut *io.state,
            node: io.node,
        })?;
        for (output, (numbers, shape)) in io.outputs.iter_mut().zip(outputs.iter().zip(shapes)) {
            let numbers = numbers.as_slice::<i32>()?.iter();
            let moved = numbers.map(|&place| strings.get(place as usize).unwrap_or_default());
            output.assign(Value::from_strings(shape, moved)?.view())?;
        }
        Ok(())
    }
}
