//! Ways to alter what a file says, so that it is well formed and says something else.

use demilite_core::schema::{self, Operator, SubGraph, Tensor};
use proptest::prelude::*;
use proptest::sample::Index;

use super::mutation::word;
use super::original::Original;

/// One alteration of the first subgraph. Indices fit every file.
#[derive(Debug, Clone)]
pub(crate) enum Alteration {
    /// An extent of a tensor has this value.
    Extent(Index, Index, i32),
    /// A tensor has the shape of another.
    Shape { of: Index, from: Index },
    /// A tensor lacks its innermost extent.
    Rank(Index),
    /// A tensor has elements of the type with this code.
    Type(Index, i8),
    /// A tensor has the buffer with this index.
    Buffer(Index, i32),
    /// The scale of a tensor has these bits.
    Scale(Index, i32),
    /// The zero point of a tensor has this value.
    ZeroPoint(Index, i32),
    /// The scales of a tensor lie along this dimension.
    QuantizedDimension(Index, i32),
    /// A tensor has no quantization.
    NoQuantization(Index),
    /// An input of an operator is this tensor.
    Input(Index, Index, i32),
    /// An operator has this input besides.
    OneMoreInput(Index, i32),
    /// An output of an operator is this tensor.
    Output(Index, Index, i32),
    /// An operator has the code and the options of another.
    Operator { of: Index, from: Index },
    /// An operator has the options of another.
    Options { of: Index, from: Index },
    /// Two operators change places.
    Order(Index, Index),
}

/// One way to alter what a file says.
pub(crate) fn alteration() -> impl Strategy<Value = Alteration> {
    use Alteration::*;
    let one = || any::<Index>();
    let small = || prop_oneof![4 => -2..40_i32, 1 => word()];
    prop_oneof![
        (one(), one(), small()).prop_map(|(t, axis, v)| Extent(t, axis, v)),
        (one(), one()).prop_map(|(of, from)| Shape { of, from }),
        one().prop_map(Rank),
        (one(), 0..24_i8).prop_map(|(t, code)| Type(t, code)),
        (one(), small()).prop_map(|(t, v)| Buffer(t, v)),
        (one(), word()).prop_map(|(t, bits)| Scale(t, bits)),
        (one(), word()).prop_map(|(t, v)| ZeroPoint(t, v)),
        (one(), small()).prop_map(|(t, v)| QuantizedDimension(t, v)),
        one().prop_map(NoQuantization),
        (one(), one(), small()).prop_map(|(o, slot, v)| Input(o, slot, v)),
        (one(), small()).prop_map(|(o, v)| OneMoreInput(o, v)),
        (one(), one(), small()).prop_map(|(o, slot, v)| Output(o, slot, v)),
        (one(), one()).prop_map(|(of, from)| Operator { of, from }),
        (one(), one()).prop_map(|(of, from)| Options { of, from }),
        (one(), one()).prop_map(|(a, b)| Order(a, b)),
    ]
}

/// A copy of a file that says something else.
pub(crate) fn altered(original: &Original, alterations: &[Alteration]) -> Vec<u8> {
    let mut model = original.model();
    let mut subgraphs = model.subgraphs.take().unwrap_or_default();
    for alteration in alterations {
        // A file that lacks what would be altered stays as it is.
        let _ = alter(&mut subgraphs[0], alteration);
    }
    model.subgraphs = Some(subgraphs);
    schema::write(&model).expect("the format holds it")
}

fn pick<'a, T>(list: &'a mut Option<Vec<T>>, index: &Index) -> Option<&'a mut T> {
    let list = list.as_mut().filter(|list| !list.is_empty())?;
    let place = index.index(list.len());
    list.get_mut(place)
}

fn tensor<'a>(graph: &'a mut SubGraph, index: &Index) -> Option<&'a mut Tensor> {
    pick(&mut graph.tensors, index)
}

fn operator<'a>(graph: &'a mut SubGraph, index: &Index) -> Option<&'a mut Operator> {
    pick(&mut graph.operators, index)
}

/// `None` where there is nothing to alter.
fn alter(graph: &mut SubGraph, alteration: &Alteration) -> Option<()> {
    match alteration {
        Alteration::Extent(t, axis, v) => *pick(&mut tensor(graph, t)?.shape, axis)? = *v,
        Alteration::Shape { of, from } => {
            let shape = tensor(graph, from)?.shape.clone();
            tensor(graph, of)?.shape = shape;
        }
        Alteration::Rank(t) => drop(tensor(graph, t)?.shape.as_mut()?.pop()),
        Alteration::Type(t, code) => tensor(graph, t)?.tensor_type = *code,
        Alteration::Buffer(t, v) => tensor(graph, t)?.buffer = *v as u32,
        Alteration::Scale(t, bits) => {
            let quantization = tensor(graph, t)?.quantization.as_mut()?;
            *quantization.scale.as_mut()?.first_mut()? = f32::from_bits(*bits as u32);
        }
        Alteration::ZeroPoint(t, v) => {
            let quantization = tensor(graph, t)?.quantization.as_mut()?;
            *quantization.zero_point.as_mut()?.first_mut()? = (*v).into();
        }
        Alteration::QuantizedDimension(t, v) => {
            tensor(graph, t)?.quantization.as_mut()?.quantized_dimension = *v;
        }
        Alteration::NoQuantization(t) => tensor(graph, t)?.quantization = None,
        Alteration::Input(o, slot, v) => *pick(&mut operator(graph, o)?.inputs, slot)? = *v,
        Alteration::OneMoreInput(o, v) => operator(graph, o)?.inputs.as_mut()?.push(*v),
        Alteration::Output(o, slot, v) => *pick(&mut operator(graph, o)?.outputs, slot)? = *v,
        Alteration::Operator { of, from } => {
            let other = operator(graph, from)?.clone();
            let altered = operator(graph, of)?;
            altered.opcode_index = other.opcode_index;
            altered.builtin_options = other.builtin_options;
        }
        Alteration::Options { of, from } => {
            let options = operator(graph, from)?.builtin_options.clone();
            operator(graph, of)?.builtin_options = options;
        }
        Alteration::Order(a, b) => {
            let operators = graph.operators.as_mut().filter(|list| !list.is_empty())?;
            let (a, b) = (a.index(operators.len()), b.index(operators.len()));
            operators.swap(a, b);
        }
    }
    Some(())
}
