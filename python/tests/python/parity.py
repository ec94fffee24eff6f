"""Holds models to LiteRT: what both say of tensors, ops and signatures, and what both compute.

For each model prints a line NAME<tab>VERDICT. The verdict is `same` where all is equal to the byte, `floats` where nothing but elements of
floats differs, `left: REASON` where LiteRT does not read the model, else what differs. Answers of LiteRT's reference kernels are those of
NAME.npz beside the model where there is one, and are asked of LiteRT where there is none. Elements of inputs and outputs go to
NAME.in0, NAME.out0, … in a folder.
"""

import argparse
import pathlib
import warnings

import numpy
from ai_edge_litert import interpreter as litert

import demilite


def difference(left, right, place=""):
    """Where two descriptions differ, if they do."""
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return f"{place} has {list(right)}, not {list(left)}"
        found = (difference(left[key], right[key], f"{place}/{key}") for key in left)
        return next(filter(None, found), None)
    if isinstance(left, (list, tuple)) and isinstance(right, type(left)):
        if len(left) != len(right):
            return f"{place} has {len(right)} entries, not {len(left)}"
        found = (difference(*pair, f"{place}/{index}") for index, pair in enumerate(zip(left, right)))
        return next(filter(None, found), None)
    if isinstance(left, numpy.ndarray):
        is_same = isinstance(right, numpy.ndarray) and left.dtype == right.dtype and numpy.array_equal(left, right)
    else:
        is_same = type(left) is type(right) and left == right
    return None if is_same else f"{place} is {right!r}, not {left!r}"


def describe(interpreter):
    """All that an interpreter says of its model."""
    return {
        "inputs": interpreter.get_input_details(),
        "outputs": interpreter.get_output_details(),
        "tensors": [interpreter.get_tensor_details(graph) for graph in range(interpreter.num_subgraphs())],
        "ops": interpreter._get_ops_details(),
        "signatures": interpreter.get_signature_list(),
        "named": interpreter._get_full_signature_list(),
    }


def run(interpreter, inputs):
    """The outputs for some inputs."""
    for feed, value in zip(interpreter.get_input_details(), inputs):
        if tuple(feed["shape"]) != value.shape:
            interpreter.resize_tensor_input(feed["index"], value.shape)
    interpreter.allocate_tensors()
    for feed, value in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(feed["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(give["index"]) for give in interpreter.get_output_details()]


def drawn(interpreter):
    """Random inputs."""
    random = numpy.random.default_rng(0)
    inputs = []
    for feed in interpreter.get_input_details():
        if numpy.issubdtype(feed["dtype"], numpy.floating):
            inputs.append(random.uniform(-1, 1, feed["shape"]).astype(feed["dtype"]))
        else:
            limits = numpy.iinfo(feed["dtype"])
            inputs.append(random.integers(limits.min, limits.max, feed["shape"], dtype=feed["dtype"], endpoint=True))
    return inputs


def golden(model, theirs):
    """Inputs and the outputs of LiteRT's reference kernels for them."""
    file = model.with_suffix(".npz")
    if not file.is_file():
        inputs = drawn(theirs)
        return inputs, run(theirs, inputs)
    arrays = numpy.load(file)
    take = lambda side: [arrays[f"{side}{index}"] for index in range(len(arrays.files)) if f"{side}{index}" in arrays]
    return take("in"), take("out")


def verdict(model, delegate, folder):
    """What is to be said of a model."""
    options = {"model_path": str(model), "experimental_op_resolver_type": litert.OpResolverType.BUILTIN_REF}
    try:
        theirs = litert.Interpreter(**options)
    except ValueError as error:
        return f"left: {error}"
    ours = demilite.Interpreter(**options, delegate=delegate)
    differs = difference(describe(theirs), describe(ours))
    if differs:
        return differs
    inputs, expected = golden(model, theirs)
    given = run(ours, inputs)
    for side, arrays in (("in", inputs), ("out", given)):
        for index, array in enumerate(arrays):
            (folder / f"{model.stem}.{side}{index}").write_bytes(array.tobytes())
    is_same = True
    for index, (left, right) in enumerate(zip(expected, given, strict=True)):
        if left.shape != right.shape or left.dtype != right.dtype:
            return f"output {index} is {right.dtype}{right.shape}, not {left.dtype}{left.shape}"
        if left.tobytes() == right.tobytes():
            continue
        is_same = False
        if not numpy.issubdtype(left.dtype, numpy.floating):
            return f"output {index} differs in {numpy.count_nonzero(left != right)} elements"
    return "same" if is_same else "floats"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("delegate")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for model in arguments.models:
        try:
            said = verdict(model, arguments.delegate, arguments.folder)
        except (KeyError, RuntimeError, ValueError) as error:
            said = f"{type(error).__name__}: {error}"
        print(model.stem, said.replace("\n", " "), sep="\t", flush=True)


if __name__ == "__main__":
    main()
