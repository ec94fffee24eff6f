#!/usr/bin/env python3
"""Makes what the optimizer makes of float models, and prints accuracy, size and latency: the two tables of the pages on model optimization.

    pip install --requirement benches/optimizer/requirements.txt
    cargo build --release
    python benches/optimizer/tables.py MODELS

MODELS is a folder of NAME/NAME.tflite beside `labelled`, a folder of data sets. The first 100 samples of a set calibrate, or the folder
`imagenet_sample`; all others are what is measured. Models with a training set of their own learn from its labels, the others from what they
said of the samples that calibrate. Where there are no labels, accuracy is how often the form answers as the float model does.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import datasets
import numpy

ROOT = Path(__file__).resolve().parents[2]

# What is run after another to make a form. `DATA` stands for the samples that calibrate, `TRAINING` for how the model is trained on.
FORMS = {
    "float32": [],
    "float16": [["quantize", "--mode", "float16"]],
    "dynamic": [["quantize", "--mode", "dynamic", "DATA"]],
    "int8": [["quantize", "--mode", "int8", "DATA"]],
    "int8, per tensor": [["quantize", "--mode", "int8", "--per-tensor", "DATA"]],
    "int8, trained": [["finetune", "--fake-quant", "int8", "TRAINING"], ["quantize", "--mode", "int8"]],
    "int16x8": [["quantize", "--mode", "int16x8", "DATA"]],
    "pruned 50 %": [["prune", "--sparsity", "0.5", "DATA"]],
    "pruned 80 %": [["prune", "--sparsity", "0.8", "DATA"]],
    "clustered 32": [["cluster", "--clusters", "32", "DATA"]],
    "clustered 16": [["cluster", "--clusters", "16", "DATA"]],
}

# Folders of labelled images and the options that train on them. Other models train on the samples that calibrate.
TRAINING = {
    "aieq_mnist_cnn_f32": ("mnist_train", ["--mean", "0", "--std", "255", "--epochs", "3", "--learning-rate", "5e-4"]),
    "resnet8_cifar10_f32": (
        "cifar10_train",
        ["--samples", "4000", "--flip", "--crop", "3", "--epochs", "5", "--learning-rate", "2e-4"],
    ),
}
FROM_ITSELF = ["--epochs", "5", "--learning-rate", "1e-5"]


def said(command):
    """What a command prints."""
    process = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{process.stderr[-2000:]}")
    return process.stdout


class Subject:
    """A float model with its samples, as files in a folder."""

    def __init__(self, arguments, name, folder):
        self.arguments, self.name, self.folder = arguments, name, folder
        self.path = arguments.models / name / f"{name}.tflite"
        labelled = arguments.models / "labelled"
        calibration, measured, labels = datasets.of(name, labelled)
        self.calibration, self.measured = folder / "calibration.npz", folder / "measured.npz"
        datasets.save(self.calibration, calibration)
        datasets.save(self.measured, measured)
        self.labels = None
        if labels is not None:
            self.labels = folder / "labels.npy"
            numpy.save(self.labels, labels.astype(numpy.int64))

    def training(self):
        if self.name not in TRAINING:
            return ["--data", self.calibration, *FROM_ITSELF]
        folder, options = TRAINING[self.name]
        archive = self.arguments.models / "labelled" / folder / "train.npz"
        return ["--data", archive, "--labels", archive, *options]

    def make(self, form):
        """The file of a form."""
        made = self.path
        words = {"DATA": ["--data", self.calibration], "TRAINING": self.training()}
        for step, command in enumerate(FORMS[form]):
            output = self.folder / f"{form.replace(' ', '_')}.{step}.tflite"
            options = [option for word in command[1:] for option in words.get(word, [word])]
            said([self.arguments.binary, command[0], made, output, *options])
            made = output
        return made

    def accuracies(self, files):
        """For each file the share of right answers, or of those of the first."""
        truth = [] if self.labels is None else ["--labels", self.labels]
        answer = said([self.arguments.binary, "evaluate", *files, "--data", self.measured, *truth, "--json"])
        subjects = json.loads(answer)["subjects"]
        if truth:
            return [subject["score"]["top1"] for subject in subjects]
        return [1.0] + [subject["likeness"]["agreement"] for subject in subjects[1:]]

    def milliseconds(self, file, delegate):
        # The shortest: other work on the machine only adds.
        bench = [self.arguments.binary, "bench", file, "--delegate", delegate, "--warmup", "3", "--runs", self.arguments.runs, "--json"]
        return json.loads(said([*bench, "--threads", "1"] if delegate == "cpu" else bench))["min_ms"]


def measure(arguments, name, folder):
    """The rows of one model."""
    subject = Subject(arguments, name, folder)
    forms = ["float32", *(form for form in arguments.forms if form != "float32")]
    files = [subject.make(form) for form in forms]
    for form, file, accuracy in zip(forms, files, subject.accuracies(files), strict=True):
        contents = file.read_bytes()
        share = len(contents) / files[0].stat().st_size
        times = [f"{subject.milliseconds(file, delegate):.3g}" for delegate in arguments.delegates]
        deflated = len(gzip.compress(contents, 9))
        print(f"| {name} | {form} | {accuracy:.1%} | {len(contents):,} | {share:.1%} | {deflated:,} | {' | '.join(times)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--only", nargs="*", default=list(datasets.SETS), metavar="NAME")
    parser.add_argument("--forms", nargs="*", default=list(FORMS), choices=FORMS, metavar="FORM", help="those beside float32")
    parser.add_argument("--delegates", nargs="*", default=["cpu", "gpu"], metavar="NAME", help="those that are timed")
    parser.add_argument("--runs", type=int, default=20, help="inferences, the shortest of which is what is printed")
    arguments = parser.parse_args()
    print(f"| model | form | top-1 | bytes | of float32 | deflated | {' | '.join(f'{name} ms' for name in arguments.delegates)} |")
    print("|---|---|---|---|---|---|" + "---|" * len(arguments.delegates), flush=True)
    for name in arguments.only:
        with tempfile.TemporaryDirectory() as folder:
            measure(arguments, name, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
