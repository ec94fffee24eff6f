//! A delegate that is right but for one thing.

use std::sync::Arc;

use demilite_core::{
    CompileError, Compiled, Delegate, Executable, Graph, Io, Model, NodeContext, Partition, Reject,
    RunError, Session, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use half::f16;

use super::alteration::Alteration;
use super::spoil::{Moment, Spoil};

/// The reference, which takes its graph for another or spoils its outputs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wrong {
    pub(crate) spoil: Option<Spoil>,
    pub(crate) alteration: Option<Alteration>,
    /// Whether activations are kept in float16: inputs and outputs are rounded to the nearest.
    pub(crate) is_half: bool,
    /// What outputs go through in place of that rounding.
    pub(crate) in_place_of_rounding: Option<Spoil>,
}

impl Delegate for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn supports(&self, node: &NodeContext<'_>) -> Result<(), Reject> {
        ReferenceDelegate::default().supports(node)
    }

    fn compile(&self, partition: &Partition) -> Result<Arc<dyn Compiled>, CompileError> {
        let graph = partition.graph();
        let first = partition.nodes().first().copied();
        let outputs = partition.outputs().iter();
        let is_of_first_node = outputs
            .map(|output| graph.producer(*output) == first)
            .collect();
        let altered = self.alteration.and_then(|alter| {
            let mut parts = Graph::clone(partition.graph()).into_parts();
            alter(&mut parts);
            // A graph that breaks its op's rules is not a delegate's answer.
            let graph = Graph::new(parts).ok()?;
            Some(Arc::new(Model::from_graph(graph)))
        });
        Ok(Arc::new(WrongCompiled {
            wrong: *self,
            right: ReferenceDelegate::default().compile(partition)?,
            altered,
            is_of_first_node,
        }))
    }
}

struct WrongCompiled {
    wrong: Wrong,
    right: Arc<dyn Compiled>,
    altered: Option<Arc<Model>>,
    is_of_first_node: Vec<bool>,
}

impl Compiled for WrongCompiled {
    fn instantiate(self: Arc<Self>) -> Result<Box<dyn Executable>, CompileError> {
        Ok(Box::new(WrongExecutable {
            wrong: self.wrong,
            right: Arc::clone(&self.right).instantiate()?,
            altered: self.altered.clone().and_then(session),
            is_of_first_node: self.is_of_first_node.clone(),
            first: Vec::new(),
            invocation: 0,
        }))
    }
}

fn session(model: Arc<Model>) -> Option<Session> {
    Session::builder(model)
        .delegate(Arc::new(ReferenceDelegate::default()))
        .build()
        .ok()
}

struct WrongExecutable {
    wrong: Wrong,
    right: Box<dyn Executable>,
    altered: Option<Session>,
    is_of_first_node: Vec<bool>,
    first: Vec<Vec<u8>>,
    invocation: usize,
}

fn round(value: &mut Value) {
    if let Ok(elements) = value.as_mut_slice::<f32>() {
        let rounded = |x: &mut f32| *x = f16::from_f32(*x).to_f32();
        elements.iter_mut().for_each(rounded);
    }
}

impl Executable for WrongExecutable {
    fn invoke(&mut self, io: &mut Io<'_>) -> Result<(), RunError> {
        let before: Vec<Vec<u8>> = io
            .outputs
            .iter()
            .map(|output| output.bytes().to_vec())
            .collect();
        let mut inputs: Vec<Value> = io.inputs.iter().map(|view| view.to_value()).collect();
        let moment = Moment {
            invocation: self.invocation,
            before: &[],
            first: None,
            is_of_first_node: true,
        };
        match self.wrong.in_place_of_rounding {
            Some(round) if self.wrong.is_half => {
                inputs.iter_mut().for_each(|input| round(input, &moment));
            }
            _ if self.wrong.is_half => inputs.iter_mut().for_each(round),
            _ => {}
        }
        match &mut self.altered {
            Some(session) => {
                let outputs = session.run(&inputs)?;
                for (output, value) in std::iter::zip(io.outputs.iter_mut(), &outputs) {
                    output.assign(value.view())?;
                }
            }
            None => {
                let views: Vec<_> = inputs.iter().map(Value::view).collect();
                self.right.invoke(&mut Io {
                    inputs: &views,
                    outputs: io.outputs,
                    state: io.state,
                })?;
            }
        }
        if self.wrong.is_half && self.wrong.in_place_of_rounding.is_none() {
            io.outputs.iter_mut().for_each(round);
        }
        let right: Vec<Vec<u8>> = io
            .outputs
            .iter()
            .map(|output| output.bytes().to_vec())
            .collect();
        for (index, output) in io.outputs.iter_mut().enumerate() {
            let moment = Moment {
                invocation: self.invocation,
                before: &before[index],
                first: self.first.get(index).map(Vec::as_slice),
                is_of_first_node: self.is_of_first_node[index],
            };
            let spoils = [self.wrong.in_place_of_rounding, self.wrong.spoil];
            for spoil in spoils.into_iter().flatten() {
                spoil(output, &moment);
            }
        }
        if self.invocation == 0 {
            self.first = right;
        }
        self.invocation += 1;
        Ok(())
    }
}
