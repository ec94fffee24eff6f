#!/usr/bin/env python3
"""Has the reference backend compute the files that compare.py kept, so that other delegates can be held against it.

    python benches/optimizer/compare.py MODELS --keep FOLDER
    python benches/optimizer/goldens.py FOLDER GOLDENS
    demilite conformance --golden GOLDENS --delegate gpu
    demilite conformance --golden GOLDENS --delegate cpu

GOLDENS gets each NAME.FORM.demilite.tflite of FOLDER with an archive beside it: in0 is the first of the samples that calibrated NAME, out0 what
the reference backend answers. Integer models are then held to its bytes.
"""

import argparse
import shutil
import subprocess
from pathlib import Path

import numpy
from ai_edge_litert.interpreter import Interpreter

import litert

ROOT = Path(__file__).resolve().parents[2]


def golden(binary, model, sample, folder):
    """Copies a model, and writes what it is fed and what it answers beside it."""
    copy, archive = folder / model.name, folder / f"{model.stem}.npz"
    sample = litert.quantized(sample, Interpreter(model_path=str(model)).get_input_details()[0])
    shutil.copyfile(model, copy)
    numpy.savez(archive, in0=sample)
    command = [binary, "run", copy, "--delegate", "reference", "--inputs", archive, "--outputs", archive.with_suffix(".out.npz")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with numpy.load(archive.with_suffix(".out.npz")) as outputs:
        numpy.savez(archive, in0=sample, **{name: outputs[name] for name in outputs if name.startswith("out")})
    archive.with_suffix(".out.npz").unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("goldens", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    arguments = parser.parse_args()
    arguments.goldens.mkdir(parents=True, exist_ok=True)
    for samples in sorted(arguments.folder.glob("*.npz")):
        sample = numpy.load(samples)["in0"][:1]
        for model in sorted(arguments.folder.glob(f"{samples.stem}.*.demilite.tflite")):
            golden(arguments.binary, model, sample, arguments.goldens)
            print(model.name, flush=True)


if __name__ == "__main__":
    main()
