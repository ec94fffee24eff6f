"""Runs models with LiteRT's reference kernels.

For each NAME.tflite in a folder, reads NAME.npz with run{R}_in{I} and writes NAME.litert.npz with
run{R}_out{O}, or NAME.error.txt with what LiteRT says against the model. Inputs are in the order of
the model's inputs, outputs in that of its outputs.
"""

import pathlib
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run(model, inputs):
    """The outputs of each run, under their names."""
    interpreter = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    feeds = interpreter.get_input_details()
    results = interpreter.get_output_details()
    outputs = {}
    for run in sorted({name.split("_")[0] for name in inputs}):
        for place, feed in enumerate(feeds):
            interpreter.set_tensor(feed["index"], inputs[f"{run}_in{place}"])
        interpreter.invoke()
        for place, result in enumerate(results):
            outputs[f"{run}_out{place}"] = interpreter.get_tensor(result["index"])
    return outputs


def main():
    folder = pathlib.Path(sys.argv[1])
    for model in sorted(folder.glob("*.tflite")):
        print(model.name, flush=True)
        with numpy.load(model.with_suffix(".npz")) as archive:
            inputs = dict(archive)
        try:
            outputs = run(model, inputs)
        except (RuntimeError, ValueError) as error:
            model.with_suffix(".error.txt").write_text(str(error))
        else:
            numpy.savez(model.with_suffix(".litert.npz"), **outputs)


if __name__ == "__main__":
    main()
