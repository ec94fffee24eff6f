//! The tables of a tensor: type, shape, quantization and sparsity.

use super::table::table;
use super::union::union;

table! {
    /// A value in a graph.
    Tensor {
        /// Length of each dimension, 1 standing for those that are not known; empty for a scalar.
        0 shape: Option<Vec<i32>>,
        /// `type` in the schema: a `TensorType` code.
        1 tensor_type: i8 = 0,
        /// Index into [`Model::buffers`](super::Model::buffers); an empty buffer means that the
        /// tensor is not a constant.
        2 buffer: u32 = 0,
        /// Name of the tensor.
        3 name: Option<String>,
        /// How its integers stand for real numbers.
        4 quantization: Option<QuantizationParameters>,
        /// Whether it keeps its value from one run to the next.
        5 is_variable: bool = false,
        /// How the elements of a sparse constant lie in its buffer.
        6 sparsity: Option<Box<SparsityParameters>>,
        /// The shape with -1 for dimensions that are not known.
        7 shape_signature: Option<Vec<i32>>,
        /// Whether an empty shape means a scalar (true), or that not even the rank is known.
        8 has_rank: bool = false,
        /// Type and shape of the contents of a `VARIANT` tensor.
        9 variant_tensors: Option<Vec<VariantSubType>>,
        /// An [`ExternalBuffer::id`](super::ExternalBuffer::id), 0 for none.
        10 external_buffer: u32 = 0,
    }

    /// Type and shape of the contents of a `VARIANT` tensor.
    VariantSubType {
        /// Length of each dimension.
        0 shape: Option<Vec<i32>>,
        /// `type` in the schema: a `TensorType` code.
        1 tensor_type: i8 = 0,
        /// Whether an empty shape means a scalar.
        2 has_rank: bool = false,
    }

    /// Affine quantization: `real = scale * (quantized - zero_point)`, for the whole tensor or for
    /// each index of one dimension.
    QuantizationParameters {
        /// Smallest real number seen in training or calibration.
        0 min: Option<Vec<f32>>,
        /// Largest real number seen in training or calibration.
        1 max: Option<Vec<f32>>,
        /// One scale for the tensor, or one for each index of the quantized dimension.
        2 scale: Option<Vec<f32>>,
        /// As many zero points as scales.
        3 zero_point: Option<Vec<i64>>,
        /// Other kinds of quantization; slot 4 has the code and slot 5 the table.
        4 details: QuantizationDetails,
        /// The dimension whose indices have scales of their own.
        6 quantized_dimension: i32 = 0,
    }

    /// Quantization in a format that only the producer knows.
    CustomQuantization {
        /// Its description.
        0 custom: Option<Vec<u8>>,
    }

    /// Quantization with a scale for each block of consecutive elements.
    BlockwiseQuantization {
        /// Index of the tensor with the scales.
        0 scales: i32 = 0,
        /// Index of the tensor with the zero points.
        1 zero_points: i32 = 0,
        /// Elements in a block, along the quantized dimension.
        2 block_size: i32 = 0,
        /// Length of a block in each dimension.
        3 block_shape: Option<Vec<i32>>,
    }

    /// Quantization with a scale for each combination of indices of several dimensions.
    MultiAxisQuantization {
        /// Index of the tensor with the scales.
        0 scales: i32 = 0,
        /// Index of the tensor with the zero points.
        1 zero_points: i32 = 0,
        /// Elements in a block.
        2 block_size: i32 = 0,
        /// The dimensions whose indices have scales of their own.
        3 quantized_dimensions: Option<Vec<i32>>,
    }

    /// How the elements of a sparse constant lie in its buffer.
    SparsityParameters {
        /// Order in which the dimensions are stored, those of the blocks last.
        0 traversal_order: Option<Vec<i32>>,
        /// For each dimension of a block, the dimension of the tensor that it divides.
        1 block_map: Option<Vec<i32>>,
        /// One entry for each dimension in the order of traversal.
        2 dim_metadata: Option<Vec<DimensionMetadata>>,
    }

    /// How one dimension of a sparse constant is stored.
    DimensionMetadata {
        /// `DimensionType` code: 0 is `DENSE`, 1 is `SPARSE_CSR`.
        0 format: i8 = 0,
        /// Length of the dimension where it is dense.
        1 dense_size: i32 = 0,
        /// Where each segment begins; slot 2 has the code and slot 3 the table.
        2 array_segments: SparseIndexVector,
        /// The indices in all segments; slot 4 has the code and slot 5 the table.
        4 array_indices: SparseIndexVector,
    }

    /// Indices of 32 bits.
    Int32Vector {
        /// The indices.
        0 values: Option<Vec<i32>>,
    }

    /// Indices of 16 bits.
    Uint16Vector {
        /// The indices.
        0 values: Option<Vec<u16>>,
    }

    /// Indices of 8 bits.
    Uint8Vector {
        /// The indices.
        0 values: Option<Vec<u8>>,
    }
}

union! {
    /// Quantization other than affine by one dimension.
    QuantizationDetails {
        1 CustomQuantization,
        2 BlockwiseQuantization,
        3 MultiAxisQuantization,
    }
}

union! {
    /// Indices of a sparse dimension, as wide as they need to be.
    SparseIndexVector {
        1 Int32Vector,
        2 Uint16Vector,
        3 Uint8Vector,
    }
}
