#!/usr/bin/env python3
"""Makes five forms of every float model of a folder, runs each in LiteRT, and prints a table; what is not made is listed with its reason.

    pip install --requirement benches/optimizer/requirements.txt
    cargo build --release
    python benches/optimizer/forms.py MODELS

MODELS is a folder of NAME/NAME.tflite. Inputs lie beside a model in NAME.npz, as `in0`, `in1` and so on; without, random numbers stand for
them. Integer forms calibrate on that one sample, and all forms are compared with the float model on it: the ratios say that a file runs and
computes the same, not how accurate it is elsewhere. Both LiteRT's default kernels and its reference kernels run each file.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]

FORMS = ["float16", "dynamic", "int8", "int8-only", "int16x8"]

# What the command says of a model that is no float model.
NO_FLOAT_MODEL = "the model is quantized already"


def samples(model, folder):
    """The inputs beside a model as an archive whose first axis runs over samples, or what stands for it."""
    archive = model.with_suffix(".npz")
    if not archive.exists():
        return ["--data", "random", "--samples", "10"]
    arrays = {name: array[None] for name, array in numpy.load(archive).items() if name.startswith("in")}
    numpy.savez(folder / "samples.npz", **arrays)
    return ["--data", str(folder / "samples.npz")]


def make(binary, model, output, form, data):
    """Makes a form; the reason where it is refused."""
    command = [str(binary), "quantize", str(model), str(output), "--mode", form]
    process = subprocess.run([*command, *(data if form.startswith("int") else [])], capture_output=True, text=True)
    if process.returncode == 0:
        return None
    said = process.stderr.partition("error: ")[2].strip()
    if not said:
        raise SystemExit(f"{' '.join(command)}\n{process.stderr[-2000:]}")
    return " ".join(said.removeprefix(f"{model}: ").rstrip(";").split())


def verdicts(models, folder):
    """For each file in a folder, what LiteRT's reference kernels and its default ones make of it: a ratio in decibels, or a refusal."""
    oracle = [sys.executable, str(ROOT / "tests/oracle/quantized.py"), str(models), str(folder)]
    lines = subprocess.run(oracle, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: ratios for name, *ratios in (line.split("\t") for line in lines)}


def verdict(ratios):
    """Both kernels' ratios in decibels, the default ones' first, or words."""

    def decibels(words):
        try:
            return f"{float(words):.0f}"
        except ValueError:
            return words

    reference, default = map(decibels, ratios)
    return f"{default} dB" if default == reference else f"{default} / {reference} dB"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    arguments = parser.parse_args()
    models = [path for path in sorted(arguments.models.glob("*/*.tflite")) if path.stem == path.parent.name]
    shares, refusals = {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        for form in FORMS:
            (temporary / form).mkdir()
        for model in models:
            data = samples(model, temporary)
            for form in FORMS:
                output = temporary / form / model.name
                reason = make(arguments.binary, model, output, form, data)
                if reason is None:
                    shares[model.stem, form] = 100 * output.stat().st_size / model.stat().st_size
                elif NO_FLOAT_MODEL in reason:
                    break
                else:
                    refusals[model.stem, form] = reason
        ratios = {form: verdicts(arguments.models, temporary / form) for form in FORMS}
    reasons = list(dict.fromkeys(refusals.values()))
    print(f"| model | {' | '.join(FORMS)} |")
    print(f"|{'---|' * (1 + len(FORMS))}")
    for name in dict.fromkeys(name for name, _ in shares | refusals):
        cells = [
            f"{shares[name, form]:.1f} %, {verdict(ratios[form][name])}"
            if (name, form) in shares
            else f"({1 + reasons.index(refusals[name, form])})"
            for form in FORMS
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\n{len(shares)} files made, {len(refusals)} refused:\n")
    for number, reason in enumerate(reasons, 1):
        print(f"{number}. {reason}")


if __name__ == "__main__":
    main()
