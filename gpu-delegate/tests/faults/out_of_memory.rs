//! A device without memory. The software adapter takes its memory from the process, whose address space the system limits: the test
//! runs itself again for that.

use std::process::Command;
use std::sync::Arc;

use demilite_core::op::{Activation, Add, BroadcastTo, Mean};
use demilite_core::{Constant, DataType, Graph, GraphParts, Model, Op, Tensor, TensorId, Value};
use demilite_gpu::{AdapterKind, GpuError, GpuOptions, Precision};

use crate::device::{builder, bytes, open};
use crate::layer::{Numbers, conv_2d};

/// Elements of each of the large tensors: 96 MiB of floats.
const LARGE: usize = 24 << 20;
/// How many of them are there at once.
const AT_ONCE: usize = 8;

fn indices(parts: &mut GraphParts, elements: &[i32]) -> TensorId {
    let bytes: Vec<u8> = elements.iter().flat_map(|e| e.to_le_bytes()).collect();
    let tensor = Tensor::new("indices", DataType::Int32, [elements.len()]);
    parts.tensor(tensor.with_constant(Constant::copied(&bytes)))
}

/// The sum of as many copies of the input as are there at once, each spread over `LARGE` elements, and their mean.
fn large() -> Arc<Model> {
    let mut parts = GraphParts::default();
    let floats = |shape: &[usize]| Tensor::new("floats", DataType::Float32, shape.to_vec());
    let wide = [LARGE / 1024, 1024];
    let input = parts.tensor(floats(&[1, 1024]));
    let shape = indices(&mut parts, &wide.map(|extent| extent as i32));
    let copies: Vec<TensorId> = (0..AT_ONCE)
        .map(|_| {
            let copy = parts.tensor(floats(&wide));
            parts.node(
                Op::BroadcastTo(BroadcastTo),
                [Some(input), Some(shape)],
                [copy],
            );
            copy
        })
        .collect();
    let mut sum = copies[0];
    for &copy in &copies[1..] {
        let add = Add {
            activation: Activation::None,
            pot_scale_int16: true,
        };
        let next = parts.tensor(floats(&wide));
        parts.node(Op::Add(add), [Some(sum), Some(copy)], [next]);
        sum = next;
    }
    let axes = indices(&mut parts, &[0]);
    let mean = parts.tensor(floats(&[1024]));
    parts.node(
        Op::Mean(Mean { keep_dims: false }),
        [Some(sum), Some(axes)],
        [mean],
    );
    parts.inputs.push(input);
    parts.outputs.push(mean);
    Arc::new(Model::from_graph(Graph::new(parts).unwrap()))
}

/// Bytes that the address space has now.
fn address_space() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').next().unwrap().parse().unwrap();
    pages * 4096
}

fn limit(bytes: Option<u64>) -> bool {
    let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let mut command = Command::new("prlimit");
    let pid = std::process::id().to_string();
    let command = command.args(["--pid", &pid, &format!("--as={bytes}:unlimited")]);
    command.status().is_ok_and(|status| status.success())
}

#[test]
#[ignore = "limits the process: the test below runs it"]
fn within_a_limit() {
    let options = GpuOptions::default().precision(Precision::F32);
    let context = open(options.clone()).unwrap();
    let (small, fed) = conv_2d(3, 8, 16).model(Numbers::Int8);
    let fed = [fed];
    let mut before = builder(small.clone(), &context).build().unwrap();
    let expected = bytes(&mut before, &fed);
    let model = large();
    assert!(limit(Some(address_space() + (300 << 20))));
    for _ in 0..3 {
        let Err(error) = builder(model.clone(), &context).build() else {
            panic!("there is memory for {AT_ONCE} times {LARGE} floats");
        };
        let Some(GpuError::OutOfMemory { what }) = error.device_error() else {
            panic!("{error}");
        };
        assert_eq!(what, "activations");
        // The device is well, and so are the sessions on it.
        assert_eq!(bytes(&mut before, &fed), expected);
    }
    let mut after = builder(small, &context).build().unwrap();
    assert_eq!(bytes(&mut after, &fed), expected);
    assert!(limit(None));
    let mut session = builder(model, &context).build().unwrap();
    let input = Value::from_slice([1, 1024], &[0.5_f32; 1024]).unwrap();
    let mean = session.run(&[input]).unwrap();
    assert_eq!(mean[0].as_slice::<f32>().unwrap(), [4.0; 1024]);
    println!("out of memory three times, and well");
}

#[test]
fn the_device_stays_with_what_it_has() {
    let Some(context) = open(GpuOptions::default()) else {
        return;
    };
    if context.adapter().kind != AdapterKind::Cpu
        || !std::path::Path::new("/proc/self/statm").exists()
    {
        demilite_needs::leave_out(
            "the adapter's memory is not the process's, or not to be limited",
        );
        return;
    }
    let this = std::env::current_exe().unwrap();
    let name = "out_of_memory::within_a_limit";
    let child = Command::new(this)
        .args([
            "--exact",
            name,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let errors = String::from_utf8_lossy(&child.stderr);
    assert!(
        child.status.success() && said.contains("out of memory three times, and well"),
        "{said}\n{errors}"
    );
}
