//! The example, compiled by the C compiler against what `scripts/install-capi` installs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use demilite_needs::package;
use demilite_needs::wheel::{expect_success, library};

/// Installs the library, and gives the folder.
fn installed(name: &str) -> PathBuf {
    let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&prefix).expect("a folder in the target folder");
    let mut install = Command::new(package().join("../scripts/install-capi"));
    install
        .arg(&prefix)
        .env("DEMILITE_C_LIBRARY", library("demilite_c"));
    expect_success(&mut install);
    prefix
}

/// What pkg-config says of the library; what its file says where there is no pkg-config.
fn flags(prefix: &Path) -> Vec<String> {
    let mut ask = Command::new("pkg-config");
    ask.args(["--cflags", "--libs", "demilite"])
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let said = match ask.output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            demilite_needs::leave_out("no pkg-config reads demilite.pc");
            let prefix = prefix.display();
            format!("-I{prefix}/include -L{prefix}/lib -ldemilite_c")
        }
    };
    said.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_example_runs() {
    if cfg!(windows) {
        return demilite_needs::leave_out("the script installs no DLL");
    }
    let prefix = installed("c-library");
    let program = prefix.join("classify");
    let mut compile = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compile
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o"])
        .arg(&program)
        .arg(package().join("examples/classify.c"))
        .args(flags(&prefix))
        .arg(format!("-Wl,-rpath,{}", prefix.join("lib").display()));
    expect_success(&mut compile);
    let model = package().join("../models/shapes/shapes_f32.tflite");
    let input = prefix.join("input.f32");
    fs::write(&input, [0; 96 * 96 * 3 * 4]).expect("a file");
    let mut answers = Vec::new();
    for delegate in ["cpu", "reference"] {
        let mut run = Command::new(&program);
        let said = expect_success(run.arg(&model).arg(&input).arg(delegate));
        let (answer, plan) = said.split_once('\n').expect("an answer and a plan");
        assert!(plan.contains(&format!("CONV_2D: {delegate}")), "{plan}");
        answers.push(answer.to_owned());
    }
    assert!(
        answers[0].starts_with("class ") && answers[0] == answers[1],
        "{answers:?}"
    );
    let refused = Command::new(&program)
        .arg("none.tflite")
        .arg(&input)
        .output();
    let refused = refused.expect("the program");
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && words.contains("none.tflite"),
        "{words}"
    );
}

/// The header is one that C++ reads too, and a program may be linked statically.
#[test]
fn the_header_is_valid_cpp() {
    let mut compile = Command::new(env::var_os("CXX").unwrap_or_else(|| "c++".into()));
    compile
        .args([
            "-x",
            "c++",
            "-std=c++11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsyntax-only",
        ])
        .arg(package().join("include/demilite.h"));
    match compile.output() {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(_) => demilite_needs::leave_out("no compiler for C++"),
    }
}
