//! Every example runs, and says what it should.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use demilite_needs::Need;

/// Runs an example, which cargo has built beside this test, and gives what it says; `None` where it lacks something.
fn said(name: &str, need: Option<Need>) -> Option<String> {
    let this = env::current_exe().expect("this test");
    let folder = this.ancestors().nth(2).expect("the folder of the profile");
    let program: PathBuf = folder.join("examples").join(name);
    let mut command = Command::new(program.with_extension(env::consts::EXE_EXTENSION));
    command.env("DEMILITE_MODELS", demilite_needs::models());
    let output = command
        .output()
        .expect("the examples are built, by `cargo test` or `cargo build --examples`");
    let text = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {text}{errors}");
    if let (Some(reason), Some(need)) = (text.strip_prefix("skipped: "), need) {
        demilite_needs::skip(need, reason.trim_end());
        return None;
    }
    Some(text)
}

#[test]
fn classify() {
    assert!(said("classify", None).unwrap().starts_with("star "));
}

#[test]
fn detect() {
    let Some(text) = said("detect", Some(Need::Models)) else {
        return;
    };
    assert!(text.contains("cat "), "{text}");
}

#[test]
fn keyword() {
    let Some(text) = said("keyword", Some(Need::Models)) else {
        return;
    };
    assert!(text.starts_with("yes "), "{text}");
}

#[test]
fn video_loop() {
    let text = said("video_loop", None).unwrap();
    assert!(text.starts_with("10 frames, 10 scores each\n"), "{text}");
}

#[test]
fn wgpu_chain() {
    let Some(text) = said("wgpu_chain", Some(Need::Gpu)) else {
        return;
    };
    assert!(text.starts_with("star "), "{text}");
}

#[test]
fn own_delegate() {
    let text = said("own_delegate", None).unwrap();
    assert_eq!(
        text,
        "reference: [NodeId(0)]\nrectifier: [NodeId(1)]\n[0.0, 1.0, 4.0]\n"
    );
}

#[test]
fn custom_op() {
    assert_eq!(said("custom_op", None).unwrap(), "[2.5, 5.0, 10.0]\n");
}

#[test]
fn stream() {
    let text = said("stream", None).unwrap();
    let last: Vec<&str> = text.lines().skip(4).collect();
    assert_eq!(last, ["stream 0: 6", "stream 1: 600"]);
}
