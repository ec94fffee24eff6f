"""Runs models with LiteRT's own kernels.

For each NAME.tflite in a folder, reads NAME.npz with run{R}_in{I} and writes NAME.litert.npz with
run{R}_out{O}, or NAME.error.txt with what LiteRT says against the model. Inputs are in the order of
the model's inputs, outputs in that of its outputs. A model that has its answer already is left
alone, so that a folder can be continued behind a model that ended the process.
"""

import argparse
import pathlib

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run(model, inputs, runs, resolver):
    """The outputs of each run, under their names."""
    interpreter = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=resolver,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    feeds = interpreter.get_input_details()
    results = interpreter.get_output_details()
    outputs = {}
    for number in range(runs):
        for place, feed in enumerate(feeds):
            interpreter.set_tensor(feed["index"], inputs[f"run{number}_in{place}"])
        interpreter.invoke()
        for place, result in enumerate(results):
            output = interpreter.get_tensor(result["index"])
            # Strings are Python objects, of which an archive holds their bytes.
            if output.dtype == object:
                output = output.astype("S")
            outputs[f"run{number}_out{place}"] = output
    return outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--resolver", choices=OpResolverType.__members__, default="BUILTIN_REF")
    arguments = parser.parse_args()
    for model in sorted(arguments.folder.glob("*.tflite")):
        answer, refusal = model.with_suffix(".litert.npz"), model.with_suffix(".error.txt")
        if answer.exists() or refusal.exists():
            continue
        print(model.name, flush=True)
        with numpy.load(model.with_suffix(".npz")) as archive:
            inputs = dict(archive)
        try:
            outputs = run(model, inputs, arguments.runs, OpResolverType[arguments.resolver])
        except (RuntimeError, ValueError) as error:
            refusal.write_text(str(error))
        else:
            numpy.savez(answer, **outputs)


if __name__ == "__main__":
    main()
