//! Ways to change a file that every reader has to put up with: it runs as before.

use demilite_core::schema::{
    Buffer, BuiltinOperator, BuiltinOptions, Metadata, Model, Operator, OperatorCode,
    QuantizationParameters, SignatureDef, SubGraph, Tensor,
};
use proptest::prelude::*;
use proptest::sample::Index;

use super::original::Original;

/// One change. Indices fit every file.
#[derive(Debug, Clone)]
pub(crate) enum Harmless {
    /// A tensor is called this.
    TensorName(Index, String),
    /// The first graph is called this.
    GraphName(String),
    /// The file says this of itself.
    Description(String),
    /// A byte of weights or of an operand of arithmetic has this value.
    Weight(Index, Index, u8),
    /// The activation of a layer is the one with this code: none, RELU, RELU_N1_TO_1 or RELU6.
    Activation(Index, i8),
    /// The range that calibration saw of a tensor.
    Range(Index, i32, i32),
    /// A tensor that nobody reads, of this type and these extents.
    IdleTensor(i8, Vec<i32>),
    /// A kind of operator that no operator has.
    IdleOperatorCode(i32),
    /// A buffer that nobody names.
    IdleBuffer,
    /// Metadata of this name, the bytes of a buffer of the file.
    Metadata(String, Index),
    /// A signature of this name for the whole first graph without names of its tensors.
    Signature(String),
    /// Bytes behind the end of the file, where an archive of labels would lie.
    Behind(Vec<u8>),
}

/// One change that leaves a file in order.
pub(crate) fn harmless() -> impl Strategy<Value = Harmless> {
    use Harmless::*;
    let one = || any::<Index>();
    prop_oneof![
        (one(), ".{0,12}").prop_map(|(t, name)| TensorName(t, name)),
        ".{0,12}".prop_map(GraphName),
        ".{0,40}".prop_map(Description),
        (one(), one(), any::<u8>()).prop_map(|(o, place, v)| Weight(o, place, v)),
        (one(), 0..4_i8).prop_map(|(o, code)| Activation(o, code)),
        (one(), any::<i32>(), any::<i32>()).prop_map(|(t, min, max)| Range(t, min, max)),
        (
            prop::sample::select(vec![0, 1, 2, 3, 9]),
            prop::collection::vec(0..9_i32, 0..5)
        )
            .prop_map(|(code, extents)| IdleTensor(code, extents)),
        (0..150_i32).prop_map(IdleOperatorCode),
        Just(IdleBuffer),
        ("[a-z]{1,12}", one()).prop_map(|(name, buffer)| Metadata(name, buffer)),
        "[a-z]{1,12}".prop_map(Signature),
        prop::collection::vec(any::<u8>(), 1..64).prop_map(Behind),
    ]
}

/// A copy of a file that runs as well as the original does.
pub(crate) fn changed(original: &Original, changes: &[Harmless]) -> Vec<u8> {
    let mut weights: Vec<Option<Vec<u8>>> = Vec::new();
    let mut model = original.model();
    let constants: Vec<Option<&[u8]>> = model.buffers.iter().flatten().map(|b| b.data).collect();
    weights.resize(constants.len(), None);
    let mut behind: Vec<u8> = Vec::new();
    for change in changes {
        match change {
            Harmless::Weight(o, place, value) => {
                let buffer = weights_of(&model, o);
                let data = buffer.and_then(|buffer| Some((buffer, (*constants.get(buffer)?)?)));
                if let Some((buffer, data)) = data {
                    let copy = weights[buffer].get_or_insert_with(|| data.to_vec());
                    let place = place.index(copy.len());
                    copy[place] = *value;
                }
            }
            Harmless::Behind(bytes) => behind.extend(bytes),
            // A file that lacks what would be changed stays as it is.
            other => drop(change_model(&mut model, other)),
        }
    }
    for (buffer, copy) in model.buffers.iter_mut().flatten().zip(&weights) {
        buffer.data = copy.as_deref().or(buffer.data);
    }
    let mut file = demilite_core::schema::write(&model).expect("the format holds it");
    file.extend(behind);
    file
}

/// The buffer of the second input of an operator whose kernels take any bytes there.
fn weights_of(model: &Model<'_>, index: &Index) -> Option<usize> {
    let graph = model.subgraphs.as_ref()?.first()?;
    let operators = graph.operators.as_ref().filter(|list| !list.is_empty())?;
    let operator = &operators[index.index(operators.len())];
    use BuiltinOperator::*;
    match kind(model.operator_codes.as_ref()?, operator)? {
        Add | Sub | Mul | Conv2d | DepthwiseConv2d | FullyConnected => {}
        _ => return None,
    }
    let tensor = *operator.inputs.as_ref()?.get(1)?;
    let tensor = graph.tensors.as_ref()?.get(usize::try_from(tensor).ok()?)?;
    let buffer = tensor.buffer as usize;
    let is_filled = |buffer: &Buffer<'_>| buffer.data.is_some_and(|data| !data.is_empty());
    let is_constant = model.buffers.as_ref()?.get(buffer).is_some_and(is_filled);
    // Others may read the same bytes as indices or extents.
    let tensors = model
        .subgraphs
        .iter()
        .flatten()
        .flat_map(|graph| graph.tensors.iter().flatten());
    let is_shared = tensors
        .filter(|tensor| tensor.buffer as usize == buffer)
        .count()
        > 1;
    (is_constant && !is_shared).then_some(buffer)
}

fn kind(codes: &[OperatorCode], operator: &Operator) -> Option<BuiltinOperator> {
    codes.get(operator.opcode_index as usize)?.operator()
}

fn pick<'a, T>(list: &'a mut Option<Vec<T>>, index: &Index) -> Option<&'a mut T> {
    let list = list.as_mut().filter(|list| !list.is_empty())?;
    let place = index.index(list.len());
    list.get_mut(place)
}

/// `None` where there is nothing to change.
fn change_model(model: &mut Model<'_>, change: &Harmless) -> Option<()> {
    let buffers = model.buffers.as_ref().map_or(0, Vec::len);
    let graph: &mut SubGraph = model.subgraphs.as_mut()?.first_mut()?;
    match change {
        Harmless::TensorName(t, name) => pick(&mut graph.tensors, t)?.name = Some(name.clone()),
        Harmless::GraphName(name) => graph.name = Some(name.clone()),
        Harmless::Description(text) => model.description = Some(text.clone()),
        Harmless::Activation(o, code) => {
            activate(&mut pick(&mut graph.operators, o)?.builtin_options, *code)
        }
        Harmless::Range(t, min, max) => {
            let tensor = pick(&mut graph.tensors, t)?;
            let quantization = tensor.quantization.get_or_insert_default();
            let bits = |bits: &i32| Some(vec![f32::from_bits(*bits as u32)]);
            (quantization.min, quantization.max) = (bits(min), bits(max));
        }
        Harmless::IdleTensor(code, extents) => graph.tensors.as_mut()?.push(Tensor {
            shape: Some(extents.clone()),
            tensor_type: *code,
            quantization: Some(QuantizationParameters::default()),
            ..Tensor::default()
        }),
        Harmless::IdleOperatorCode(code) => model.operator_codes.as_mut()?.push(OperatorCode {
            builtin_code: *code,
            ..OperatorCode::default()
        }),
        Harmless::IdleBuffer => model.buffers.as_mut()?.push(Buffer::default()),
        Harmless::Metadata(name, buffer) => model.metadata.get_or_insert_default().push(Metadata {
            name: Some(name.clone()),
            buffer: buffer.index(buffers) as u32,
        }),
        Harmless::Signature(key) => {
            model
                .signature_defs
                .get_or_insert_default()
                .push(SignatureDef {
                    signature_key: Some(key.clone()),
                    ..SignatureDef::default()
                })
        }
        Harmless::Weight(..) | Harmless::Behind(_) => {}
    }
    Some(())
}

fn activate(options: &mut BuiltinOptions, code: i8) {
    use BuiltinOptions::*;
    match options {
        AddOptions(options) => options.fused_activation_function = code,
        Conv2DOptions(options) => options.fused_activation_function = code,
        DepthwiseConv2DOptions(options) => options.fused_activation_function = code,
        FullyConnectedOptions(options) => options.fused_activation_function = code,
        Pool2DOptions(options) => options.fused_activation_function = code,
        _ => {}
    }
}
