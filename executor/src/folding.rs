//! Nodes that read only constants, run once when a partition is compiled.

use demilite_core::{
    AlignedBytes, DataType, Graph, NodeContext, NodeId, OpError, Partition, Reject, Shape, State,
    TensorId, Value, ValueSource, View,
};

use crate::io::KernelIo;
use crate::kernel::{Unprepared, output_shape};
use crate::library::KernelLibrary;
use crate::output::Output;

/// The values of tensors that follow from constants.
pub(crate) struct Folded {
    /// One entry for each tensor of the graph.
    pub(crate) values: Vec<Option<Value>>,
    /// The shape of each tensor of the graph, where it is known.
    pub(crate) shapes: Vec<Option<Shape>>,
}

impl ValueSource for Folded {
    fn value(&self, tensor: TensorId) -> Option<View<'_>> {
        self.values[tensor.0].as_ref().map(Value::view)
    }
}

impl Folded {
    /// Whether the outputs of a node are here.
    pub(crate) fn computes(&self, graph: &Graph, node: NodeId) -> bool {
        let outputs = &graph.node(node).outputs;
        !outputs.is_empty() && outputs.iter().all(|id| self.values[id.0].is_some())
    }

    /// Lets go of all values but those of `tensors`, which may name one twice.
    pub(crate) fn keep_only(&mut self, tensors: impl Iterator<Item = TensorId>) {
        let mut kept = vec![None; self.values.len()];
        for id in tensors {
            kept[id.0] = kept[id.0].take().or_else(|| self.values[id.0].take());
        }
        self.values = kept;
    }

    /// Bytes of float32 that come from float16 constants.
    pub(crate) fn expanded_float32_bytes(&self, graph: &Graph, nodes: &[NodeId]) -> u64 {
        nodes
            .iter()
            .map(|&id| graph.node(id))
            .filter(|node| {
                let input = node.inputs.first().copied().flatten();
                input.is_some_and(|id| graph.tensor(id).dtype == DataType::Float16)
            })
            .flat_map(|node| &node.outputs)
            .filter_map(|id| self.values[id.0].as_ref())
            .filter(|value| value.dtype() == DataType::Float32)
            .map(|value| value.bytes().len() as u64)
            .sum()
    }
}

/// Runs the nodes of a partition that read only constants.
pub(crate) fn fold_constants(
    partition: &Partition,
    library: &dyn KernelLibrary,
) -> Result<Folded, (NodeId, Reject)> {
    let graph = partition.graph();
    let mut folded = Folded {
        values: vec![None; graph.tensors().len()],
        shapes: partition.shapes().to_vec(),
    };
    for &id in partition.nodes() {
        fill_sparse_inputs(
            &partition.context(id),
            partition.memory_limit(),
            library,
            &mut folded,
        )
        .map_err(|reason| (id, reason))?;
        let node = graph.node(id);
        let inputs = node.inputs.iter().flatten();
        let is_constant = |tensor: &TensorId| {
            graph.tensor(*tensor).constant.is_some() || folded.value(*tensor).is_some()
        };
        let is_foldable = node.op.is_pure() && inputs.clone().next().is_some();
        if !is_foldable || !inputs.clone().all(is_constant) {
            continue;
        }
        let fail = |error: OpError| (id, Reject::invalid(error.to_string()));
        let context = NodeContext::new(graph, id, &folded.shapes).with_values(&folded);
        let inferred = node.op.infer(&context).map_err(fail)?;
        for (output, shape) in node.outputs.iter().zip(inferred) {
            folded.shapes[output.0] = Some(shape);
        }
        let context = NodeContext::new(graph, id, &folded.shapes).with_values(&folded);
        let values = run(&context, &folded, library).map_err(|unprepared| match unprepared {
            Unprepared::Rejected(reason) => (id, reason),
            Unprepared::Unknown => fail(OpError::Unknown { index: 0 }),
        })?;
        for (output, value) in node.outputs.iter().zip(values) {
            folded.values[output.0] = Some(value);
        }
    }
    Ok(folded)
}

/// Adds the zeros of the constants that a node reads without them.
fn fill_sparse_inputs(
    node: &NodeContext<'_>,
    memory_limit: usize,
    library: &dyn KernelLibrary,
    folded: &mut Folded,
) -> Result<(), Reject> {
    let invalid = |error: OpError| Reject::invalid(error.to_string());
    let sparse = (0..node.input_count()).filter(|&index| library.takes_sparse(node, index));
    for id in sparse.filter_map(|index| node.input_id(index)) {
        let tensor = node.graph().tensor(id);
        let (Some(stored), Some(sparsity)) = (&tensor.constant, &tensor.sparsity) else {
            continue;
        };
        let bytes = tensor
            .shape
            .checked_elements()
            .and_then(|elements| tensor.dtype.bytes_for(elements));
        let bits = tensor.dtype.bits().filter(|bits| bits.is_multiple_of(8));
        let element_bytes = bits.map(|bits| bits / 8);
        let (Some(_), Some(element_bytes)) =
            (bytes.filter(|&bytes| bytes <= memory_limit), element_bytes)
        else {
            return Err(Reject::unsupported(format!(
                "{:?} of {} and shape {}, which is stored sparsely, is too large with its zeros",
                tensor.name, tensor.dtype, tensor.shape
            )));
        };
        let dense = Value::zeros(tensor.dtype, tensor.shape.clone());
        let mut dense = dense.map_err(|error| invalid(error.into()))?;
        sparsity
            .densify(
                stored.bytes(),
                element_bytes,
                &tensor.shape,
                dense.bytes_mut(),
            )
            .map_err(|error| invalid(error.into()))?;
        folded.values[id.0] = Some(dense);
    }
    Ok(())
}

fn run(
    context: &NodeContext<'_>,
    folded: &Folded,
    library: &dyn KernelLibrary,
) -> Result<Vec<Value>, Unprepared> {
    let graph = context.graph();
    let node = context.node();
    let kernel = library.prepare(context)?;
    let mut outputs = Vec::new();
    for index in 0..node.outputs.len() {
        let shape = output_shape(context, index)?.clone();
        outputs.push(Value::zeros(context.output(index).dtype, shape)?);
    }
    let inputs: Vec<Option<View<'_>>> = node
        .inputs
        .iter()
        .map(|&id| {
            let constant = graph.tensor(id?).constant_view();
            constant.or_else(|| folded.value(id?))
        })
        .collect();
    let mut scratch = AlignedBytes::default();
    scratch
        .try_resize(kernel.scratch_bytes())
        .map_err(|_| Reject::unsupported("no memory for what its kernel needs"))?;
    kernel.run(&mut KernelIo {
        inputs: &inputs,
        outputs: outputs.iter_mut().map(Output::from).collect(),
        variables: &mut [],
        scratch: scratch.as_mut_slice(),
        state: &mut State::default(),
        node: (0, context.id()),
    })?;
    Ok(outputs)
}

/// The value of a tensor that does not change between invocations.
pub(crate) fn constant<'a>(
    graph: &'a Graph,
    folded: &'a [Option<Value>],
    tensor: TensorId,
) -> Option<View<'a>> {
    let constant = graph.tensor(tensor).constant_view();
    constant.or_else(|| folded[tensor.0].as_ref().map(Value::view))
}
