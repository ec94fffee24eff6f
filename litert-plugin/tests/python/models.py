"""Runs models on the delegate, with the inputs of their goldens, which LiteRT's reference kernels gave.

For each NAME.tflite, whose golden is NAME.npz beside it, prints a line NAME<tab>CLAIMED<tab>NODES<tab>PARTITIONS<tab>VERDICT, or
NAME<tab>REASON where the model does not run. The verdict is `same` where outputs have the golden's bytes, `close` where integers do and
floats lie within a tolerance, else what differs. The elements of inputs and outputs go to NAME.in0, NAME.out0, … in a folder.
"""

import argparse
import json
import pathlib

import numpy

from runtime import claimed, heard, interpreter, load_delegate


def run(model, golden, delegate):
    """The outputs of a model for the inputs of a golden."""
    loaded = interpreter(model, [delegate])
    feeds = loaded.get_input_details()
    for index, feed in enumerate(feeds):
        value = golden[f"in{index}"]
        if tuple(feed["shape"]) != value.shape:
            loaded.resize_tensor_input(feed["index"], value.shape)
    loaded.allocate_tensors()
    for index, feed in enumerate(loaded.get_input_details()):
        loaded.set_tensor(feed["index"], golden[f"in{index}"])
    loaded.invoke()
    return {
        f"out{index}": loaded.get_tensor(output["index"])
        for index, output in enumerate(loaded.get_output_details())
    }


def verdict(outputs, golden):
    """What is to be said of outputs."""
    is_same = True
    for name, output in outputs.items():
        expected = golden[name]
        if output.shape != expected.shape or output.dtype != expected.dtype:
            return f"{name} is {output.dtype}{output.shape}, not {expected.dtype}{expected.shape}"
        if output.tobytes() == expected.tobytes():
            continue
        if not numpy.issubdtype(output.dtype, numpy.floating):
            return f"{name} differs in {numpy.count_nonzero(output != expected)} elements"
        is_same = False
        # Sums of floats in another order, over a whole network.
        if not numpy.allclose(output, expected, rtol=1e-4, atol=1e-5, equal_nan=True):
            return f"{name} lies {numpy.abs(output - expected).max()} away"
    return "same" if is_same else "close"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("options", type=json.loads)
    parser.add_argument("outputs", type=pathlib.Path)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    delegate = load_delegate(arguments.library, {"log": "graphs", **arguments.options})
    for model in arguments.models:
        golden = numpy.load(model.with_suffix(".npz"))
        with heard() as said:
            try:
                outputs, reason = run(model, golden, delegate), None
            except (KeyError, RuntimeError, ValueError) as error:
                outputs, reason = None, f"{type(error).__name__}: {error}"
        if outputs is None:
            print(f"{model.stem}\t{reason}".replace("\n", " "), flush=True)
            continue
        inputs = {name: golden[name] for name in golden.files if name.startswith("in")}
        for name, array in {**inputs, **outputs}.items():
            (arguments.outputs / f"{model.stem}.{name}").write_bytes(array.tobytes())
        print(model.stem, *claimed(said[0]), verdict(outputs, golden), sep="\t", flush=True)


if __name__ == "__main__":
    main()
