//! A graph of one node, run on the GPU and by the reference, with data that reach both ends of their types.

use std::sync::{Arc, OnceLock};

use demilite_core::graph::infer_shapes;
use demilite_core::{
    Constant, DataType, Delegate, Graph, GraphParts, Model, NodeContext, Op, Quantization, Reject,
    RunError, Session, Shape, Tensor, Value,
};
use demilite_cpu_reference::ReferenceDelegate;
use demilite_gpu::{GpuContext, GpuDelegate, GpuError, GpuOptions, Precision};
use demilite_needs::Need;

/// The delegates, one for each precision of floats. None without an adapter.
pub(crate) fn devices() -> &'static [Arc<GpuDelegate>] {
    static DEVICES: OnceLock<Vec<Arc<GpuDelegate>>> = OnceLock::new();
    let devices = DEVICES.get_or_init(|| {
        let open = |precision| {
            let options = GpuOptions::default().precision(precision);
            match GpuContext::open(options) {
                Ok(context) => Some(Arc::new(GpuDelegate::new(context))),
                Err(GpuError::NoAdapter) => None,
                Err(error) => panic!("{error}"),
            }
        };
        [Precision::F16, Precision::F32]
            .into_iter()
            .filter_map(open)
            .collect()
    });
    if devices.is_empty() {
        demilite_needs::skip(Need::Gpu, "no adapter");
    }
    devices
}

/// Numbers that are the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn bits(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.bits() as usize % bound
    }

    pub(crate) fn choose<T: Copy>(&mut self, options: &[T]) -> T {
        options[self.below(options.len())]
    }

    /// A float between these, evenly by its logarithm; now and then the power of two below, or the float just below that, for
    /// factors that make ties and factors whose mantissa is the largest.
    pub(crate) fn scale(&mut self, smallest: f32, largest: f32) -> f32 {
        let part = self.bits() as f32 / u32::MAX as f32;
        let scale = smallest * (largest / smallest).powf(part);
        let power_of_two = scale.to_bits() & 0xff80_0000;
        match self.below(6) {
            0 | 1 => f32::from_bits(power_of_two),
            2 => f32::from_bits(power_of_two - 1),
            _ => scale,
        }
    }

    /// A zero point of this type: often one of the ends.
    pub(crate) fn zero_point(&mut self, dtype: DataType) -> i32 {
        match dtype {
            DataType::Int16 => 0,
            _ => self.element(dtype) as i32,
        }
    }

    /// An element of an integer type: often one of the ends.
    fn element(&mut self, dtype: DataType) -> i64 {
        let (smallest, largest) = match dtype {
            DataType::Int32 => (-20_000, 20_000),
            DataType::Int64 => (-(1 << 36), 1 << 36),
            DataType::Bool => (0, 1),
            dtype => dtype
                .quantized_range()
                .map(|(a, b)| (a.into(), b.into()))
                .unwrap(),
        };
        match self.below(8) {
            0 => smallest,
            1 => largest,
            _ => {
                let bits = u64::from(self.bits()) << 32 | u64::from(self.bits());
                smallest + (bits % (largest - smallest + 1) as u64) as i64
            }
        }
    }

    /// The bytes of so many elements; floats reach past what eight bits hold at a scale of 0.1, and are often ties.
    pub(crate) fn bytes(&mut self, dtype: DataType, elements: usize) -> Vec<u8> {
        let width = dtype.bits().unwrap() / 8;
        let mut bytes = Vec::with_capacity(elements * width);
        for _ in 0..elements {
            if dtype == DataType::Float32 {
                bytes.extend(self.float().to_le_bytes());
            } else {
                bytes.extend(&self.element(dtype).to_le_bytes()[..width]);
            }
        }
        bytes
    }

    fn float(&mut self) -> f32 {
        match self.below(10) {
            0 => self.choose(&[0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN]),
            1 => self.choose(&[1e-40, -1e-40, 1e30, -1e30, f32::MIN_POSITIVE]),
            2..5 => (self.below(400) as f32 - 200.0) * 0.05,
            _ => (self.bits() as f32 / u32::MAX as f32 - 0.5) * 40.0,
        }
    }
}

/// A tensor of the node.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) dtype: DataType,
    pub(crate) shape: Vec<usize>,
    pub(crate) quantization: Option<Quantization>,
    /// The bytes of a constant; others are fed.
    pub(crate) constant: Option<Vec<u8>>,
}

impl Operand {
    pub(crate) fn new(dtype: DataType, shape: &[usize], scale: f32, zero_point: i32) -> Self {
        Operand {
            quantization: Some(Quantization::per_tensor(scale, zero_point)),
            ..Operand::plain(dtype, shape)
        }
    }

    /// A tensor without quantization parameters.
    pub(crate) fn plain(dtype: DataType, shape: &[usize]) -> Self {
        Operand {
            dtype,
            shape: shape.to_vec(),
            quantization: None,
            constant: None,
        }
    }

    /// Constant int32 elements that say how to compute.
    pub(crate) fn indices(shape: &[usize], elements: &[i32]) -> Self {
        Operand {
            constant: Some(elements.iter().flat_map(|e| e.to_le_bytes()).collect()),
            ..Operand::plain(DataType::Int32, shape)
        }
    }

    /// The same tensor as a random constant.
    pub(crate) fn constant(mut self, random: &mut Random) -> Self {
        self.constant = Some(random.bytes(self.dtype, self.shape.iter().product()));
        self
    }

    fn tensor(&self, name: String) -> Tensor {
        let mut tensor = Tensor::new(name, self.dtype, self.shape.clone());
        tensor.quantization = self.quantization.clone();
        tensor.constant = self.constant.as_deref().map(Constant::copied);
        tensor
    }
}

/// The model of one node; the shapes of `outputs` need not be right.
fn model(op: &Op, inputs: &[Option<Operand>], outputs: &[Operand]) -> Arc<Model> {
    let mut parts = GraphParts::default();
    let mut ids = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        ids.push(input.as_ref().map(|input| {
            let id = parts.tensor(input.tensor(format!("in{index}")));
            if input.constant.is_none() {
                parts.inputs.push(id);
            }
            id
        }));
    }
    let outs: Vec<_> = outputs
        .iter()
        .map(|output| parts.tensor(output.tensor("out".to_owned())))
        .collect();
    parts.outputs.extend(&outs);
    parts.node(op.clone(), ids, outs);
    Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
}

/// Feeds the op twice on each device, and holds the bytes to the reference's.
pub(crate) fn check(
    name: &str,
    op: Op,
    inputs: &[Option<Operand>],
    output: &Operand,
    random: &mut Random,
) {
    check_all(name, op, inputs, std::slice::from_ref(output), random);
}

/// The same for an op of any number of outputs.
pub(crate) fn check_all(
    name: &str,
    op: Op,
    inputs: &[Option<Operand>],
    outputs: &[Operand],
    random: &mut Random,
) {
    let model = model(&op, inputs, outputs);
    let session = |delegate: Arc<dyn Delegate>| {
        Session::builder(model.clone())
            .delegate(delegate)
            .build()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let mut reference = session(Arc::new(ReferenceDelegate::default()));
    for device in devices() {
        let precision = device.context().options().precision;
        let mut gpu = session(device.clone());
        for _ in 0..2 {
            let fed: Vec<Value> = inputs
                .iter()
                .flatten()
                .filter(|input| input.constant.is_none())
                .map(|input| {
                    let bytes = random.bytes(input.dtype, input.shape.iter().product());
                    Value::from_bytes(input.dtype, input.shape.clone(), &bytes).unwrap()
                })
                .collect();
            let expected = reference
                .run(&fed)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let actual = gpu
                .run(&fed)
                .unwrap_or_else(|error| panic!("{name} {precision:?}: {error}"));
            assert_eq!(expected.len(), actual.len(), "{name}");
            for (expected, actual) in expected.iter().zip(&actual) {
                assert_eq!(expected.shape(), actual.shape(), "{name}");
                let (expected, actual) = (expected.bytes(), actual.bytes());
                let differences: Vec<usize> = (0..expected.len())
                    .filter(|&byte| expected[byte] != actual[byte])
                    .collect();
                assert!(
                    differences.is_empty(),
                    "{name} {precision:?}: bytes {:?}… of {} differ: {:?} where the reference has {:?}",
                    &differences[..differences.len().min(8)],
                    expected.len(),
                    actual[differences[0]],
                    expected[differences[0]]
                );
            }
        }
    }
}

/// The bytes that each device gives for these bytes.
pub(crate) fn run(
    op: &Op,
    inputs: &[Option<Operand>],
    output: &Operand,
    bytes: &[Vec<u8>],
) -> Vec<Result<Vec<u8>, RunError>> {
    let run = |device: &Arc<GpuDelegate>| run_on(device.clone(), op, inputs, output, bytes);
    devices().iter().map(run).collect()
}

/// The bytes that the reference gives for these bytes.
pub(crate) fn reference(
    op: &Op,
    inputs: &[Option<Operand>],
    output: &Operand,
    bytes: &[Vec<u8>],
) -> Vec<u8> {
    run_on(
        Arc::new(ReferenceDelegate::default()),
        op,
        inputs,
        output,
        bytes,
    )
    .unwrap()
}

fn run_on(
    delegate: Arc<dyn Delegate>,
    op: &Op,
    inputs: &[Option<Operand>],
    output: &Operand,
    bytes: &[Vec<u8>],
) -> Result<Vec<u8>, RunError> {
    let model = model(op, inputs, std::slice::from_ref(output));
    let fed = inputs
        .iter()
        .flatten()
        .filter(|input| input.constant.is_none());
    let fed = fed
        .zip(bytes)
        .map(|(input, bytes)| Value::from_bytes(input.dtype, input.shape.clone(), bytes).unwrap());
    let fed: Vec<Value> = fed.collect();
    let mut session = Session::builder(model).delegate(delegate).build().unwrap();
    Ok(session.run(&fed)?[0].bytes().to_vec())
}

/// What the delegates say to the op.
pub(crate) fn rejections(op: Op, inputs: &[Option<Operand>], output: &Operand) -> Vec<Reject> {
    let model = model(&op, inputs, std::slice::from_ref(output));
    let graph = &model.graphs()[0];
    let fed: Vec<Shape> = inputs
        .iter()
        .flatten()
        .filter(|input| input.constant.is_none())
        .map(|input| input.shape.clone().into())
        .collect();
    let shapes = infer_shapes(graph, &fed).unwrap();
    let node = graph.node_ids().next_back().unwrap();
    let verdict = |device: &Arc<GpuDelegate>| {
        let context = NodeContext::new(graph, node, &shapes);
        device.supports(&context).unwrap_err()
    };
    devices().iter().map(verdict).collect()
}
