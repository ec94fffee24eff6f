//! The options of builtin operators as LiteRT keeps them: `builtin_op_data.h`.
//!
//! Structs have the names of the header without `TfLite`, but for those that several operators have under different names. Fields
//! are only ever added at the end, so that what stands here holds for later hosts too. Enumerations are numbers: a host may have
//! members that are not known here. Fields that a host may lack are read by themselves.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

use demilite::schema::BuiltinOperator;

/// A `bool` as a byte, which a host may fill with anything.
pub(crate) type Flag = u8;

/// Options that are nothing but numbers.
///
/// # Safety
/// A host keeps this struct, or one that begins as it does, for each of the operators, and any bytes are one.
pub(crate) unsafe trait Params: Copy {
    /// The operators whose options these are.
    const OPERATORS: &'static [BuiltinOperator];
}

/// The options of a node, as they lie with the host.
#[derive(Clone, Copy)]
pub(crate) struct BuiltinData<'a> {
    operator: BuiltinOperator,
    version: c_int,
    data: *const c_void,
    host: PhantomData<&'a ()>,
}

impl<'a> BuiltinData<'a> {
    /// The options of a node with this operator in this version.
    ///
    /// # Safety
    /// `data` is null or what a host that has this version keeps for the operator, and stays as it is for `'a`.
    pub(crate) unsafe fn new(
        operator: BuiltinOperator,
        version: c_int,
        data: *const c_void,
    ) -> Self {
        BuiltinData {
            operator,
            version,
            data,
            host: PhantomData,
        }
    }

    /// The operator.
    pub(crate) fn operator(self) -> BuiltinOperator {
        self.operator
    }

    /// The options.
    ///
    /// # Errors
    /// Where the operator has others, or the host keeps none.
    pub(crate) fn read<P: Params>(self) -> Result<P, String> {
        self.check(P::OPERATORS)?;
        // SAFETY: the host keeps this struct for the operator, and any bytes are one.
        Ok(unsafe { self.data.cast::<P>().read_unaligned() })
    }

    /// The type of the bias beside int16 activations, which stands behind the other options of a layer; 0 where the operator's version
    /// is from before there was one: a host of that time keeps a shorter struct.
    ///
    /// # Errors
    /// Where the operator has none, or the host keeps no options.
    pub(crate) fn quantized_bias_type(self) -> Result<c_int, String> {
        let layers = [
            (BuiltinOperator::Conv2d, 8, size_of::<ConvParams>()),
            (
                BuiltinOperator::TransposeConv,
                5,
                size_of::<TransposeConvParams>(),
            ),
            (
                BuiltinOperator::FullyConnected,
                11,
                size_of::<FullyConnectedParams>(),
            ),
        ];
        self.check(&layers.map(|(operator, ..)| operator))?;
        let layer = layers
            .iter()
            .find(|(operator, ..)| *operator == self.operator);
        Ok(match layer {
            // SAFETY: a host that has this version keeps the field behind those of the struct.
            Some(&(_, since, place)) if self.version >= since => unsafe {
                self.data.byte_add(place).cast::<c_int>().read_unaligned()
            },
            _ => 0,
        })
    }

    /// The bounds of BUCKETIZE.
    ///
    /// # Errors
    /// Where the operator is another, or the host keeps no bounds.
    pub(crate) fn boundaries(self) -> Result<Vec<f32>, String> {
        self.check(&[BuiltinOperator::Bucketize])?;
        // SAFETY: the host keeps this struct for the operator.
        let params = unsafe { self.data.cast::<BucketizeParams>().read_unaligned() };
        let count = usize::try_from(params.num_boundaries).unwrap_or(0);
        if params.boundaries.is_null() && count > 0 {
            return Err("it has no boundaries".to_owned());
        }
        // SAFETY: as many bounds as the host says lie there, at any address.
        let bounds =
            (0..count).map(|index| unsafe { params.boundaries.add(index).read_unaligned() });
        Ok(bounds.collect())
    }

    fn check(self, operators: &[BuiltinOperator]) -> Result<(), String> {
        if !operators.contains(&self.operator) {
            return Err(format!(
                "its options are not read as those of {}",
                self.operator
            ));
        }
        match self.data.is_null() {
            true => Err("this runtime keeps no options for it".to_owned()),
            false => Ok(()),
        }
    }
}

macro_rules! params {
    ($($name:ident: $size:literal [$($operator:ident),+] { $($field:ident: $type:ty,)+ })+) => {$(
        #[doc = concat!("Options of ", $("`", stringify!($operator), "` ",)+ "in LiteRT.")]
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)+
        }

        const _: () = assert!(size_of::<$name>() == $size);

        // SAFETY: the header has this struct for these operators, and its fields are numbers and arrays of them.
        unsafe impl Params for $name {
            const OPERATORS: &'static [BuiltinOperator] = &[$(BuiltinOperator::$operator),+];
        }
    )+};
}

params! {
    ConvParams: 24 [Conv2d] {
        padding: c_int,
        stride_width: c_int,
        stride_height: c_int,
        activation: c_int,
        dilation_width_factor: c_int,
        dilation_height_factor: c_int,
    }

    Conv3DParams: 32 [Conv3d, Conv3dTranspose] {
        padding: c_int,
        stride_width: c_int,
        stride_height: c_int,
        stride_depth: c_int,
        dilation_width_factor: c_int,
        dilation_height_factor: c_int,
        dilation_depth_factor: c_int,
        activation: c_int,
    }

    PoolParams: 24 [AveragePool2d, L2Pool2d, MaxPool2d] {
        padding: c_int,
        stride_width: c_int,
        stride_height: c_int,
        filter_width: c_int,
        filter_height: c_int,
        activation: c_int,
    }

    DepthwiseConvParams: 28 [DepthwiseConv2d] {
        padding: c_int,
        stride_width: c_int,
        stride_height: c_int,
        depth_multiplier: c_int,
        activation: c_int,
        dilation_width_factor: c_int,
        dilation_height_factor: c_int,
    }

    TransposeConvParams: 16 [TransposeConv] {
        padding: c_int,
        stride_width: c_int,
        stride_height: c_int,
        activation: c_int,
    }

    SVDFParams: 12 [Svdf] {
        rank: c_int,
        activation: c_int,
        asymmetric_quantize_inputs: Flag,
    }

    RNNParams: 8 [Rnn] {
        activation: c_int,
        asymmetric_quantize_inputs: Flag,
    }

    SequenceRNNParams: 12 [UnidirectionalSequenceRnn] {
        time_major: Flag,
        activation: c_int,
        asymmetric_quantize_inputs: Flag,
    }

    BidirectionalSequenceRNNParams: 12 [BidirectionalSequenceRnn] {
        time_major: Flag,
        activation: c_int,
        merge_outputs: Flag,
        asymmetric_quantize_inputs: Flag,
    }

    LSTMParams: 20 [Lstm] {
        activation: c_int,
        cell_clip: f32,
        proj_clip: f32,
        kernel_type: c_int,
        asymmetric_quantize_inputs: Flag,
    }

    UnidirectionalSequenceLSTMParams: 16 [UnidirectionalSequenceLstm] {
        activation: c_int,
        cell_clip: f32,
        proj_clip: f32,
        time_major: Flag,
        asymmetric_quantize_inputs: Flag,
        diagonal_recurrent_tensors: Flag,
    }

    BidirectionalSequenceLSTMParams: 16 [BidirectionalSequenceLstm] {
        activation: c_int,
        cell_clip: f32,
        proj_clip: f32,
        merge_outputs: Flag,
        time_major: Flag,
        asymmetric_quantize_inputs: Flag,
    }

    FullyConnectedParams: 12 [FullyConnected] {
        activation: c_int,
        weights_format: c_int,
        keep_num_dims: Flag,
        asymmetric_quantize_inputs: Flag,
    }

    BatchMatMulParams: 3 [BatchMatmul] {
        adj_x: Flag,
        adj_y: Flag,
        asymmetric_quantize_inputs: Flag,
    }

    SoftmaxParams: 4 [Softmax] {
        beta: f32,
    }

    LeakyReluParams: 4 [LeakyRelu] {
        alpha: f32,
    }

    GeluParams: 1 [Gelu] {
        approximate: Flag,
    }

    SumParams: 8 [Add, Sub] {
        activation: c_int,
        pot_scale_int16: Flag,
    }

    ActivationParams: 4 [Div, L2Normalization, Mul] {
        activation: c_int,
    }

    LocalResponseNormParams: 16 [LocalResponseNormalization] {
        radius: c_int,
        bias: f32,
        alpha: f32,
        beta: f32,
    }

    ResizeParams: 2 [ResizeBilinear, ResizeNearestNeighbor] {
        align_corners: Flag,
        half_pixel_centers: Flag,
    }

    DimensionsParams: 36 [Reshape, Squeeze] {
        dimensions: [i32; 8],
        count: c_int,
    }

    NumberParams: 4 [DepthToSpace, OneHot, SpaceToDepth, Split, SplitV] {
        number: c_int,
    }

    TypeParams: 4 [ArgMax, ArgMin, Shape, Unique] {
        dtype: c_int,
    }

    CastParams: 8 [Cast] {
        in_data_type: c_int,
        out_data_type: c_int,
    }

    ConcatenationParams: 8 [Concatenation] {
        axis: c_int,
        activation: c_int,
    }

    PackParams: 8 [Pack, Unpack] {
        count: c_int,
        axis: c_int,
    }

    GatherParams: 8 [Gather] {
        axis: c_int,
        batch_dims: c_int,
    }

    ReverseSequenceParams: 8 [ReverseSequence] {
        seq_dim: c_int,
        batch_dim: c_int,
    }

    ReducerParams: 1 [Mean, ReduceAll, ReduceAny, ReduceMax, ReduceMin, ReduceProd, Sum] {
        keep_dims: Flag,
    }

    CumsumParams: 2 [Cumsum] {
        exclusive: Flag,
        reverse: Flag,
    }

    StridedSliceParams: 24 [StridedSlice] {
        begin_mask: c_int,
        end_mask: c_int,
        ellipsis_mask: c_int,
        new_axis_mask: c_int,
        shrink_axis_mask: c_int,
        offset: Flag,
    }

    MirrorPaddingParams: 4 [MirrorPad] {
        mode: c_int,
    }

    SparseToDenseParams: 1 [SparseToDense] {
        validate_indices: Flag,
    }

    FakeQuantParams: 16 [FakeQuant] {
        min: f32,
        max: f32,
        num_bits: c_int,
        narrow_range: Flag,
    }
}

/// Options of `Bucketize` in LiteRT: the bounds lie elsewhere.
#[repr(C)]
struct BucketizeParams {
    num_boundaries: c_int,
    boundaries: *const f32,
}

const _: () = assert!(size_of::<BucketizeParams>() == 16);
