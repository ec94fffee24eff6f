//! Graphs of a few nodes, run on devices that fuse and on devices that do not, and by the reference.

use std::sync::{Arc, OnceLock};

use demilite_core::op::{Activation, Add, Conv2d, Dequantize, Mul, Padding};
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, Op, Quantization, Session, Shape,
    Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuError, GpuOptions, HalfAccess, Precision};
use demilite_needs::Need;

/// Devices, and whether they fuse. None without an adapter.
fn devices() -> &'static [Arc<GpuDelegate>] {
    static DEVICES: OnceLock<Vec<Arc<GpuDelegate>>> = OnceLock::new();
    let devices = DEVICES.get_or_init(|| {
        let open = |(precision, half_access, fusion)| {
            let options = GpuOptions::default()
                .precision(precision)
                .half_access(half_access)
                .fusion(fusion);
            match GpuDelegate::open(options) {
                Ok(delegate) => Some(Arc::new(delegate)),
                Err(GpuError::NoAdapter) => None,
                Err(error) => panic!("{error}"),
            }
        };
        let choices = [
            (Precision::F32, HalfAccess::Fastest, false),
            (Precision::F32, HalfAccess::Fastest, true),
            (Precision::F16, HalfAccess::Packed, false),
            (Precision::F16, HalfAccess::Packed, true),
            (Precision::F16, HalfAccess::Integer, true),
            (Precision::F16, HalfAccess::Native, true),
        ];
        choices.into_iter().filter_map(open).collect()
    });
    if devices.is_empty() {
        demilite_needs::skip(Need::Gpu, "no adapter");
    }
    devices
}

/// What a tensor holds.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) dtype: DataType,
    pub(crate) quantization: Option<Quantization>,
}

pub(crate) const FLOAT: Numbers = Numbers {
    dtype: DataType::Float32,
    quantization: None,
};

/// Constants behind a DEQUANTIZE node.
pub(crate) const HALF: Numbers = Numbers {
    dtype: DataType::Float16,
    quantization: None,
};

impl Numbers {
    pub(crate) fn quantized(dtype: DataType, scale: f32, zero_point: i32) -> Self {
        Numbers {
            dtype,
            quantization: Some(Quantization::per_tensor(scale, zero_point)),
        }
    }
}

/// A graph that grows node by node.
#[derive(Default)]
pub(crate) struct Network {
    parts: GraphParts,
    kept: Vec<TensorId>,
    state: u32,
}

impl Network {
    fn bits(&mut self) -> u32 {
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        self.state >> 8
    }

    /// The bytes of so many elements: floats are multiples of 1/64 in -2..2, which float16 holds exactly.
    fn bytes(&mut self, dtype: DataType, elements: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..elements {
            let bits = self.bits();
            match dtype {
                DataType::Float32 => {
                    bytes.extend(((bits >> 16) as f32 / 64.0 - 2.0).to_le_bytes());
                }
                DataType::Float16 => {
                    let half = half::f16::from_f32((bits >> 16) as f32 / 64.0 - 2.0);
                    bytes.extend(half.to_le_bytes());
                }
                DataType::Int32 => bytes.extend((bits as i32 % 2000 - 1000).to_le_bytes()),
                DataType::Int64 => bytes.extend((i64::from(bits) % 2000 - 1000).to_le_bytes()),
                DataType::Int16 => bytes.extend((bits as u16).to_le_bytes()),
                _ => bytes.push((bits >> 8) as u8),
            }
        }
        bytes
    }

    fn tensor(&mut self, numbers: &Numbers, shape: &[usize]) -> Tensor {
        let name = format!("t{}", self.parts.tensors.len());
        let mut tensor = Tensor::new(name, numbers.dtype, shape.to_vec());
        tensor.quantization.clone_from(&numbers.quantization);
        tensor
    }

    /// An input of the graph.
    pub(crate) fn fed(&mut self, numbers: &Numbers, shape: &[usize]) -> TensorId {
        let tensor = self.tensor(numbers, shape);
        let id = self.parts.tensor(tensor);
        self.parts.inputs.push(id);
        id
    }

    /// A random constant, expanded by a node if it holds float16.
    pub(crate) fn constant(&mut self, numbers: &Numbers, shape: &[usize]) -> TensorId {
        let bytes = self.bytes(numbers.dtype, shape.iter().product());
        let constant = self.constant_of(numbers, shape, &bytes);
        match numbers.dtype {
            DataType::Float16 => self.node(Op::Dequantize(Dequantize), &[constant], &FLOAT),
            _ => constant,
        }
    }

    /// A constant of floats.
    pub(crate) fn floats(&mut self, shape: &[usize], elements: &[f32]) -> TensorId {
        self.constant_of(&FLOAT, shape, bytemuck::cast_slice(elements))
    }

    /// A constant.
    pub(crate) fn constant_of(
        &mut self,
        numbers: &Numbers,
        shape: &[usize],
        bytes: &[u8],
    ) -> TensorId {
        let tensor = self.tensor(numbers, shape);
        self.parts
            .tensor(tensor.with_constant(Constant::copied(bytes)))
    }

    /// Constant int32 elements that say how to compute.
    pub(crate) fn indices(&mut self, shape: &[usize], elements: &[i32]) -> TensorId {
        let numbers = Numbers {
            dtype: DataType::Int32,
            quantization: None,
        };
        self.constant_of(&numbers, shape, bytemuck::cast_slice(elements))
    }

    /// A node, and what it writes.
    pub(crate) fn node(&mut self, op: Op, inputs: &[TensorId], numbers: &Numbers) -> TensorId {
        // Shapes are inferred.
        let output = self.tensor(numbers, &[1]);
        let output = self.parts.tensor(output);
        let inputs = inputs.iter().copied().map(Some);
        self.parts.node(op, inputs, [output]);
        output
    }

    /// PAD with these numbers of elements before and after.
    pub(crate) fn pad(
        &mut self,
        input: TensorId,
        paddings: [[i32; 2]; 4],
        numbers: &Numbers,
    ) -> TensorId {
        let paddings = self.indices(&[4, 2], paddings.as_flattened());
        let op = Op::Pad(demilite_core::op::Pad { has_value: false });
        self.node(op, &[input, paddings], numbers)
    }

    /// CONV_2D with a random filter `[outputs, height, width, inputs]` and bias.
    pub(crate) fn conv_2d(
        &mut self,
        input: TensorId,
        filter: [usize; 4],
        activation: Activation,
        numbers: &Numbers,
    ) -> TensorId {
        let (weights, bias) = match numbers.dtype {
            DataType::Float32 => (FLOAT, FLOAT),
            DataType::Int16 => (
                Numbers::quantized(DataType::Int8, 0.01, 0),
                Numbers::quantized(DataType::Int64, 0.01, 0),
            ),
            dtype => (
                Numbers::quantized(dtype, 0.01, i32::from(dtype == DataType::UInt8) * 100),
                Numbers::quantized(DataType::Int32, 0.01, 0),
            ),
        };
        let weights = self.constant(&weights, &filter);
        let bias = self.constant(&bias, &filter[..1]);
        let op = Op::Conv2d(Conv2d {
            padding: Padding::Valid,
            stride_h: 1,
            stride_w: 1,
            dilation_h: 1,
            dilation_w: 1,
            activation,
            quantized_bias_type: 0,
        });
        self.node(op, &[input, weights, bias], numbers)
    }

    /// The op that adds.
    pub(crate) fn sum(activation: Activation) -> Op {
        Op::Add(Add {
            activation,
            pot_scale_int16: true,
        })
    }

    /// ADD of floats.
    pub(crate) fn add(&mut self, pair: [TensorId; 2], activation: Activation) -> TensorId {
        self.node(Self::sum(activation), &pair, &FLOAT)
    }

    /// MUL of floats.
    pub(crate) fn mul(&mut self, pair: [TensorId; 2]) -> TensorId {
        let op = Op::Mul(Mul {
            activation: Activation::None,
        });
        self.node(op, &pair, &FLOAT)
    }

    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> usize {
        self.parts.nodes.len()
    }

    /// Makes a tensor an output.
    pub(crate) fn output(&mut self, tensor: TensorId) {
        self.parts.outputs.push(tensor);
    }

    /// Has the caller keep a tensor.
    pub(crate) fn keep(&mut self, tensor: TensorId) {
        self.kept.push(tensor);
    }

    /// Runs the network with and without fusion: integers have the reference's bytes, floats come as near to them as single ops
    /// do, and `fusions` are the nodes that are computed with another one, each with that one.
    pub(crate) fn check(self, name: &str, fusions: &[(usize, usize)]) {
        self.check_some(name, |found| assert_eq!(found, fusions, "{name}"));
    }

    /// The same where the fusions are `right`.
    pub(crate) fn check_some(self, name: &str, right: impl Fn(&[(usize, usize)])) {
        let (fuses, dispatches) = self.run(name, right);
        let [unfused, fused] = dispatches;
        match fuses {
            true => assert!(fused < unfused, "{name}: {dispatches:?}"),
            false => assert_eq!(fused, unfused, "{name}: {dispatches:?}"),
        }
    }

    /// The same where nodes fuse as `fusions` says, and so many dispatches are left out for that or because what they would copy is
    /// written where it belongs.
    pub(crate) fn check_saved(self, name: &str, fusions: &[(usize, usize)], saved: u64) {
        let (_, dispatches) = self.run(name, |found| assert_eq!(found, fusions, "{name}"));
        if let [Some(unfused), Some(fused)] = dispatches {
            assert_eq!(unfused - fused, saved, "{name}: {dispatches:?}");
        }
    }

    /// Whether nodes are computed together, and the least dispatches without and with fusion.
    fn run(mut self, name: &str, right: impl Fn(&[(usize, usize)])) -> (bool, [Option<u64>; 2]) {
        let mut fuses = false;
        let fed: Vec<Vec<Value>> = (0..2).map(|_| self.values()).collect();
        let kept = self.kept.clone();
        let model = Arc::new(Model::from_graph(Graph::new(self.parts).unwrap()));
        let session = |delegate: Arc<dyn Delegate>| {
            let builder = Session::builder(model.clone()).delegate(delegate);
            let builder = kept.iter().fold(builder, |builder, &id| builder.keep(id));
            builder
                .build()
                .unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let values = |session: &mut Session, fed: &[Value]| {
            let mut values = session
                .run(fed)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            values.extend(kept.iter().map(|&id| session.kept(id).unwrap().clone()));
            values
        };
        let mut reference = session(Arc::new(ReferenceDelegate::default()));
        let mut dispatches = Vec::new();
        let mut tensors = model.graphs()[0].tensors().iter();
        let has_floats = tensors.any(|tensor| tensor.dtype == DataType::Float32);
        for device in devices() {
            let options = device.context().options();
            // Integers are the same to devices of every precision.
            if !has_floats && options.precision != Precision::F32 {
                continue;
            }
            let what = format!(
                "{name} {:?} {:?}{}",
                options.precision,
                options.half_access,
                if options.fusion { " fused" } else { "" }
            );
            let mut gpu = session(device.clone());
            let found: Vec<_> = gpu.fusions().iter().map(|(a, b)| (a.0, b.0)).collect();
            match options.fusion {
                true => right(&found),
                false => assert_eq!(found, [], "{what}"),
            }
            fuses |= !found.is_empty();
            dispatches.push((options.fusion, gpu.counters()[0].dispatches));
            for fed in &fed {
                let expected = values(&mut reference, fed);
                let actual = values(&mut gpu, fed);
                for (index, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
                    assert_eq!(expected.shape(), actual.shape(), "{what}: value {index}");
                    compare(&what, expected, actual, options.precision);
                }
            }
        }
        let of = |fused: bool| {
            let each = dispatches.iter().filter(move |each| each.0 == fused);
            each.map(|each| each.1).min()
        };
        (fuses, [of(false), of(true)])
    }

    fn values(&mut self) -> Vec<Value> {
        let inputs = self.parts.inputs.clone();
        inputs
            .iter()
            .map(|id| {
                let tensor = &self.parts.tensors[id.0];
                let (dtype, shape): (DataType, Shape) = (tensor.dtype, tensor.shape.clone());
                let bytes = self.bytes(dtype, shape.elements());
                Value::from_bytes(dtype, shape, &bytes).unwrap()
            })
            .collect()
    }
}

/// Bytes of integers are equal. Floats differ by sums in another order, and with float16 activations by a rounding to 11 bits of
/// each of the few tensors on the way.
fn compare(what: &str, expected: &Value, actual: &Value, precision: Precision) {
    if expected.dtype() != DataType::Float32 {
        assert_eq!(expected.bytes(), actual.bytes(), "{what}");
        return;
    }
    let (expected, actual) = (expected.as_slice::<f32>(), actual.as_slice::<f32>());
    let (expected, actual) = (expected.unwrap(), actual.unwrap());
    let largest = expected.iter().fold(1.0, |most: f32, v| most.max(v.abs()));
    let bound = match precision {
        Precision::Auto | Precision::F32 => 1e-5 * largest,
        Precision::F16 => 3.0 * largest / 2048.0,
    };
    for (i, (&expected, &actual)) in expected.iter().zip(actual).enumerate() {
        assert!(
            (expected - actual).abs() <= bound,
            "{what}: element {i} is {actual}, not {expected}"
        );
    }
}
