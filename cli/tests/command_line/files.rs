//! Names of files, and files that cannot be written.
#![cfg(unix)]

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;

use demilite::npz::{NpzReader, write_numbered};
use demilite::{DataType, Value};

use super::models::{output, through};
use super::*;

/// A folder with a model that gives its input of two floats, and an archive of them.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        let model = through(DataType::Float32, &[2], &[]);
        std::fs::write(folder.path(b"m.tflite"), model).unwrap();
        let value = Value::from_slice([2], &[1.5_f32, -2.0]).unwrap();
        write_numbered(folder.path(b"in.npz"), "in", &[value]).unwrap();
        folder
    }

    fn path(&self, name: &[u8]) -> PathBuf {
        self.0.path().join(OsString::from_vec(name.to_vec()))
    }

    /// The arguments of a run on the archive.
    fn run(&self) -> Vec<OsString> {
        let [model, inputs] = [&b"m.tflite"[..], b"in.npz"].map(|name| self.path(name));
        vec![
            "run".into(),
            model.into(),
            "--delegate".into(),
            "cpu".into(),
            "--inputs".into(),
            inputs.into(),
        ]
    }

    fn with(&self, options: &[&OsStr]) -> Vec<OsString> {
        let mut arguments = self.run();
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        arguments
    }

    fn names(&self) -> Vec<OsString> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }
}

#[test]
fn any_bytes_name_any_file() {
    let folder = Folder::new();
    let strange = |name: &[u8]| folder.path(&[b"a\xff\n\x1b'", name].concat());
    for (from, to) in [(&b"m.tflite"[..], &b".tflite"[..]), (b"in.npz", b".npz")] {
        std::fs::copy(folder.path(from), strange(to)).unwrap();
    }
    std::fs::write(strange(b".txt"), "one\ntwo\n").unwrap();
    let outputs = strange(b"-out.npz");
    let arguments: Vec<OsString> = [
        OsString::from("run"),
        strange(b".tflite").into(),
        "--inputs".into(),
        strange(b".npz").into(),
        "--labels".into(),
        strange(b".txt").into(),
        "--outputs".into(),
        outputs.clone().into(),
    ]
    .into();
    let answer = done(&arguments);
    assert!(
        answer.contains("one") && !answer.contains('\x1b'),
        "{answer}"
    );
    assert_eq!(output(&outputs).as_slice::<f32>().unwrap(), [1.5, -2.0]);
    assert_eq!(folder.names().len(), 6, "{:?}", folder.names());
    done(&[OsString::from("inspect"), strange(b".tflite").into()]);

    let absent: Vec<OsString> = ["run".into(), strange(b".no").into()].into();
    let error = failed(3, &absent);
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn any_bytes_name_a_folder_of_goldens() {
    let folder = Folder::new();
    let goldens = folder.path(b"g\xff");
    std::fs::create_dir(&goldens).unwrap();
    std::fs::copy(folder.path(b"m.tflite"), goldens.join("m.tflite")).unwrap();
    let value = Value::from_slice([2], &[1.5_f32, -2.0]).unwrap();
    let mut archive = demilite::npz::NpzWriter::create(goldens.join("m.npz")).unwrap();
    archive.add("in0", &value).unwrap();
    archive.add("out0", &value).unwrap();
    archive.finish().unwrap();
    let report = folder.path(b"r\xff.json");
    let arguments: Vec<OsString> = [
        OsString::from("conformance"),
        "--delegate".into(),
        "reference".into(),
        "--golden".into(),
        goldens.into(),
        "--report".into(),
        report.clone().into(),
    ]
    .into();
    assert!(done(&arguments).contains("1 exact"));
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("g\\\\xff"), "{report}");
}

#[test]
fn outputs_that_cannot_be_written_are_noticed_before_the_inference() {
    let folder = Folder::new();
    let absent = folder.path(b"absent").join("out.npz");
    for path in [absent, folder.0.path().to_owned()] {
        let error = failed(1, &folder.with(&["--outputs".as_ref(), path.as_ref()]));
        assert!(error.starts_with("error: cannot write "), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let bench = |option: &str| {
        let (model, path) = (
            folder.path(b"m.tflite"),
            folder.path(b"absent").join("f.html"),
        );
        let mut arguments: Vec<OsString> = ["bench".into(), model.into()].into();
        arguments.extend([
            "--delegate".into(),
            "cpu".into(),
            option.into(),
            path.into(),
        ]);
        failed(1, &arguments)
    };
    for option in ["--trace", "--report"] {
        assert!(bench(option).starts_with("error: cannot write "));
    }
    assert_eq!(folder.names().len(), 2, "{:?}", folder.names());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_gives_one_line() {
    let folder = Folder::new();
    let arguments = folder.with(&["--outputs".as_ref(), "/dev/full".as_ref()]);
    let error = ended(&demilite(&arguments), 1, "run");
    assert_eq!(
        error
            .lines()
            .filter(|line| !line.starts_with("note: "))
            .collect::<Vec<_>>(),
        ["error: cannot write /dev/full: No space left on device (os error 28)"]
    );
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command(&folder.run()).stdout(full).output().unwrap();
    let error = ended(&output, 1, "run");
    assert!(
        error.contains("error: cannot write to standard output: No space left"),
        "{error}"
    );
}

/// A disk of 64 KiB, on which an archive does not fit beside the one that is there.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "none"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return demilite_needs::leave_out("no right to mount a small disk");
    }
    let model = Folder::new();
    let large = through(DataType::Float32, &[20_000], &[]);
    std::fs::write(model.path(b"m.tflite"), large).unwrap();
    let value = Value::from_slice([20_000], &[0.5_f32; 20_000]).unwrap();
    write_numbered(model.path(b"in.npz"), "in", &[value]).unwrap();
    let path = folder.path().join("out.npz");
    std::fs::write(&path, b"before").unwrap();
    let output = demilite(&model.with(&["--outputs".as_ref(), path.as_ref()]));
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    let kept = std::fs::read(&path).unwrap();
    let unmounted = Command::new("umount").arg(folder.path()).status();
    assert!(unmounted.unwrap().success());
    let error = ended(&output, 1, "run");
    assert!(error.contains("No space left on device"), "{error}");
    assert_eq!((left, kept), (1, b"before".to_vec()));
}

#[test]
fn tensors_come_and_go_by_pipes() {
    let folder = Folder::new();
    let inputs = std::fs::read(folder.path(b"in.npz")).unwrap();
    let mut arguments = folder.with(&["--outputs".as_ref(), "-".as_ref()]);
    *arguments
        .iter_mut()
        .find(|word| word.to_string_lossy().ends_with("in.npz"))
        .unwrap() = "-".into();
    let output = demilite_fed(&arguments, &inputs);
    let error = ended(&output, 0, "run");
    assert!(error.contains("standard input: "), "{error}");
    let mut archive = NpzReader::from_bytes(&output.stdout, "out").unwrap();
    assert_eq!(
        archive.value("out0").unwrap().as_slice::<f32>().unwrap(),
        [1.5, -2.0]
    );
    arguments.push("--json".into());
    assert!(failed(2, &arguments).contains("both write to standard output"));
}

/// Who reads one line of many is done, and so is the command; an archive is written nevertheless.
#[test]
fn a_closed_pipe_is_quiet() {
    let folder = Folder::new();
    let outputs = folder.path(b"out.npz");
    let with_outputs = folder.with(&["--outputs".as_ref(), outputs.as_ref()]);
    let cases = [
        "conformance",
        "--delegate",
        "reference",
        "--filter",
        "squeeze/",
    ];
    for arguments in [
        cases.map(OsString::from).to_vec(),
        vec!["--help".into()],
        folder.run(),
        with_outputs,
    ] {
        let mut command = command(&arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut error = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut error)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{error}");
        let unexpected = error.lines().filter(|line| !line.starts_with("note: "));
        assert_eq!(unexpected.count(), 0, "{error}");
    }
    assert!(outputs.is_file());
}
