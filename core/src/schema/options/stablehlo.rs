//! Attributes of the StableHLO operators, whose meanings are those of the StableHLO specification.

use crate::schema::table::table;

table! {
    /// Attributes of `STABLEHLO_CONVOLUTION`.
    StablehloConvolutionOptions {
        0 window_strides: Option<Vec<i64>>,
        /// Padding before and after each spatial dimension.
        1 padding: Option<Vec<i64>>,
        2 lhs_dilation: Option<Vec<i64>>,
        3 rhs_dilation: Option<Vec<i64>>,
        4 window_reversal: Option<Vec<bool>>,
        5 input_batch_dimension: i64 = 0,
        6 input_feature_dimension: i64 = 0,
        7 input_spatial_dimensions: Option<Vec<i64>>,
        8 kernel_input_feature_dimension: i64 = 0,
        9 kernel_output_feature_dimension: i64 = 0,
        10 kernel_spatial_dimensions: Option<Vec<i64>>,
        11 output_batch_dimension: i64 = 0,
        12 output_feature_dimension: i64 = 0,
        13 output_spatial_dimensions: Option<Vec<i64>>,
        14 feature_group_count: i64 = 0,
        15 batch_group_count: i64 = 0,
        /// `StablehloPrecisionConfig` code of each operand: 0 is `DEFAULT`, 1 `HIGH`, 2 `HIGHEST`.
        16 precision_config: Option<Vec<u32>>,
    }

    /// Attributes of `STABLEHLO_DOT_GENERAL`.
    StablehloDotGeneralOptions {
        0 lhs_batching_dimensions: Option<Vec<i64>>,
        1 rhs_batching_dimensions: Option<Vec<i64>>,
        2 lhs_contracting_dimensions: Option<Vec<i64>>,
        3 rhs_contracting_dimensions: Option<Vec<i64>>,
        /// `StablehloPrecisionConfig` code of each operand: 0 is `DEFAULT`, 1 `HIGH`, 2 `HIGHEST`.
        4 precision_config: Option<Vec<u32>>,
    }

    /// Attributes of `STABLEHLO_REDUCE`.
    StablehloReduceOptions {
        0 dimensions: Option<Vec<i64>>,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the body.
        1 body_subgraph_index: i32 = 0,
    }

    /// Attributes of `STABLEHLO_REDUCE_WINDOW`.
    StablehloReduceWindowOptions {
        0 window_dimensions: Option<Vec<i64>>,
        1 window_strides: Option<Vec<i64>>,
        2 base_dilations: Option<Vec<i64>>,
        3 window_dilations: Option<Vec<i64>>,
        /// Padding before and after each dimension.
        4 padding: Option<Vec<i64>>,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the body.
        5 body_subgraph_index: i32 = 0,
    }

    /// Attributes of `STABLEHLO_GATHER`.
    StablehloGatherOptions {
        0 offset_dims: Option<Vec<i64>>,
        1 collapsed_slice_dims: Option<Vec<i64>>,
        2 start_index_map: Option<Vec<i64>>,
        3 index_vector_dim: i64 = 0,
        4 slice_sizes: Option<Vec<i64>>,
        5 indices_are_sorted: bool = false,
    }

    /// Attributes of `STABLEHLO_SCATTER`.
    StablehloScatterOptions {
        0 indices_are_sorted: bool = false,
        1 update_window_dims: Option<Vec<i64>>,
        2 inserted_window_dims: Option<Vec<i64>>,
        3 scatter_dims_to_operand_dims: Option<Vec<i64>>,
        4 index_vector_dim: i64 = 0,
        5 unique_indices: bool = false,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the combination of
        /// old and new elements.
        6 update_computation_subgraph_index: i32 = 0,
    }

    /// Attributes of `STABLEHLO_SLICE`.
    StablehloSliceOptions {
        0 start_indices: Option<Vec<i64>>,
        1 limit_indices: Option<Vec<i64>>,
        2 strides: Option<Vec<i64>>,
    }

    /// Attributes of `STABLEHLO_DYNAMIC_SLICE`.
    StablehloDynamicSliceOptions {
        0 slice_sizes: Option<Vec<i64>>,
    }

    /// Attributes of `STABLEHLO_CONCATENATE`.
    StablehloConcatenateOptions {
        0 dimension: i64 = 0,
    }

    /// Attributes of `STABLEHLO_BROADCAST_IN_DIM`.
    StablehloBroadcastInDimOptions {
        0 broadcast_dimensions: Option<Vec<i64>>,
    }

    /// Attributes of `STABLEHLO_TRANSPOSE`.
    StablehloTransposeOptions {
        0 permutation: Option<Vec<i64>>,
    }

    /// Attributes of `STABLEHLO_PAD`.
    StablehloPadOptions {
        0 edge_padding_low: Option<Vec<i64>>,
        1 edge_padding_high: Option<Vec<i64>>,
        2 interior_padding: Option<Vec<i64>>,
    }

    /// Attributes of `STABLEHLO_IOTA`.
    StablehloIotaOptions {
        0 iota_dimension: i64 = 0,
    }

    /// Attributes of `STABLEHLO_COMPARE`.
    StablehloCompareOptions {
        /// `StablehloComparisonDirection` code: 0 is `EQ`, 1 `NE`, 2 `GE`, 3 `GT`, 4 `LE`, 5 `LT`.
        0 comparison_direction: u32 = 0,
        /// `StablehloComparisonType` code: 0 is `NOTYPE`, 1 `FLOAT`, 2 `FLOAT_TOTAL_ORDER`, 3
        /// `SIGNED`, 4 `UNSIGNED`.
        1 compare_type: u32 = 0,
    }

    /// Attributes of `STABLEHLO_SHIFT_LEFT`: none.
    StablehloShiftLeftOptions {}

    /// Attributes of `STABLEHLO_SORT`.
    StablehloSortOptions {
        0 dimension: i64 = 0,
        1 is_stable: bool = false,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the comparison.
        2 comparator_subgraph_index: i32 = 0,
    }

    /// Attributes of `STABLEHLO_RNG_BIT_GENERATOR`.
    StablehloRngBitGeneratorOptions {
        /// `RngAlgorithm` code: 0 is `DEFAULT`, 1 `PHILOX`, 2 `THREEFRY`.
        0 algorithm: i8 = 0,
    }

    /// Attributes of `STABLEHLO_WHILE`.
    StablehloWhileOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the condition.
        0 cond_subgraph_index: i32 = 0,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the body.
        1 body_subgraph_index: i32 = 0,
    }

    /// Attributes of `STABLEHLO_CASE`.
    StablehloCaseOptions {
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the branches.
        0 branch_subgraph_indices: Option<Vec<i32>>,
    }

    /// Attributes of `STABLEHLO_CUSTOM_CALL`.
    StablehloCustomCallOptions {
        0 call_target_name: Option<String>,
        1 has_side_effect: bool = false,
        2 backend_config: Option<String>,
        3 api_version: i32 = 0,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the computations
        /// that the call takes.
        4 called_computations: Option<Vec<i32>>,
        5 custom_attributes: Option<Vec<u8>>,
    }

    /// Attributes of `STABLEHLO_COMPOSITE`.
    StableHLOCompositeOptions {
        0 name: Option<String>,
        /// Index into [`Model::subgraphs`](crate::schema::Model::subgraphs) of the decomposition
        /// into simpler operators.
        1 decomposition_subgraph_index: i32 = 0,
        2 composite_attributes: Option<Vec<u8>>,
        /// `CustomOptionsFormat` code; 0, `FLEXBUFFERS`, is the only one.
        3 composite_attributes_format: i8 = 0,
        4 version: i32 = 0,
    }
}
