//! A graph of one op, run on every kind of device that the adapter can be.

use std::sync::{Arc, OnceLock};

use demilite_core::op::{Activation, Dequantize};
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, NodeContext, Op, Session, Shape, Tensor, Value,
};
use demilite_gpu::{
    GpuContext, GpuDelegate, GpuError, GpuOptions, HalfAccess, Precision, ProductMethod,
};
use demilite_needs::Need;
use half::f16;

/// The devices: each precision with each access to 16-bit floats. None without an adapter.
pub(crate) fn devices() -> &'static [Arc<GpuDelegate>] {
    static DEVICES: OnceLock<Vec<Arc<GpuDelegate>>> = OnceLock::new();
    let devices = DEVICES.get_or_init(|| {
        let choices = [
            (Precision::F32, HalfAccess::Native),
            (Precision::F32, HalfAccess::Packed),
            (Precision::F32, HalfAccess::Integer),
            (Precision::F16, HalfAccess::Native),
            (Precision::F16, HalfAccess::Packed),
            (Precision::F16, HalfAccess::Integer),
        ];
        let open = |(precision, half_access)| {
            open(
                GpuOptions::default()
                    .precision(precision)
                    .half_access(half_access),
            )
        };
        choices.into_iter().filter_map(open).collect()
    });
    if devices.is_empty() {
        demilite_needs::skip(Need::Gpu, "no adapter");
    }
    devices
}

/// A device, if there is an adapter for it.
fn open(options: GpuOptions) -> Option<Arc<GpuDelegate>> {
    match GpuContext::open(options) {
        Ok(context) => Some(Arc::new(GpuDelegate::new(context))),
        Err(GpuError::NoAdapter) => None,
        Err(error @ GpuError::NoCooperativeMatrices { .. }) => {
            demilite_needs::leave_out(error);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The devices that compute products in a way that they would not choose.
fn product_devices() -> &'static [Arc<GpuDelegate>] {
    static DEVICES: OnceLock<Vec<Arc<GpuDelegate>>> = OnceLock::new();
    DEVICES.get_or_init(|| {
        let choices = [
            (Precision::F16, HalfAccess::Native, ProductMethod::Tiles),
            (Precision::F16, HalfAccess::Packed, ProductMethod::Tiles),
            (Precision::F32, HalfAccess::Packed, ProductMethod::Tiles),
            (
                Precision::F16,
                HalfAccess::Native,
                ProductMethod::CooperativeMatrices,
            ),
        ];
        let open = |(precision, half_access, products)| {
            open(
                GpuOptions::default()
                    .precision(precision)
                    .half_access(half_access)
                    .products(products),
            )
        };
        choices.into_iter().filter_map(open).collect()
    })
}

/// An input of the op.
#[derive(Clone)]
pub(crate) enum Input {
    /// Fed by the caller.
    Fed(Array),
    /// A float32 constant.
    Constant(Array),
    /// A float16 constant behind a DEQUANTIZE node.
    Half(Array),
    /// A constant of int32 elements.
    Indices(Vec<usize>, Vec<i32>),
    /// An optional input that is absent.
    Absent,
}

/// A tensor of the test's own arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<f64>,
}

impl Array {
    pub(crate) fn new(shape: &[usize], element: impl FnMut(usize) -> f64) -> Self {
        let data = (0..shape.iter().product()).map(element).collect();
        Array {
            shape: shape.to_vec(),
            data,
        }
    }

    /// Elements that float16 holds exactly: multiples of 1/64 in -2..2, the same for the same shape and seed.
    pub(crate) fn random(shape: &[usize], seed: u32) -> Self {
        let mut state = seed
            .wrapping_mul(747_796_405)
            .wrapping_add(shape.len() as u32);
        Array::new(shape, |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 24) / 64.0 - 2.0
        })
    }

    fn floats(&self) -> Vec<f32> {
        self.data.iter().map(|&v| v as f32).collect()
    }
}

/// The interval of a fused activation.
pub(crate) fn clamp(v: f64, activation: Activation) -> f64 {
    let (min, max) = activation.range().unwrap();
    v.clamp(min.into(), max.into())
}

/// The model of one node, and the values that it is fed.
pub(crate) fn model(op: Op, inputs: &[Input], output: &[usize]) -> (Arc<Model>, Vec<Value>) {
    let mut parts = GraphParts::default();
    let mut fed = Vec::new();
    let mut ids = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let constant = |array: &Array, dtype, bytes: &[u8]| {
            Tensor::new(format!("constant{index}"), dtype, array.shape.clone())
                .with_constant(Constant::copied(bytes))
        };
        ids.push(match input {
            Input::Absent => None,
            Input::Fed(array) => {
                let id = parts.tensor(Tensor::new(
                    format!("in{index}"),
                    DataType::Float32,
                    array.shape.clone(),
                ));
                parts.inputs.push(id);
                fed.push(Value::from_slice(array.shape.clone(), &array.floats()).unwrap());
                Some(id)
            }
            Input::Constant(array) => {
                let tensor = constant(
                    array,
                    DataType::Float32,
                    bytemuck::cast_slice(&array.floats()),
                );
                Some(parts.tensor(tensor))
            }
            Input::Half(array) => {
                let halves: Vec<f16> = array.data.iter().map(|&v| f16::from_f64(v)).collect();
                let stored = parts.tensor(constant(
                    array,
                    DataType::Float16,
                    bytemuck::cast_slice(&halves),
                ));
                let expanded = parts.tensor(Tensor::new(
                    "expanded",
                    DataType::Float32,
                    array.shape.clone(),
                ));
                parts.node(Op::Dequantize(Dequantize), [Some(stored)], [expanded]);
                Some(expanded)
            }
            Input::Indices(shape, elements) => {
                let tensor = Tensor::new(format!("indices{index}"), DataType::Int32, shape.clone());
                Some(
                    parts.tensor(
                        tensor.with_constant(Constant::copied(bytemuck::cast_slice(elements))),
                    ),
                )
            }
        });
    }
    let out = parts.tensor(Tensor::new("out", DataType::Float32, output.to_vec()));
    parts.outputs.push(out);
    parts.node(op, ids, [out]);
    (Arc::new(Model::from_graph(Graph::new(parts).unwrap())), fed)
}

/// Runs the op on every device, and holds the result to `expected`. Each session runs twice, first with other data.
pub(crate) fn check(name: &str, op: &Op, inputs: &[Input], expected: &Array) {
    let (model, fed) = model(op.clone(), inputs, &expected.shape);
    let others = match op {
        Op::Conv2d(_) | Op::FullyConnected(_) => product_devices(),
        _ => &[],
    };
    for device in devices().iter().chain(others) {
        let options = device.context().options();
        let what = format!(
            "{name} {:?} {:?} {:?}",
            options.precision, options.half_access, options.products
        );
        let mut session = Session::builder(model.clone())
            .delegate(device.clone())
            .build()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let other: Vec<Value> = fed
            .iter()
            .map(|value| Value::zeros(DataType::Float32, value.shape().clone()).unwrap())
            .collect();
        session
            .run(&other)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let outputs = session
            .run(&fed)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            outputs[0].shape(),
            &Shape::from(expected.shape.clone()),
            "{what}"
        );
        compare(
            &what,
            outputs[0].as_slice().unwrap(),
            expected,
            options.precision,
        );
    }
}

/// Sums are 32-bit floats in any order; float16 activations round the result once more, to 11 bits.
fn compare(what: &str, actual: &[f32], expected: &Array, precision: Precision) {
    let largest = expected
        .data
        .iter()
        .fold(1.0, |largest: f64, v| largest.max(v.abs()));
    for (i, (&actual, &expected)) in actual.iter().zip(&expected.data).enumerate() {
        let sum = 1e-5 * largest;
        let rounding = match precision {
            Precision::Auto | Precision::F32 => 0.0,
            Precision::F16 => {
                expected.abs() / 2048.0 + f64::from(f16::MIN_POSITIVE_SUBNORMAL.to_f32())
            }
        };
        let difference = (f64::from(actual) - expected).abs();
        assert!(
            difference <= sum + rounding,
            "{what}: element {i} is {actual}, not {expected}"
        );
    }
}

/// What the delegate says to the op on every device.
pub(crate) fn rejections(op: Op, inputs: &[Input], output: &[usize]) -> Vec<String> {
    use demilite_core::{Delegate, graph::infer_shapes};
    let (model, fed) = model(op, inputs, output);
    let graph = &model.graphs()[0];
    let shapes: Vec<Shape> = fed.iter().map(|value| value.shape().clone()).collect();
    let shapes = infer_shapes(graph, &shapes).unwrap();
    let last = graph.node_ids().next_back().unwrap();
    let verdict =
        |device: &Arc<GpuDelegate>| device.supports(&NodeContext::new(graph, last, &shapes));
    devices()
        .iter()
        .map(|device| verdict(device).unwrap_err().to_string())
        .collect()
}
