//! Ways to break a file so that no reader may take it for a model.

use demilite_core::schema::{self, Operator, SubGraph};
use proptest::prelude::*;
use proptest::sample::Index;

use super::original::Original;

/// One way to break a file.
#[derive(Debug, Clone)]
pub(crate) enum Fatal {
    /// The first half of its tables and vectors, at most, is left.
    Half(Index),
    /// The identifier `TFL3` has another bit.
    Identifier(u8),
    /// The root lies this far behind the end.
    Root(u32),
    /// It has no graphs.
    NoGraphs,
    /// An operator is of a kind behind the last one.
    Kind(Index, u32),
    /// An input of an operator lies behind the last tensor.
    Input(Index, i32),
    /// An output of an operator lies behind the last tensor.
    Output(Index, i32),
    /// An output of the graph lies behind the last tensor.
    GraphOutput(i32),
    /// A tensor has the buffer behind the last one.
    Buffer(Index, u32),
    /// A tensor has elements of a type that is not in the schema.
    Type(Index, i8),
}

/// One way to break a file.
pub(crate) fn fatal() -> impl Strategy<Value = Fatal> {
    let one = || any::<Index>();
    prop_oneof![
        one().prop_map(Fatal::Half),
        (0..32_u8).prop_map(Fatal::Identifier),
        (0..1000_u32).prop_map(Fatal::Root),
        Just(Fatal::NoGraphs),
        (one(), 0..1000_u32).prop_map(|(o, beyond)| Fatal::Kind(o, beyond)),
        (one(), 0..1000_i32).prop_map(|(o, beyond)| Fatal::Input(o, beyond)),
        (one(), 0..1000_i32).prop_map(|(o, beyond)| Fatal::Output(o, beyond)),
        (0..1000_i32).prop_map(Fatal::GraphOutput),
        (one(), 0..1000_u32).prop_map(|(t, beyond)| Fatal::Buffer(t, beyond)),
        (one(), 100..120_i8).prop_map(|(t, code)| Fatal::Type(t, code)),
    ]
}

/// A copy of a file that is none any more.
pub(crate) fn broken(original: &Original, fatal: &Fatal) -> Vec<u8> {
    let mut bytes = original.bytes.clone();
    match fatal {
        Fatal::Half(index) => {
            let kept = index.index(original.structure.len() / 2);
            bytes.truncate(original.structure[kept]);
            return bytes;
        }
        Fatal::Identifier(bit) => {
            bytes[4 + usize::from(bit / 8)] ^= 1 << (bit % 8);
            return bytes;
        }
        Fatal::Root(beyond) => {
            let root = bytes.len() as u32 + beyond;
            bytes[..4].copy_from_slice(&root.to_le_bytes());
            return bytes;
        }
        _ => {}
    }
    let mut model = original.model();
    let kinds = model.operator_codes.as_ref().map_or(0, Vec::len) as u32;
    let buffers = model.buffers.as_ref().map_or(0, Vec::len) as u32;
    let graph = &mut model.subgraphs.as_mut().expect("graphs")[0];
    let tensors = graph.tensors.as_ref().map_or(0, Vec::len) as i32;
    match fatal {
        Fatal::Half(_) | Fatal::Identifier(_) | Fatal::Root(_) => {}
        Fatal::NoGraphs => model.subgraphs = None,
        Fatal::Kind(o, beyond) => operator(graph, o).opcode_index = kinds + beyond,
        Fatal::Input(o, beyond) => {
            let inputs = operator(graph, o).inputs.get_or_insert_default();
            inputs.push(tensors + beyond);
        }
        Fatal::Output(o, beyond) => {
            let outputs = operator(graph, o).outputs.get_or_insert_default();
            outputs.push(tensors + beyond);
        }
        Fatal::GraphOutput(beyond) => {
            graph.outputs.get_or_insert_default().push(tensors + beyond);
        }
        Fatal::Buffer(t, beyond) => {
            let tensors = graph.tensors.as_mut().expect("tensors");
            let place = t.index(tensors.len());
            tensors[place].buffer = buffers + beyond;
        }
        Fatal::Type(t, code) => {
            let tensors = graph.tensors.as_mut().expect("tensors");
            let place = t.index(tensors.len());
            tensors[place].tensor_type = *code;
        }
    }
    schema::write(&model).expect("the format holds it")
}

fn operator<'a>(graph: &'a mut SubGraph, index: &Index) -> &'a mut Operator {
    let operators = graph.operators.as_mut().expect("operators");
    let place = index.index(operators.len());
    &mut operators[place]
}
