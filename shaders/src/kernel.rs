//! What the table says of a kernel.

use crate::binding::{Binding, Tunable};
use crate::element::{Capability, Element, Elements, Epilogue, Halves, ParamsSpace, Rows, Variant};
use crate::params::Field;

/// The WGSL file of this path under `wgsl/` without the ending, in one or more pieces: `file!("function/", $name)`.
macro_rules! file {
    ($($piece:literal),+) => {
        $crate::WgslFile {
            path: concat!($($piece),+),
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/wgsl/",
                $($piece,)+
                ".wgsl"
            )),
        }
    };
}
pub(crate) use file;

/// A file of the folder `wgsl/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WgslFile {
    /// Its path there, without the ending.
    pub path: &'static str,
    /// What it holds.
    pub text: &'static str,
}

/// One of the files that a kernel is made of.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The same file in every variant.
    File(WgslFile),
    /// How activations lie in memory, by [`Variant::activation`].
    Activation,
    /// The tensor that is read, with the element of activations.
    Input,
    /// The tensor of floats that is read, by [`Variant::input`].
    FloatInput,
    /// How weights lie in memory, by [`Variant::weight`].
    Weight,
    /// How biases lie in memory, by [`Variant::bias`].
    Bias,
    /// How rows are written, by [`Variant::rows`] and [`Variant::activation`]: the output's binding.
    Rows,
    /// What happens to floats on their way to the output, by [`Variant::epilogue`].
    Epilogue,
    /// What happens to quantized integers on theirs.
    Sum,
    /// How integers are multiplied with signed bytes and summed, by [`Variant::activation`].
    Products,
    /// The types of cooperative matrices of this size.
    CooperativeMatrices(MatrixSize),
}

/// Rows and columns of a cooperative matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatrixSize {
    /// 8 rows and 8 columns.
    Eight,
    /// 16 rows and 16 columns.
    Sixteen,
}

impl MatrixSize {
    /// All sizes, the largest first.
    pub const ALL: [MatrixSize; 2] = [MatrixSize::Sixteen, MatrixSize::Eight];

    /// Rows, and columns too.
    #[must_use]
    pub const fn extent(self) -> u32 {
        match self {
            MatrixSize::Eight => 8,
            MatrixSize::Sixteen => 16,
        }
    }
}

/// A size that is fixed or tuned: of a workgroup in one dimension, say.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// Always this many.
    Fixed(u32),
    /// As many as the tunable of this name says.
    Tunable(&'static str),
}

impl Extent {
    /// The size under these constants, as [`Kernel::constants`] gives them.
    fn under(self, constants: &[(&'static str, u32)]) -> u32 {
        match self {
            Extent::Fixed(size) => size,
            Extent::Tunable(tunable) => constants
                .iter()
                .find(|(name, _)| *name == tunable)
                .map_or(1, |(_, value)| *value),
        }
    }
}

/// An array in workgroup memory.
#[derive(Clone, Copy, Debug)]
pub struct WorkgroupArray {
    /// The name in WGSL.
    pub name: &'static str,
    /// Bytes of one element.
    pub element_bytes: u32,
    /// How many elements it has.
    pub length: ArrayLength,
}

/// How many elements an array in workgroup memory has.
#[derive(Clone, Copy, Debug)]
pub enum ArrayLength {
    /// One an invocation.
    Invocations,
    /// The sum of these products.
    Products(&'static [&'static [Extent]]),
}

/// One kernel: its files, bindings and tunables. The entry point is `main`.
#[derive(Debug)]
pub struct Kernel {
    /// The name, of the table and of error messages.
    pub name: &'static str,
    /// The files, in order.
    pub parts: &'static [Part],
    /// The elements that its roles may have.
    pub elements: Elements,
    /// The bindings of group 0, without those of an epilogue.
    pub bindings: &'static [Binding],
    /// The fields of the params struct.
    pub params: &'static [Field],
    /// The `override` constants, without those of an epilogue.
    pub tunables: &'static [Tunable],
    /// The size of a workgroup.
    pub workgroup: [Extent; 3],
    /// The arrays in workgroup memory.
    pub workgroup_arrays: &'static [WorkgroupArray],
}

impl Kernel {
    /// The entry point of every kernel.
    pub const ENTRY_POINT: &'static str = "main";

    /// Whether the output is written by rows, so that [`Variant::rows`] matters.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Rows))
    }

    /// What can happen to values before they are written.
    #[must_use]
    pub fn epilogues(&self) -> &'static [Epilogue] {
        let of_part = |part: &Part| match part {
            Part::Epilogue => Some(&[Epilogue::None, Epilogue::Short, Epilogue::Long][..]),
            Part::Sum => Some(&[Epilogue::None, Epilogue::Sum][..]),
            _ => None,
        };
        self.parts
            .iter()
            .find_map(of_part)
            .unwrap_or(&[Epilogue::None])
    }

    /// The elements that the input may have where activations have this one.
    #[must_use]
    pub fn inputs(&self, activation: Element) -> Vec<Element> {
        match self
            .parts
            .iter()
            .any(|part| matches!(part, Part::FloatInput))
        {
            true => Element::FLOATS.to_vec(),
            false => vec![activation],
        }
    }

    /// `epilogue` where the kernel has it.
    fn epilogue(&self, epilogue: Epilogue) -> Epilogue {
        match self.epilogues().contains(&epilogue) {
            true => epilogue,
            false => Epilogue::None,
        }
    }

    /// The bindings of group 0 in `variant`.
    pub fn bindings_of(&self, variant: &Variant) -> impl Iterator<Item = Binding> {
        let epilogue = self.epilogue(variant.epilogue);
        self.bindings.iter().chain(epilogue.bindings()).copied()
    }

    /// Whether a role of the kernel has this element in `variant`.
    #[must_use]
    pub fn uses(&self, variant: &Variant, element: Element) -> bool {
        self.bindings_of(variant)
            .any(|binding| binding.element(variant) == Some(element))
    }

    /// Whether a device needs `capability` for this variant.
    #[must_use]
    pub fn needs(&self, variant: &Variant, capability: Capability) -> bool {
        match capability {
            Capability::ShaderF16 => self.uses(variant, Element::F16),
            Capability::F16InF32 => {
                self.uses(variant, Element::F16Packed) && variant.halves == Halves::Builtin
            }
            Capability::CooperativeMatrix => self
                .parts
                .iter()
                .any(|part| matches!(part, Part::CooperativeMatrices(_))),
        }
    }

    /// The files of this variant, in order.
    pub fn files(&self, variant: &Variant) -> impl Iterator<Item = WgslFile> {
        let enable_f16 = match self.uses(variant, Element::F16) {
            true => &[file!("prelude/enable_f16")][..],
            false => &[],
        };
        let enable_matrices = match self.needs(variant, Capability::CooperativeMatrix) {
            true => &[file!("prelude/enable_cooperative_matrix")][..],
            false => &[],
        };
        let halves = match (self.uses(variant, Element::F16Packed), variant.halves) {
            (false, _) => &[][..],
            (true, Halves::Builtin) => &[file!("prelude/halves"), file!("prelude/halves_builtin")],
            (true, Halves::Integer) => &[file!("prelude/halves"), file!("prelude/halves_integer")],
        };
        let params = match variant.params {
            ParamsSpace::Uniform => &[file!("prelude/params_uniform")][..],
            ParamsSpace::Storage => &[file!("prelude/params_storage")],
        };
        let parts = self.parts.iter().map(|part| part.files(variant));
        [enable_f16, enable_matrices, halves, params]
            .into_iter()
            .chain(parts)
            .flatten()
            .copied()
    }

    /// The kernel's WGSL text in this variant.
    #[must_use]
    pub fn source(&self, variant: &Variant) -> String {
        self.files(variant).map(|file| file.text).collect()
    }

    /// The values of all tunables, and of those of the variant's rows and epilogue: `chosen` where it names them, else the defaults.
    #[must_use]
    pub fn constants(
        &self,
        variant: &Variant,
        chosen: &[(&'static str, u32)],
    ) -> Vec<(&'static str, u32)> {
        let value = |tunable: &Tunable| {
            let named = chosen.iter().find(|(name, _)| *name == tunable.name);
            named.map_or(tunable.values[0], |(_, value)| *value)
        };
        let rows = match self.has_rows() {
            true => variant.rows.tunables(),
            false => &[],
        };
        self.tunables
            .iter()
            .chain(rows)
            .chain(self.epilogue(variant.epilogue).tunables())
            .map(|tunable| (tunable.name, value(tunable)))
            .collect()
    }

    /// The size of a workgroup under these constants, as [`Kernel::constants`] gives them.
    #[must_use]
    pub fn workgroup_size(&self, constants: &[(&'static str, u32)]) -> [u32; 3] {
        self.workgroup.map(|extent| extent.under(constants))
    }

    /// Bytes of workgroup memory under these constants.
    #[must_use]
    pub fn workgroup_memory(&self, constants: &[(&'static str, u32)]) -> u32 {
        let bytes = |array: &WorkgroupArray| {
            let elements: u32 = match array.length {
                ArrayLength::Invocations => self.workgroup_size(constants).iter().product(),
                ArrayLength::Products(products) => {
                    let product = |extents: &&[Extent]| -> u32 {
                        extents
                            .iter()
                            .map(|extent| extent.under(constants))
                            .product()
                    };
                    products.iter().map(product).sum()
                }
            };
            array.element_bytes * elements
        };
        self.workgroup_arrays.iter().map(bytes).sum()
    }
}

impl Part {
    fn files(&'static self, variant: &Variant) -> &'static [WgslFile] {
        match self {
            Part::File(file) => std::slice::from_ref(file),
            Part::CooperativeMatrices(MatrixSize::Eight) => &[file!("prelude/matrices_8x8")],
            Part::CooperativeMatrices(MatrixSize::Sixteen) => &[file!("prelude/matrices_16x16")],
            Part::Activation => match variant.activation {
                Element::F32 => &[file!("prelude/activation_f32")],
                Element::F16 => &[file!("prelude/activation_f16")],
                Element::F16Packed => &[file!("prelude/activation_f16_packed")],
                Element::I8 => &[file!("prelude/activation_i8")],
                Element::U8 => &[file!("prelude/activation_u8")],
                Element::I16 => &[file!("prelude/activation_i16")],
                Element::I32 => &[file!("prelude/activation_i32")],
            },
            Part::Input => &[file!("prelude/input_as_output"), file!("prelude/input")],
            Part::FloatInput => match variant.input {
                input if input == variant.activation => Part::Input.files(variant),
                Element::F32 => &[file!("prelude/input_f32"), file!("prelude/input")],
                Element::F16 => &[file!("prelude/input_f16"), file!("prelude/input")],
                Element::F16Packed => &[file!("prelude/input_f16_packed"), file!("prelude/input")],
                // No float.
                Element::I8 | Element::U8 | Element::I16 | Element::I32 => &[],
            },
            Part::Weight => match variant.weight {
                Element::F32 => &[file!("prelude/weight_f32")],
                Element::F16 => &[file!("prelude/weight_f16")],
                Element::F16Packed => &[file!("prelude/weight_f16_packed")],
                Element::I8 => &[file!("prelude/weight_i8")],
                Element::U8 => &[file!("prelude/weight_u8")],
                Element::I16 => &[file!("prelude/weight_i16")],
                Element::I32 => &[file!("prelude/weight_i32")],
            },
            Part::Bias => match variant.bias {
                Element::F32 => &[file!("prelude/bias_f32")],
                Element::F16 => &[file!("prelude/bias_f16")],
                Element::F16Packed => &[file!("prelude/bias_f16_packed")],
                Element::I8 => &[file!("prelude/bias_i8")],
                Element::U8 => &[file!("prelude/bias_u8")],
                Element::I16 => &[file!("prelude/bias_i16")],
                Element::I32 => &[file!("prelude/bias_i32")],
            },
            Part::Rows => match (variant.rows, variant.activation) {
                (Rows::Aligned, _) => &[file!("prelude/rows_aligned")],
                (Rows::Placed, _) => &[file!("prelude/rows_placed")],
                (Rows::Scattered, Element::F32) => &[file!("prelude/rows_f32")],
                (Rows::Scattered, Element::F16) => &[file!("prelude/rows_f16")],
                (Rows::Scattered, Element::F16Packed) => &[file!("prelude/rows_f16_packed")],
                (Rows::Scattered, Element::I8 | Element::U8) => &[file!("prelude/rows_bytes")],
                (Rows::Scattered, Element::I16) => &[file!("prelude/rows_i16")],
                (Rows::Scattered, Element::I32) => &[file!("prelude/rows_i32")],
            },
            Part::Epilogue | Part::Sum => match variant.epilogue {
                Epilogue::None => &[file!("prelude/epilogue_none")],
                Epilogue::Short => &[
                    file!("prelude/functions"),
                    file!("prelude/steps"),
                    file!("prelude/epilogue_short"),
                ],
                Epilogue::Long => &[
                    file!("prelude/functions"),
                    file!("prelude/steps"),
                    file!("prelude/epilogue_long"),
                ],
                Epilogue::Sum => &[file!("prelude/epilogue_sum")],
            },
            Part::Products => match variant.activation {
                Element::I8 => &[
                    file!("prelude/products_i8"),
                    file!("prelude/products_bytes"),
                ],
                Element::U8 => &[
                    file!("prelude/products_u8"),
                    file!("prelude/products_bytes"),
                ],
                Element::I16 => &[file!("prelude/products_i16")],
                // Kernels of these elements have no such part.
                Element::F32 | Element::F16 | Element::F16Packed | Element::I32 => &[],
            },
        }
    }
}
