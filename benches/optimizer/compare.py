#!/usr/bin/env python3
"""Makes each quantized form of float models with demilite and with other quantizers, runs them in LiteRT on labelled data, and prints a table.

    pip install --requirement benches/optimizer/requirements.txt
    python -m venv PEERS && PEERS/bin/pip install --requirement benches/optimizer/requirements-peers.txt
    cargo build --release
    python benches/optimizer/compare.py MODELS --peers PEERS/bin/python

MODELS is a folder of NAME/NAME.tflite beside `labelled`, a folder of data sets. The first 100 samples of a set calibrate, or the folder
`imagenet_sample`; all others are what is measured. Without --peers there is demilite alone. Seconds and megabytes are of demilite those of
the whole process; peers.py says what they are of others.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import datasets
import litert

ROOT = Path(__file__).resolve().parents[2]

# Who makes each form. TensorFlow makes the first ones of no .tflite file, and ai-edge-quantizer leaves no floats at the ends of integers.
FORMS = {
    "float16": ["demilite", "aeq"],
    "dynamic": ["demilite", "aeq"],
    "dynamic+data": ["demilite", "aeq"],
    "int8": ["demilite", "tensorflow"],
    "int8-only": ["demilite", "aeq"],
    "int16x8": ["demilite", "tensorflow"],
    "int16x8-only": ["demilite", "aeq"],
}

# Models whose int16 kernels take seconds for a sample are measured on so many.
SLOW = {"mobilenet_v1_1.0_224_f32": 30, "mobilenet_v2_1.0_224_f32": 30}


# Linux counts what a process held before it became a command as the command's: one that holds little starts it, and says its peak last.
LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command):
    """What a command prints, the seconds that it took, and the peak of its memory in bytes."""
    start = time.monotonic()
    process = subprocess.run([sys.executable, "-c", LAUNCHER, *command], capture_output=True, text=True)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{process.stderr[-2000:]}")
    return process.stdout, time.monotonic() - start, int(process.stderr.split()[-1]) * 1024


def demilite(arguments, form, model, output, data):
    """Makes a form; gives the seconds, the peak of memory and a remark."""
    command = [str(arguments.binary), "quantize", str(model), str(output), "--mode", form.split("+")[0], "--json"]
    if form not in ("float16", "dynamic"):
        command += ["--data", str(data)]
    said, seconds, peak = run(command)
    calibration = json.loads(said)["calibration"] or {}
    remark = [calibration.get("calibrator", "")]
    remark += [word.replace("_", " ") for word in ("equalized", "float_softmax", "sequential") if calibration.get(word)]
    return seconds, peak, " ".join(filter(None, remark))


def other(peer, arguments, form, model, output, data):
    command = [str(arguments.peers), str(ROOT / "benches/optimizer/peers.py"), peer, form.split("+")[0].removesuffix("-only")]
    said, _, _ = run([*command, str(model), str(output), str(data)])
    figures = json.loads(said.splitlines()[-1])
    return figures["seconds"], figures["peak_bytes"], ""


def row(*cells):
    words = [f"{cell:.1f}" if isinstance(cell, float) else "" if cell is None else str(cell) for cell in cells]
    print(f"| {' | '.join(words)} |", flush=True)


def measure(arguments, name, folder):
    """The rows of one model."""
    model = arguments.models / name / f"{name}.tflite"
    calibration, inputs, labels = datasets.of(name, arguments.models / "labelled")
    data = folder / f"{name}.npz"
    datasets.save(data, calibration)
    expected = litert.outputs(model, inputs)
    top1 = litert.top1(expected, labels)
    row(name, "float32", "", model.stat().st_size, top1, None, None, None, None, f"{len(inputs)} samples")
    for form in arguments.forms:
        count = SLOW.get(name, len(inputs)) if form.startswith("int16x8") else len(inputs)
        for maker in FORMS[form]:
            if maker != "demilite" and arguments.peers is None:
                continue
            output = folder / f"{name}.{form}.{maker}.tflite"
            if maker == "demilite":
                seconds, peak, remark = demilite(arguments, form, model, output, data)
            else:
                seconds, peak, remark = other(maker, arguments, form, model, output, data)
            actual = litert.outputs(output, inputs[:count])
            figures = litert.figures(expected[:count], actual, None if labels is None else labels[:count])
            remark = remark if count == len(inputs) else f"{remark} {count} samples".strip()
            row(name, form, maker, output.stat().st_size, *figures, seconds, peak / 1e6, remark)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="a Python that has the other quantizers")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--only", nargs="*", default=list(datasets.SETS), metavar="NAME")
    parser.add_argument("--forms", nargs="*", default=list(FORMS), metavar="FORM")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leaves the files there")
    arguments = parser.parse_args()
    row("model", "form", "by", "bytes", "top-1 %", "agreement %", "SQNR dB", "s", "MB", "")
    row(*["---"] * 10)
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        for name in arguments.only:
            measure(arguments, name, arguments.keep)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only:
            measure(arguments, name, Path(folder))


if __name__ == "__main__":
    main()
