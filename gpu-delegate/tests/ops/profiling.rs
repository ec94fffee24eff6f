//! What the device says of its own time, and what it keeps on disk.

use std::sync::Arc;
use std::time::Duration;

use demilite_core::{Model, Session, Value};
use demilite_gpu::{GpuDelegate, GpuOptions};

use crate::single_op::devices;

fn shapes_session(delegate: Arc<GpuDelegate>) -> Session {
    let path = demilite_needs::repository().join("models/shapes/shapes_f16.tflite");
    let model = Arc::new(Model::open(path).unwrap());
    Session::builder(model).delegate(delegate).build().unwrap()
}

fn image(session: &Session) -> Value {
    let shape = session.input_shapes()[0].clone();
    let elements = (0..shape.elements()).map(|index| (index % 17) as f32 / 8.5 - 1.0);
    Value::from_slice(shape.clone(), &elements.collect::<Vec<f32>>()).unwrap()
}

#[test]
fn each_node_is_measured_and_the_answer_stays() {
    for device in devices() {
        let mut session = shapes_session(device.clone());
        let image = image(&session);
        let plain = session.run(std::slice::from_ref(&image)).unwrap();
        session.set_profiling(true);
        let measured = session.run(std::slice::from_ref(&image)).unwrap();
        assert_eq!(plain[0].bytes(), measured[0].bytes());
        let times = session.profile().unwrap().nodes.clone();
        assert_eq!(times.is_empty(), !device.context().has_timestamps());
        if times.is_empty() {
            continue;
        }
        let placements = &session.plan().placements;
        let fusions = session.fusions();
        for (index, placement) in placements.iter().enumerate() {
            let op = session.graph().node(demilite_core::NodeId(index)).op.name();
            let measured = times.iter().any(|(node, _)| node.0 == index);
            let is_fused = fusions.iter().any(|(node, _)| node.0 == index);
            let moves_nothing = matches!(op, "RESHAPE" | "SQUEEZE");
            assert!(
                measured || is_fused || placement.is_constant_expansion || moves_nothing,
                "{op} #{index} has no time"
            );
        }
        let total: Duration = times.iter().map(|(_, time)| *time).sum();
        assert!(total > Duration::ZERO && total < Duration::from_secs(60));
        session.set_profiling(false);
        assert!(session.profile().is_none());
    }
}

#[test]
fn pipelines_survive_on_disk_and_a_spoilt_file_does_no_harm() {
    if devices().is_empty() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let answer = || {
        let options =
            GpuOptions::default().pipeline_cache(Some(directory.path().join("pipelines")));
        let mut session = shapes_session(Arc::new(GpuDelegate::open(options).unwrap()));
        let image = image(&session);
        session.run(&[image]).unwrap().remove(0).bytes().to_vec()
    };
    let first = answer();
    let Ok(files) = std::fs::read_dir(directory.path().join("pipelines")) else {
        demilite_needs::leave_out("this adapter gives no pipelines to keep");
        return;
    };
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(answer(), first);
    std::fs::write(&files[0], b"not a cache").unwrap();
    assert_eq!(answer(), first);
    assert!(std::fs::metadata(&files[0]).unwrap().len() > 11);
}
