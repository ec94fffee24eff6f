#!/usr/bin/env python3
"""Makes each quantized form of float models with demilite, runs them in LiteRT on labelled data, and prints a table beside the figures
of other quantizers.

    pip install --requirement benches/optimizer/requirements.txt
    cargo build --release
    python benches/optimizer/compare.py MODELS --peers optimizer-peers.tsv

MODELS is a folder of NAME/NAME.tflite beside `labelled`, a folder of data sets. The first 100 samples of a set calibrate, or the folder
`imagenet_sample`; all others are what is measured. The table of peers is tab-separated, with the columns model, form, bytes,
top1_heldout, agree_heldout and snr_db, and its forms are named as in PEERS below. Theirs were measured on more samples of the same sets,
those of calibration among them for the ratio.
"""

import argparse
import csv
import json
import subprocess
import tempfile
import time
from pathlib import Path

import datasets
import litert

ROOT = Path(__file__).resolve().parents[2]

# The peers' forms that each of ours stands beside.
PEERS = {
    "float16": ["aeq.f16", "tf(shared).f16"],
    "dynamic": ["aeq.dyn1024", "tf(shared).dynamic"],
    "dynamic+data": ["aeq.dyn1024", "tf(shared).dynamic"],
    "int8": ["aeq.int8", "tf.int8"],
    "int16x8": ["aeq.int16x8", "tf.int16x8"],
}

# Models whose int16 kernels take seconds for a sample are measured on so many.
SLOW = {"mobilenet_v1_1.0_224_f32": 30, "mobilenet_v2_1.0_224_f32": 30}


def peers(path):
    """The rows of other quantizers, by model and form."""
    if path is None:
        return {}
    with path.open() as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {(row["model"], row["form"]): row for row in rows}


def quantize(binary, model, output, form, data):
    """Makes a form; gives its report and the seconds that it took."""
    command = [str(binary), "quantize", str(model), str(output), "--mode", form.split("+")[0], "--json"]
    if form not in ("float16", "dynamic"):
        command += ["--data", str(data)]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout), time.monotonic() - start


def row(name, form, size, figures, note=""):
    top1, agreement, ratio = figures
    cell = lambda value: f"{value:.1f}" if isinstance(value, float) else str(value or "")
    print(f"| {name} | {form} | {size} | {cell(top1)} | {cell(agreement)} | {cell(ratio)} | {note} |", flush=True)


def measure(binary, models, name, forms, others, folder):
    """The rows of one model."""
    model = models / name / f"{name}.tflite"
    calibration, inputs, labels = datasets.of(name, models / "labelled")
    data = folder / f"{name}.npz"
    datasets.save(data, calibration)
    expected = litert.outputs(model, inputs)
    row(name, "float32", model.stat().st_size, (litert.top1(expected, labels), None, None), f"{len(inputs)} samples")
    for form in forms:
        output = folder / f"{name}.{form}.tflite"
        report, seconds = quantize(binary, model, output, form, data)
        count = SLOW.get(name, len(inputs)) if form == "int16x8" else len(inputs)
        actual = litert.outputs(output, inputs[:count])
        figures = litert.figures(expected[:count], actual, None if labels is None else labels[:count])
        calibrator = (report["calibration"] or {}).get("calibrator", "")
        row(name, form, output.stat().st_size, figures, f"{calibrator} {seconds:.1f} s".strip())
        for peer in PEERS[form]:
            other = others.get((name, peer))
            if other:
                figures = (other["top1_heldout"], other["agree_heldout"], other["snr_db"])
                row(name, peer, other["bytes"], figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--only", nargs="*", default=list(datasets.SETS), metavar="NAME")
    parser.add_argument("--forms", nargs="*", default=list(PEERS), metavar="FORM")
    arguments = parser.parse_args()
    others = peers(arguments.peers)
    print("| model | form | bytes | top-1 % | agreement % | SQNR dB | |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only:
            measure(arguments.binary, arguments.models, name, arguments.forms, others, Path(folder))


if __name__ == "__main__":
    main()
