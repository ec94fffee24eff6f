//! What a model is to run on, and what that can run.

use std::fmt;
use std::str::FromStr;

use demilite_core::{DataType, Graph, Model, TensorId};
use serde::{Serialize, Serializer};

use crate::mode::Mode;

/// What a model is to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Hardware {
    /// A processor with floats, which runs every form.
    #[default]
    Cpu,
    /// A graphics processor, which runs every form.
    Gpu,
    /// Coral's accelerator: 8-bit integers alone, and not every op.
    EdgeTpu,
    /// A small processor with tflite-micro: no float16, no activations quantized at run time, and not every op.
    Microcontroller,
}

/// Ops that Coral's compiler maps to the accelerator (coral.ai/docs/edgetpu/models-intro, "Supported operations").
const EDGE_TPU: &[&str] = &[
    "ADD",
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "EXPAND_DIMS",
    "FULLY_CONNECTED",
    "L2_NORMALIZATION",
    "LOGISTIC",
    "LSTM",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MEAN",
    "MINIMUM",
    "MUL",
    "PACK",
    "PAD",
    "PRELU",
    "QUANTIZE",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RELU",
    "RELU6",
    "RELU_N1_TO_1",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "RSQRT",
    "SLICE",
    "SOFTMAX",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SQUARED_DIFFERENCE",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SUB",
    "SUM",
    "TANH",
    "TRANSPOSE",
    "TRANSPOSE_CONV",
];

/// Ops that tflite-micro has kernels for (its `micro_mutable_op_resolver.h`).
const MICROCONTROLLER: &[&str] = &[
    "ABS",
    "ADD",
    "ADD_N",
    "ARG_MAX",
    "ARG_MIN",
    "ASSIGN_VARIABLE",
    "AVERAGE_POOL_2D",
    "BATCH_MATMUL",
    "BATCH_TO_SPACE_ND",
    "BROADCAST_ARGS",
    "BROADCAST_TO",
    "CALL_ONCE",
    "CAST",
    "CEIL",
    "CONCATENATION",
    "CONV_2D",
    "COS",
    "CUMSUM",
    "DEPTHWISE_CONV_2D",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "DIV",
    "DYNAMIC_UPDATE_SLICE",
    "ELU",
    "EMBEDDING_LOOKUP",
    "EQUAL",
    "EXP",
    "EXPAND_DIMS",
    "FILL",
    "FLOOR",
    "FLOOR_DIV",
    "FLOOR_MOD",
    "FULLY_CONNECTED",
    "GATHER",
    "GATHER_ND",
    "GREATER",
    "GREATER_EQUAL",
    "HARD_SWISH",
    "IF",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LEAKY_RELU",
    "LESS",
    "LESS_EQUAL",
    "LOG",
    "LOGICAL_AND",
    "LOGICAL_NOT",
    "LOGICAL_OR",
    "LOGISTIC",
    "LOG_SOFTMAX",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MEAN",
    "MINIMUM",
    "MIRROR_PAD",
    "MUL",
    "NEG",
    "NOT_EQUAL",
    "PACK",
    "PAD",
    "PADV2",
    "PRELU",
    "QUANTIZE",
    "READ_VARIABLE",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "RELU",
    "RELU6",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "ROUND",
    "RSQRT",
    "SELECT_V2",
    "SHAPE",
    "SIN",
    "SLICE",
    "SOFTMAX",
    "SPACE_TO_BATCH_ND",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SPLIT_V",
    "SQRT",
    "SQUARE",
    "SQUARED_DIFFERENCE",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SUB",
    "SUM",
    "SVDF",
    "TANH",
    "TRANSPOSE",
    "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "UNPACK",
    "VAR_HANDLE",
    "WHILE",
    "ZEROS_LIKE",
];

/// Those of them that have kernels for int16 activations.
const MICROCONTROLLER_INT16: &[&str] = &[
    "ABS",
    "ADD",
    "AVERAGE_POOL_2D",
    "BATCH_MATMUL",
    "CAST",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DEQUANTIZE",
    "DYNAMIC_UPDATE_SLICE",
    "EXPAND_DIMS",
    "FILL",
    "FULLY_CONNECTED",
    "IF",
    "LEAKY_RELU",
    "LOGISTIC",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MEAN",
    "MINIMUM",
    "MUL",
    "PACK",
    "PAD",
    "PADV2",
    "PRELU",
    "QUANTIZE",
    "RELU",
    "RELU6",
    "RESHAPE",
    "RESIZE_NEAREST_NEIGHBOR",
    "SELECT_V2",
    "SHAPE",
    "SLICE",
    "SOFTMAX",
    "SPLIT",
    "SPLIT_V",
    "SQUARED_DIFFERENCE",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SUB",
    "SUM",
    "SVDF",
    "TANH",
    "TRANSPOSE",
    "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "UNPACK",
    "WHILE",
];

impl Hardware {
    /// Every kind.
    pub const ALL: &'static [Hardware] = &[
        Hardware::Cpu,
        Hardware::Gpu,
        Hardware::EdgeTpu,
        Hardware::Microcontroller,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Hardware::Cpu => "cpu",
            Hardware::Gpu => "gpu",
            Hardware::EdgeTpu => "edge-tpu",
            Hardware::Microcontroller => "microcontroller",
        }
    }

    /// The forms that it has kernels for, besides float32.
    pub(super) fn modes(self) -> &'static [Mode] {
        match self {
            Hardware::Cpu | Hardware::Gpu => {
                &[Mode::Float16, Mode::Dynamic, Mode::Int8, Mode::Int16x8]
            }
            Hardware::EdgeTpu => &[Mode::Int8Only],
            Hardware::Microcontroller => &[Mode::Int8Only, Mode::Int16x8Only],
        }
    }

    /// Whether an op with int16 activations runs there, by its name.
    pub(super) fn has_int16(self, op: &str) -> bool {
        match self {
            Hardware::Cpu | Hardware::Gpu => true,
            Hardware::EdgeTpu => false,
            Hardware::Microcontroller => MICROCONTROLLER_INT16.contains(&op),
        }
    }

    /// Whether the float model itself runs there.
    pub(super) fn has_floats(self) -> bool {
        self != Hardware::EdgeTpu
    }

    /// Why a model does not run there; `None` where it does.
    pub fn obstacle(self, model: &Model) -> Option<String> {
        let (ops, is_type): (_, fn(DataType) -> bool) = match self {
            Hardware::Cpu | Hardware::Gpu => return None,
            Hardware::EdgeTpu => (EDGE_TPU, |dtype| {
                matches!(dtype, DataType::Int8 | DataType::UInt8)
            }),
            Hardware::Microcontroller => (MICROCONTROLLER, |dtype| dtype != DataType::Float16),
        };
        model.graphs().iter().find_map(|graph| {
            let names = graph.nodes().iter().map(|node| node.op.name());
            let mut missing: Vec<&str> = names.filter(|name| !ops.contains(name)).collect();
            missing.sort_unstable();
            missing.dedup();
            if !missing.is_empty() {
                return Some(format!("it has no {}", missing.join(", ")));
            }
            let mut numbers = graph
                .tensors()
                .iter()
                .filter(|tensor| is_number(tensor.dtype));
            let wrong = numbers.find(|tensor| !is_type(tensor.dtype));
            let wrong = wrong.map(|tensor| format!("{:?} is {}", tensor.name, tensor.dtype));
            let wrong = wrong.or_else(|| self.without_int16(graph));
            wrong.or_else(|| (self == Hardware::Microcontroller).then(|| hybrid(graph))?)
        })
    }
}

impl Hardware {
    /// The first op of a graph whose int16 activations it has no kernel for.
    fn without_int16(self, graph: &Graph) -> Option<String> {
        let is_wide = |id: &TensorId| graph.tensor(*id).dtype == DataType::Int16;
        let without = graph.nodes().iter().find(|node| {
            let mut tensors = node.inputs.iter().flatten().chain(&node.outputs);
            tensors.any(is_wide) && !self.has_int16(node.op.name())
        });
        without.map(|node| format!("it has no {} of int16", node.op.name()))
    }
}

/// Whether values of a type are computed with, not counted with.
fn is_number(dtype: DataType) -> bool {
    !matches!(
        dtype,
        DataType::Int32 | DataType::Int64 | DataType::Bool | DataType::Resource
    )
}

/// The first op of a graph that multiplies integer weights with floats.
fn hybrid(graph: &Graph) -> Option<String> {
    let is = |id: &TensorId, dtype| graph.tensor(*id).dtype == dtype;
    let mixed = graph.nodes().iter().find(|node| {
        let inputs = || node.inputs.iter().flatten();
        let is_conversion = matches!(node.op.name(), "DEQUANTIZE" | "QUANTIZE");
        let has = |dtype| inputs().any(|id| is(id, dtype));
        !is_conversion && has(DataType::Float32) && has(DataType::Int8)
    });
    mixed.map(|node| format!("{} has floats beside int8 weights", node.op.name()))
}

impl fmt::Display for Hardware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Hardware {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that no hardware has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no hardware {name:?}; there is {}", names())]
pub struct UnknownHardware {
    /// The name.
    pub name: String,
}

fn names() -> String {
    let names: Vec<&str> = Hardware::ALL.iter().map(|each| each.name()).collect();
    names.join(", ")
}

impl FromStr for Hardware {
    type Err = UnknownHardware;

    fn from_str(name: &str) -> Result<Self, UnknownHardware> {
        let mut all = Hardware::ALL.iter().copied();
        all.find(|hardware| hardware.name() == name)
            .ok_or_else(|| UnknownHardware {
                name: name.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use demilite_models::shapes;

    use super::*;
    use crate::Quantizer;

    #[test]
    fn lists_are_sorted_so_that_a_name_is_found() {
        assert!(EDGE_TPU.is_sorted() && MICROCONTROLLER.is_sorted());
        let mut wide = MICROCONTROLLER_INT16.iter();
        assert!(wide.all(|op| MICROCONTROLLER.contains(op)));
    }

    #[test]
    fn each_form_runs_where_it_can() {
        let model = |bytes: &'static [u8]| Model::from_static(bytes, "shapes").unwrap();
        let float = model(shapes::F32);
        assert_eq!(Hardware::Cpu.obstacle(&float), None);
        assert_eq!(Hardware::Microcontroller.obstacle(&float), None);
        assert!(Hardware::EdgeTpu.obstacle(&float).is_some());
        for mode in [Mode::Float16, Mode::Dynamic] {
            let form = Quantizer::new(float.clone()).mode(mode).finish().unwrap();
            assert_eq!(Hardware::Gpu.obstacle(&form.model), None);
            let obstacle = Hardware::Microcontroller.obstacle(&form.model);
            assert!(obstacle.is_some(), "{mode}");
        }
    }
}
