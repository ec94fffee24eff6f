//! One node, or one behind a NEG, held to the reference.

use std::sync::{Arc, OnceLock};

use demilite_core::op::ElementwiseUnary;
use demilite_core::op::elementwise_unary::UnaryKind;
use demilite_core::{
    Constant, DataType, Graph, GraphParts, Model, Op, Session, Tensor, TensorId, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuDelegate, GpuError, GpuOptions, HalfAccess, Precision};
use demilite_needs::Need;

/// What float16 holds of them, it holds exactly.
pub(crate) const VALUES: [f32; 19] = [
    f32::NAN,
    1.0,
    f32::INFINITY,
    -0.0,
    f32::NEG_INFINITY,
    0.0,
    -1.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    6.0,
    7.5,
    -7.5,
    64.0,
    -64.0,
    2.0,
    -2.0,
    0.25,
];

fn devices() -> &'static [Arc<GpuDelegate>] {
    static DEVICES: OnceLock<Vec<Arc<GpuDelegate>>> = OnceLock::new();
    let devices = DEVICES.get_or_init(|| {
        let open = |(precision, half_access)| {
            let options = GpuOptions::default()
                .precision(precision)
                .half_access(half_access);
            match GpuDelegate::open(options) {
                Ok(delegate) => Some(Arc::new(delegate)),
                Err(GpuError::NoAdapter) => None,
                Err(error) => panic!("{error}"),
            }
        };
        let choices = [
            (Precision::F32, HalfAccess::Fastest),
            (Precision::F16, HalfAccess::Packed),
            (Precision::F16, HalfAccess::Native),
        ];
        choices.into_iter().filter_map(open).collect()
    });
    if devices.is_empty() {
        demilite_needs::skip(Need::Gpu, "no adapter");
    }
    devices
}

/// An input of the node.
#[derive(Clone)]
pub(crate) enum Input {
    Fed(Vec<usize>, Vec<f32>),
    Constant(Vec<usize>, Vec<f32>),
    Indices(Vec<usize>, Vec<i32>),
    Bools(Vec<usize>, Vec<u8>),
}

/// How close numbers come that are neither NaN nor infinite.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Closeness {
    /// At float32 every bit is the reference's: elements are moved, chosen or clamped.
    Exact,
    /// Within the rounding of a function or a sum.
    Rounded,
}

/// The values as a tensor of rank 1.
pub(crate) fn line() -> Input {
    Input::Fed(vec![VALUES.len()], VALUES.to_vec())
}

/// Each value beside each other one.
pub(crate) fn pairs() -> [Vec<f32>; 2] {
    let all = || {
        VALUES
            .iter()
            .flat_map(|&a| VALUES.iter().map(move |&b| (a, b)))
    };
    [
        all().map(|pair| pair.0).collect(),
        all().map(|pair| pair.1).collect(),
    ]
}

/// The node on what is fed; behind NEG nodes, where `behind` is set, that give what is fed.
fn model(
    op: &Op,
    inputs: &[Input],
    output: (DataType, &[usize]),
    behind: bool,
) -> (Arc<Model>, Vec<Value>) {
    let mut parts = GraphParts::default();
    let (mut fed, mut ids) = (Vec::new(), Vec::new());
    for input in inputs {
        let constant = |dtype, shape: &[usize], bytes: &[u8]| {
            let tensor = Tensor::new("constant", dtype, shape.to_vec());
            tensor.with_constant(Constant::copied(bytes))
        };
        ids.push(match input {
            Input::Fed(shape, elements) => {
                let float = || Tensor::new("input", DataType::Float32, shape.clone());
                let id = parts.tensor(float());
                parts.inputs.push(id);
                let negated: Vec<f32> = elements.iter().map(|v| -v).collect();
                let elements = if behind { &negated } else { elements };
                fed.push(Value::from_slice(shape.clone(), elements).unwrap());
                match behind {
                    true => {
                        let hidden = parts.tensor(float());
                        let op = Op::ElementwiseUnary(ElementwiseUnary {
                            kind: UnaryKind::Neg,
                        });
                        parts.node(op, [Some(id)], [hidden]);
                        hidden
                    }
                    false => id,
                }
            }
            Input::Constant(shape, elements) => {
                let bytes = bytemuck::cast_slice(elements);
                parts.tensor(constant(DataType::Float32, shape, bytes))
            }
            Input::Indices(shape, elements) => {
                let bytes = bytemuck::cast_slice(elements);
                parts.tensor(constant(DataType::Int32, shape, bytes))
            }
            Input::Bools(shape, elements) => {
                let id = parts.tensor(Tensor::new("condition", DataType::Bool, shape.clone()));
                parts.inputs.push(id);
                let value = Value::from_bytes(DataType::Bool, shape.clone(), elements);
                fed.push(value.unwrap());
                id
            }
        });
    }
    let output = parts.tensor(Tensor::new("output", output.0, output.1.to_vec()));
    parts.node(op.clone(), ids.into_iter().map(Some::<TensorId>), [output]);
    parts.outputs.push(output);
    (Arc::new(Model::from_graph(Graph::new(parts).unwrap())), fed)
}

/// Holds the node, alone and as a step behind others, to the reference; `shape` is the output's.
pub(crate) fn check(name: &str, op: &Op, inputs: &[Input], shape: &[usize], closeness: Closeness) {
    check_type(name, op, inputs, (DataType::Float32, shape), closeness);
}

/// The same for outputs of any type.
pub(crate) fn check_type(
    name: &str,
    op: &Op,
    inputs: &[Input],
    output: (DataType, &[usize]),
    closeness: Closeness,
) {
    for behind in [false, true] {
        let (model, fed) = model(op, inputs, output, behind);
        let reference = Arc::new(ReferenceDelegate::default());
        let builder = || Session::builder(Arc::clone(&model));
        let mut reference = builder().delegate(reference).build().unwrap();
        let expected = reference.run(&fed).unwrap();
        for device in devices() {
            let options = device.context().options();
            let place = if behind { " behind others" } else { "" };
            let what = format!(
                "{name}{place} {:?} {:?}",
                options.precision, options.half_access
            );
            let mut session = builder().delegate(device.clone()).build().unwrap();
            let actual = session
                .run(&fed)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            if output.0 != DataType::Float32 {
                assert_eq!(actual[0].bytes(), expected[0].bytes(), "{what}");
                continue;
            }
            let actual = actual[0].as_slice::<f32>().unwrap();
            let expected = expected[0].as_slice::<f32>().unwrap();
            for (at, (&a, &e)) in std::iter::zip(actual, expected).enumerate() {
                let agrees = agrees(a, e, options.precision, closeness);
                assert!(
                    agrees,
                    "{what}: element {at} is {a:?}, not {e:?} of {expected:?}"
                );
            }
        }
    }
}

fn agrees(actual: f32, expected: f32, precision: Precision, closeness: Closeness) -> bool {
    if expected.is_nan() || actual.is_nan() {
        return expected.is_nan() && actual.is_nan();
    }
    let (most, share, least) = match precision {
        Precision::F16 => (65_504.0, 1.0 / 1024.0, 1e-7),
        Precision::Auto | Precision::F32 => (f32::MAX, 2e-6, 1e-37),
    };
    // What float16 does not hold is infinite.
    if expected.abs() > most {
        return actual.signum() == expected.signum() && actual.abs() >= most;
    }
    match (closeness, precision) {
        (Closeness::Exact, Precision::F32) => actual.to_bits() == expected.to_bits(),
        (Closeness::Exact, _) => {
            actual.to_bits() == half::f16::from_f32(expected).to_f32().to_bits()
        }
        (Closeness::Rounded, _) => {
            (actual - expected).abs() <= share * expected.abs().max(1.0) + least
        }
    }
}
