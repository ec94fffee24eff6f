//! The tables of a model: subgraphs, operators, buffers, metadata and signatures.

use super::operator::BuiltinOperator;
use super::options::{BuiltinOptions, BuiltinOptions2};
use super::table::table;
use super::tensor::Tensor;

table! {
    /// A whole `.tflite` file.
    Model<'a> {
        /// Version of the schema: 3.
        0 version: u32 = 0,
        /// The kinds of operator in the model, for [`Operator::opcode_index`].
        1 operator_codes: Option<Vec<OperatorCode>>,
        /// The graphs. The first one is the main one.
        2 subgraphs: Option<Vec<SubGraph>>,
        /// A sentence for people.
        3 description: Option<String>,
        /// Bytes of constants and metadata. By convention the first buffer is empty and stands for
        /// none.
        4 buffers: Option<Vec<Buffer<'a>>>,
        /// Indices of buffers with metadata: the older form of `metadata`.
        5 metadata_buffer: Option<Vec<i32>>,
        /// Named metadata.
        6 metadata: Option<Vec<Metadata>>,
        /// Named entry points.
        7 signature_defs: Option<Vec<SignatureDef>>,
        /// Files beside the model that hold constants.
        8 external_buffer_groups: Option<Vec<ExternalBufferGroup>>,
        /// Constants in files beside the model.
        9 external_buffers: Option<Vec<ExternalBuffer>>,
    }

    /// A kind of operator, shared by all operators of this kind in the model.
    OperatorCode {
        /// Code of the operator where it fits, and 127 (`PLACEHOLDER_FOR_GREATER_OP_CODES`) where
        /// it does not. [`OperatorCode::code`] has the rule.
        0 deprecated_builtin_code: i8 = 0,
        /// Name of a custom operator.
        1 custom_code: Option<String>,
        /// Version of the operator: which types and attributes it may have.
        2 version: i32 = 1,
        /// Code of the operator, absent (0) in files from before there were more than 127
        /// operators.
        3 builtin_code: i32 = 0,
    }

    /// A graph of operators in the order of their execution.
    SubGraph {
        /// Every value in the graph, constants included.
        0 tensors: Option<Vec<Tensor>>,
        /// Indices of the tensors that the caller fills in.
        1 inputs: Option<Vec<i32>>,
        /// Indices of the tensors that the caller reads.
        2 outputs: Option<Vec<i32>>,
        /// The operators, each after those whose outputs it takes.
        3 operators: Option<Vec<Operator>>,
        /// Name of the graph.
        4 name: Option<String>,
        /// Index into debug metadata, -1 for none.
        5 debug_metadata_index: i32 = -1,
    }

    /// One step of a graph.
    Operator {
        /// Index into [`Model::operator_codes`].
        0 opcode_index: u32 = 0,
        /// Indices of the input tensors; -1 is an optional input left out.
        1 inputs: Option<Vec<i32>>,
        /// Indices of the output tensors.
        2 outputs: Option<Vec<i32>>,
        /// Attributes of a built-in operator; slot 3 has the code and slot 4 the table.
        3 builtin_options: BuiltinOptions,
        /// Attributes of a custom operator, in a format that only the operator knows.
        5 custom_options: Option<Vec<u8>>,
        /// `CustomOptionsFormat` code; 0, `FLEXBUFFERS`, is the only one.
        6 custom_options_format: i8 = 0,
        /// For each input, whether the operator changes it; only variable tensors can be.
        7 mutating_variable_inputs: Option<Vec<bool>>,
        /// Indices of tensors for intermediate results, of which only the quantization parameters
        /// matter.
        8 intermediates: Option<Vec<i32>>,
        /// Where custom options beyond the FlatBuffer start, in bytes from the start of the file; 0
        /// for none.
        9 large_custom_options_offset: u64 = 0,
        /// Length in bytes of the custom options beyond the FlatBuffer.
        10 large_custom_options_size: u64 = 0,
        /// Attributes of a built-in operator added after the first union was full; slot 11 has the
        /// code and slot 12 the table.
        11 builtin_options_2: BuiltinOptions2,
        /// Index into debug metadata, -1 for none.
        13 debug_metadata_index: i32 = -1,
    }

    /// The bytes of a constant or of a piece of metadata.
    Buffer<'a> {
        /// The bytes, little-endian, where they lie in the FlatBuffer. Aligned to 16 bytes when
        /// written; a file may hold them at any alignment.
        0 data: Option<&'a [u8]>,
        /// Where the bytes start in the file when they lie beyond the FlatBuffer; 0 and 1 mean that
        /// they do not.
        1 offset: u64 = 0,
        /// Length of the bytes beyond the FlatBuffer.
        2 size: u64 = 0,
    }

    /// A file beside the model.
    ExternalBufferGroup {
        /// Name of the file.
        0 name: Option<String>,
    }

    /// The bytes of a constant in a file beside the model.
    ExternalBuffer {
        /// What [`Tensor::external_buffer`] refers to.
        0 id: u32 = 0,
        /// Index into [`Model::external_buffer_groups`].
        1 group: u32 = 0,
        /// Where the bytes start in that file.
        2 offset: u64 = 0,
        /// Length of the bytes.
        3 length: u64 = 0,
        /// How the elements are packed.
        4 packing: Option<String>,
    }

    /// A named piece of metadata.
    Metadata {
        /// Name, such as `min_runtime_version`.
        0 name: Option<String>,
        /// Index into [`Model::buffers`].
        1 buffer: u32 = 0,
    }

    /// A name for an input or output of a signature.
    TensorMap {
        /// Name of the argument or result.
        0 name: Option<String>,
        /// Index into [`SubGraph::tensors`].
        1 tensor_index: u32 = 0,
    }

    /// A named entry point with named arguments and results. Slot 3 is no longer used.
    SignatureDef {
        /// The arguments.
        0 inputs: Option<Vec<TensorMap>>,
        /// The results.
        1 outputs: Option<Vec<TensorMap>>,
        /// Name of the entry point, such as `serving_default`.
        2 signature_key: Option<String>,
        /// Index into [`Model::subgraphs`].
        4 subgraph_index: u32 = 0,
    }
}

impl OperatorCode {
    /// Value of `deprecated_builtin_code` for operators whose code does not fit into it.
    const PLACEHOLDER_FOR_GREATER_OP_CODES: i8 = 127;

    /// The code of a built-in operator, in both fields.
    pub fn builtin(operator: BuiltinOperator, version: i32) -> Self {
        let code = operator.code();
        let deprecated = i8::try_from(code).unwrap_or(Self::PLACEHOLDER_FOR_GREATER_OP_CODES);
        Self {
            deprecated_builtin_code: deprecated,
            builtin_code: code,
            version,
            custom_code: None,
        }
    }

    /// The code of a custom operator.
    pub fn custom(name: &str, version: i32) -> Self {
        let custom_code = Some(name.to_owned());
        Self {
            custom_code,
            ..Self::builtin(BuiltinOperator::Custom, version)
        }
    }

    /// Number of the built-in operator: the greater one of the two fields, since older files have
    /// only the narrow one, and files with operators beyond 127 a placeholder there.
    pub fn code(&self) -> i32 {
        self.builtin_code.max(self.deprecated_builtin_code.into())
    }

    /// The built-in operator, `None` for a number that this schema does not know.
    pub fn operator(&self) -> Option<BuiltinOperator> {
        BuiltinOperator::from_code(self.code())
    }
}
