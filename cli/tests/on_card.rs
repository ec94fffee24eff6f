//! `benches/gpu/on-card` in its short form: it works on the day that a card is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use demilite::gpu::{GpuContext, GpuError, GpuOptions};
use demilite_needs::Need;
use serde_json::Value as Json;

#[test]
fn a_card_is_measured_by_one_command() {
    if let Err(error @ GpuError::NoAdapter) = GpuContext::open(GpuOptions::default()) {
        return demilite_needs::skip(Need::Gpu, error);
    }
    let directory = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/gpu/on-card");
    let done = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args([
            "--short",
            "--binary",
            env!("CARGO_BIN_EXE_demilite"),
            "--out",
        ])
        .arg(directory.path())
        .output();
    let done = match done {
        Ok(done) => done,
        Err(error) => return demilite_needs::leave_out(format!("python3: {error}")),
    };
    let words = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{words}");
    let results = fs::read_to_string(directory.path().join("on-card.json")).unwrap();
    let results: Json = serde_json::from_str(&results).unwrap();
    assert!(
        results["conformance"]
            .as_str()
            .unwrap()
            .contains(" 0 failed"),
        "{results}"
    );
    for network in results["networks"].as_array().unwrap() {
        let single = &network["batches"][0];
        for figure in ["median_ms", "host_us", "dispatches", "share_of_peak"] {
            assert!(
                single[figure].as_f64().unwrap() > 0.0,
                "{figure}: {network}"
            );
        }
        assert!(network["tuned"]["median_ms"].as_f64().unwrap() > 0.0);
        assert!(network["tuned"]["tuned_kernels"].is_array(), "{network}");
        assert_eq!(
            network["throughput"].as_object().unwrap().len(),
            2,
            "{network}"
        );
    }
    let picture = fs::read_to_string(directory.path().join("on-card.svg")).unwrap();
    assert!(picture.contains("shapes_int8"), "{picture}");
}
