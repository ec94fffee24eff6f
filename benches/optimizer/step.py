#!/usr/bin/env python3
"""Times a training step of ResNet-8, demilite beside PyTorch in alternating rounds.

    python -m venv TORCH && TORCH/bin/pip install torch numpy
    cargo build --release
    python benches/optimizer/step.py MODELS --pytorch TORCH/bin/python

demilite's is what an epoch more adds to the time of a run, divided by its steps: reading samples and writing the file are not in it.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("pytorch_step.py")


def seconds(command):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def demilite(arguments, folder):
    """Milliseconds of a step."""
    model = arguments.models / "resnet8_cifar10_f32/resnet8_cifar10_f32.tflite"
    data = arguments.models / "labelled/cifar10"
    command = [arguments.binary, "finetune", model, folder / "trained.tflite", "--data", data / "x_uint8.npy", "--mean", "0", "--std", "1"]
    command += ["--labels", data / "y.npy", "--held-out", "0", "--optimizer", "sgd", "--learning-rate", "1e-6", "--threads", str(arguments.threads)]
    command += ["--samples", str(arguments.batch * 10), "--batch", str(arguments.batch)]
    few, many = (seconds([*command, "--epochs", str(epochs)]) for epochs in (1, 1 + arguments.epochs))
    return 1000 * (many - few) / (10 * arguments.epochs)


def pytorch(arguments):
    """Milliseconds of a step."""
    command = [arguments.pytorch, SCRIPT, arguments.batch, 10 * arguments.epochs, arguments.threads]
    return float(subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--pytorch", type=Path, required=True, metavar="PYTHON", help="a Python that has PyTorch")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    print("| threads | demilite ms | PyTorch ms | ratio |\n|---|---|---|---|")
    for threads in arguments.threads:
        arguments.threads = threads
        with tempfile.TemporaryDirectory() as folder:
            rounds = [(demilite(arguments, Path(folder)), pytorch(arguments)) for _ in range(arguments.rounds)]
        ratios = sorted(ours / theirs for ours, theirs in rounds)
        ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
        print(f"| {threads} | {ours:.1f} | {theirs:.1f} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |", flush=True)


if __name__ == "__main__":
    main()
