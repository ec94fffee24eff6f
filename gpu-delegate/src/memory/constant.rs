//! Constants as they lie in the file.

use std::borrow::Cow;

use demilite_core::quantization::unpacked;
use demilite_core::{DataType, Graph, Op, Shape, Tensor, TensorId, View};
use demilite_shaders::Element;

/// The most bytes of a sparse constant with its zeros: the largest binding of any device.
const MAX_DENSE_BYTES: usize = i32::MAX as usize;

/// A constant of float elements.
#[derive(Clone, Copy)]
pub(crate) struct FloatConstant<'a> {
    /// The tensor that holds the bytes: for a constant behind DEQUANTIZE or DENSIFY, the one before them.
    pub(crate) tensor: TensorId,
    stored: &'a Tensor,
}

impl<'a> FloatConstant<'a> {
    /// Whether the elements are float16.
    pub(crate) fn is_half(&self) -> bool {
        self.stored.dtype == DataType::Float16
    }

    fn element_bytes(&self) -> usize {
        if self.is_half() { 2 } else { 4 }
    }

    /// The shape of the dense constant.
    pub(crate) fn shape(&self) -> &'a Shape {
        &self.stored.shape
    }

    /// The elements, if they are stored densely.
    pub(crate) fn view(&self) -> Option<View<'a>> {
        self.stored.constant_view()
    }

    /// The bytes that are stored in the file.
    fn file_bytes(&self) -> &'a [u8] {
        let constant = self.stored.constant.as_ref();
        constant.map_or(&[], |constant| constant.bytes())
    }

    /// The bytes of all elements, the zeros of a sparse constant among them; none for storage that describes no such tensor.
    fn bytes(&self) -> Option<Cow<'a, [u8]>> {
        let stored = self.file_bytes();
        let Some(sparsity) = &self.stored.sparsity else {
            return Some(Cow::Borrowed(stored));
        };
        let mut dense = vec![0; dense_bytes(self.stored, self.element_bytes())?];
        let densified = sparsity.densify(stored, self.element_bytes(), self.shape(), &mut dense);
        densified.ok().map(|()| Cow::Owned(dense))
    }
}

/// A constant as the device holds it.
pub(crate) struct DeviceConstant<'a> {
    /// The tensor that the file holds.
    pub(crate) tensor: TensorId,
    /// The bytes of all elements, in the order of the file.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// How many bytes of the file those are.
    pub(crate) file_bytes: usize,
    /// What they are.
    pub(crate) element: Element,
}

/// The constant that tensor `id` stands for, on a device where 16-bit floats are `half`; none if it is computed, or of a type that
/// is not on the device. Weights of 4 and 2 bits become signed bytes.
pub(crate) fn device_constant(
    graph: &Graph,
    id: TensorId,
    half: Element,
) -> Option<DeviceConstant<'_>> {
    if let Some(constant) = float_constant(graph, id) {
        return Some(DeviceConstant {
            tensor: constant.tensor,
            bytes: constant.bytes()?,
            file_bytes: constant.file_bytes().len(),
            element: if constant.is_half() {
                half
            } else {
                Element::F32
            },
        });
    }
    if let Some(integers) = integers_behind_dequantize(graph, id) {
        return Some(DeviceConstant {
            tensor: id,
            bytes: Cow::Owned(reals(integers)?),
            file_bytes: integers.constant.as_ref()?.bytes().len(),
            element: Element::F32,
        });
    }
    let tensor = graph.tensor(id);
    if let Some(dense) = densified_bytes(tensor) {
        return Some(DeviceConstant {
            tensor: id,
            bytes: Cow::Owned(dense),
            file_bytes: tensor.constant.as_ref()?.bytes().len(),
            element: Element::I8,
        });
    }
    let view = tensor.constant_view()?;
    let (bytes, element) = match view.dtype() {
        DataType::Int4 | DataType::Int2 => (Cow::Owned(unpacked_bytes(view)?), Element::I8),
        dtype => (Cow::Borrowed(view.bytes()), stored_element(dtype)?.0),
    };
    Some(DeviceConstant {
        tensor: id,
        bytes,
        file_bytes: view.bytes().len(),
        element,
    })
}

/// The bytes of the packed constant `id` as they are in the file, seen as elements of the device.
pub(crate) fn packed_constant(
    graph: &Graph,
    id: TensorId,
    element: Element,
) -> Option<DeviceConstant<'_>> {
    let view = graph.tensor(id).constant_view()?;
    Some(DeviceConstant {
        tensor: id,
        bytes: Cow::Borrowed(view.bytes()),
        file_bytes: view.bytes().len(),
        element,
    })
}

/// The dense constant of integers of 8 bits and less that DEQUANTIZE makes tensor `id` of, if it is one.
pub(crate) fn integers_behind_dequantize(graph: &Graph, id: TensorId) -> Option<&Tensor> {
    let producer = graph.node(graph.producer(id)?);
    let input = graph.tensor(producer.inputs.first().copied().flatten()?);
    let is_narrow = matches!(
        input.dtype,
        DataType::Int8 | DataType::UInt8 | DataType::Int4 | DataType::UInt4 | DataType::Int2
    );
    let is_quantized = input.quantization.is_some() && input.blocks.is_none();
    let is_dense = input.constant_view().is_some();
    (matches!(producer.op, Op::Dequantize(_)) && is_narrow && is_quantized && is_dense)
        .then_some(input)
}

/// The bytes of the floats that integers of 8 bits and less stand for, as the reference rounds them.
fn reals(integers: &Tensor) -> Option<Vec<u8>> {
    let (view, quantization) = (integers.constant_view()?, integers.quantization.as_ref()?);
    let bytes = unpacked_bytes(view).unwrap_or_else(|| view.bytes().to_vec());
    let stride: usize = integers
        .shape
        .iter()
        .skip(quantization.quantized_dimension + 1)
        .product();
    let slices = quantization.scale.len();
    #[allow(
        clippy::cast_possible_truncation,
        reason = "reals are single-precision numbers"
    )]
    let real = |(place, &byte): (usize, &u8)| {
        let number = match integers.dtype {
            DataType::UInt8 => i32::from(byte),
            _ => i32::from(byte.cast_signed()),
        };
        let slice = place / stride.max(1) % slices;
        let (scale, zero_point) = (
            quantization.scale_of(slice),
            quantization.zero_point_of(slice),
        );
        let difference = number.wrapping_sub(zero_point);
        match quantization.is_per_axis() {
            true => scale * difference as f32,
            false => (f64::from(scale) * f64::from(difference)) as f32,
        }
    };
    let reals = bytes.iter().enumerate().map(real);
    Some(reals.flat_map(f32::to_le_bytes).collect())
}

/// The bytes that a constant of elements of `element_bytes` bytes has with its zeros, if it is stored sparsely and they can be added.
fn dense_bytes(tensor: &Tensor, element_bytes: usize) -> Option<usize> {
    let (stored, sparsity) = (tensor.constant.as_ref()?, tensor.sparsity.as_ref()?);
    let bytes = tensor
        .shape
        .checked_elements()?
        .checked_mul(element_bytes)?;
    let elements = sparsity.stored_elements(&tensor.shape).ok()?;
    let is_all = elements.checked_mul(element_bytes) == Some(stored.bytes().len());
    (is_all && bytes <= MAX_DENSE_BYTES).then_some(bytes)
}

/// The bytes of a constant of int8 that is stored sparsely, its zeros among them.
fn densified_bytes(tensor: &Tensor) -> Option<Vec<u8>> {
    let (stored, sparsity) = (tensor.constant.as_ref()?, tensor.sparsity.as_ref()?);
    if tensor.dtype != DataType::Int8 {
        return None;
    }
    let mut dense = vec![0; dense_bytes(tensor, 1)?];
    let densified = sparsity.densify(stored.bytes(), 1, &tensor.shape, &mut dense);
    densified.ok().map(|()| dense)
}

/// Whether a constant has all its elements on the device: it is stored densely, or its zeros can be added.
pub(crate) fn is_whole(tensor: &Tensor) -> bool {
    let is_sparse = || tensor.dtype == DataType::Int8 && dense_bytes(tensor, 1).is_some();
    tensor.constant_view().is_some() || is_sparse()
}

/// The numbers of a packed type, a byte each.
fn unpacked_bytes(packed: View<'_>) -> Option<Vec<u8>> {
    unpacked(packed).map(bytemuck::cast_vec)
}

/// The element on the device of tensors of this type, floats apart, and how many of them stand for one of the tensor's.
pub(crate) fn stored_element(dtype: DataType) -> Option<(Element, usize)> {
    match dtype {
        DataType::UInt8 | DataType::Bool => Some((Element::U8, 1)),
        DataType::Int8 => Some((Element::I8, 1)),
        // Floats of 16 bits are only moved.
        DataType::Int16 | DataType::UInt16 | DataType::Float16 => Some((Element::I16, 1)),
        DataType::Int32 | DataType::UInt32 => Some((Element::I32, 1)),
        DataType::Int64 | DataType::UInt64 => Some((Element::I32, 2)),
        _ => None,
    }
}

/// The element on the device of quantized tensors of this type, if there is one.
pub(crate) fn quantized_element(dtype: DataType) -> Option<Element> {
    match dtype {
        DataType::Int8 => Some(Element::I8),
        DataType::UInt8 => Some(Element::U8),
        DataType::Int16 => Some(Element::I16),
        _ => None,
    }
}

/// The constant that tensor `id` is, or that DENSIFY and DEQUANTIZE expand to it; none if it is computed, or no float.
pub(crate) fn float_constant(graph: &Graph, id: TensorId) -> Option<FloatConstant<'_>> {
    let (mut tensor, mut is_densified, mut is_dequantized) = (id, false, false);
    while graph.tensor(tensor).constant.is_none() {
        let producer = graph.node(graph.producer(tensor)?);
        match producer.op {
            Op::Dequantize(_) if !is_densified && !is_dequantized => is_dequantized = true,
            Op::Densify(_) if !is_densified => is_densified = true,
            _ => return None,
        }
        tensor = producer.inputs.first().copied().flatten()?;
    }
    let stored = graph.tensor(tensor);
    let is_float = match stored.dtype {
        // A DEQUANTIZE node reads no float32.
        DataType::Float32 => !is_dequantized,
        dtype => dtype == DataType::Float16,
    };
    let constant = FloatConstant { tensor, stored };
    let has_all = match &stored.sparsity {
        None => !is_densified,
        Some(_) => dense_bytes(stored, constant.element_bytes()).is_some(),
    };
    (is_float && has_all).then_some(constant)
}

/// The value of a constant of one float.
pub(crate) fn single_float(graph: &Graph, id: TensorId) -> Option<f32> {
    let constant = float_constant(graph, id)?;
    if constant.shape().elements() != 1 {
        return None;
    }
    let view = constant.view()?;
    if constant.is_half() {
        let halves = view.as_slice::<half::f16>().ok()?;
        return halves.first().map(|half| half.to_f32());
    }
    view.as_slice::<f32>().ok()?.first().copied()
}
