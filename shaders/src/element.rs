//! How the elements of a tensor lie in memory, and the choices that make one shader of a kernel.

/// How an element lies in a storage buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// 32-bit floats.
    F32,
    /// 16-bit floats, of the WGSL type `f16`: the device needs the feature `shader-f16`.
    F16,
    /// 16-bit floats, two in each 32-bit word, the first in the low half: the same bytes as
    /// [`Element::F16`] for devices without that feature. [`Halves`] says how they are unpacked.
    F16Packed,
    /// Signed bytes, four in each 32-bit word, the first in the lowest bits.
    I8,
    /// Unsigned bytes, four in each 32-bit word, the first in the lowest bits.
    U8,
    /// 16-bit integers, two in each 32-bit word, the first in the low half.
    I16,
    /// 32-bit integers.
    I32,
}

impl Element {
    /// The floats.
    pub const FLOATS: &'static [Element] = &[Element::F32, Element::F16, Element::F16Packed];
    /// The integers that stand for reals in activation tensors.
    pub const QUANTIZED: &'static [Element] = &[Element::I8, Element::U8, Element::I16];
    /// All elements of activation tensors.
    pub const ACTIVATIONS: &'static [Element] = &[
        Element::F32,
        Element::F16,
        Element::F16Packed,
        Element::I8,
        Element::U8,
        Element::I16,
    ];
    /// All elements.
    pub const MOVED: &'static [Element] = &[
        Element::F32,
        Element::F16,
        Element::F16Packed,
        Element::I8,
        Element::U8,
        Element::I16,
        Element::I32,
    ];

    /// Bytes of one element in memory.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Element::F32 | Element::I32 => 4,
            Element::F16 | Element::F16Packed | Element::I16 => 2,
            Element::I8 | Element::U8 => 1,
        }
    }
}

/// What a device must offer beyond the least that WebGPU asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// The type `f16` in WGSL.
    ShaderF16,
    /// The WGSL function that unpacks 16-bit floats.
    F16InF32,
    /// Cooperative matrices, and the built-in values of subgroups.
    CooperativeMatrix,
}

/// How the halves of a word are unpacked and packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Halves {
    /// Unpacked by WGSL's function, for which the device needs [`Capability::F16InF32`], and packed by integer arithmetic.
    Builtin,
    /// By integer arithmetic, on any device.
    Integer,
}

/// The address space of the params struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamsSpace {
    /// A uniform buffer.
    Uniform,
    /// A storage buffer that is read.
    Storage,
}

/// How a kernel that computes whole rows writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Every row starts on a multiple of four elements: whole quads are written, and the lanes past the end of the last row fall
    /// in the buffer's padding.
    Aligned,
    /// Rows start anywhere: elements are written one by one.
    Scattered,
    /// Rows are parts of the longer rows of a tensor, and all start on a multiple of four elements: [`Rows::PLACES`] says where.
    Placed,
}

/// What happens to values on their way to the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Epilogue {
    /// Nothing.
    None,
    /// [`crate::epilogue::FEW_STEPS`] elementwise steps at most, which read further tensors.
    Short,
    /// [`crate::epilogue::MAX_STEPS`] of them at most.
    Long,
    /// Quantized integers are added to those of another tensor.
    Sum,
}

/// The choices that make one shader of a kernel: the element of each role, how rows are written, and what happens before. A kernel
/// ignores the choices for roles and parts it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// The element of inputs and outputs.
    pub activation: Element,
    /// The element of the input, where a kernel reads any float.
    pub input: Element,
    /// The element of the operand whose element is chosen apart: weights, or a second tensor.
    pub weight: Element,
    /// The element of the bias.
    pub bias: Element,
    /// How rows are written.
    pub rows: Rows,
    /// What happens to values before that.
    pub epilogue: Epilogue,
    /// How packed elements are unpacked.
    pub halves: Halves,
    /// Where the params lie.
    pub params: ParamsSpace,
}

/// The elements that the roles of a kernel may have. A kernel without weights or biases lists none for them.
#[derive(Clone, Copy, Debug)]
pub struct Elements {
    /// Of inputs and outputs.
    pub activation: &'static [Element],
    /// Of weights, or of a second tensor.
    pub weight: &'static [Element],
    /// Of biases, or of what else comes for each channel.
    pub bias: &'static [Element],
}
