"""Holds rewritten models against their originals, in LiteRT.

For each NAME.tflite in a folder and in the folders in it, whose rewritten form is NAME.tflite in another folder, prints a line
NAME<tab>VERDICT: `same` where both have the same signatures and names and give the same outputs, `refused` where LiteRT refuses both
in the same words, else what differs.
"""

import argparse
import pathlib
import re

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

# Addresses and indices of nodes in what LiteRT says.
NUMBER = re.compile(r"0x[0-9a-f]+|\d+")


def drawn(detail, random):
    """An input: numbers of both signs around zero, or of few values where they may be indices."""
    shape, dtype = detail["shape"], detail["dtype"]
    if dtype == numpy.bool_:
        return random.integers(0, 2, shape).astype(dtype)
    if numpy.issubdtype(dtype, numpy.floating):
        return random.uniform(-1, 1, shape).astype(dtype)
    if numpy.issubdtype(dtype, numpy.integer):
        return random.integers(0, 3, shape).astype(dtype)
    return None


def seen(model):
    """What a user sees of a model: its signatures, names, types and shapes, and its outputs."""
    interpreter = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=2,
    )
    sides = [interpreter.get_input_details(), interpreter.get_output_details()]
    names = [
        [(side["name"], side["dtype"].__name__, tuple(side["shape"])) for side in details]
        for details in sides
    ]
    facts = {"signatures": interpreter.get_signature_list(), "names": names}
    interpreter.allocate_tensors()
    random = numpy.random.default_rng(7)
    for feed in interpreter.get_input_details():
        value = drawn(feed, random)
        if value is not None:
            interpreter.set_tensor(feed["index"], value)
    interpreter.invoke()
    outputs = [interpreter.get_tensor(out["index"]) for out in interpreter.get_output_details()]
    facts["outputs"] = [output.tobytes() for output in outputs]
    return facts


def verdict(original, rewritten):
    """What came of one pair."""
    answers = []
    for model in (original, rewritten):
        try:
            answers.append(seen(model))
        except (RuntimeError, ValueError) as error:
            answers.append(NUMBER.sub("N", str(error)))
    left, right = answers
    if isinstance(left, str) or isinstance(right, str):
        return "refused" if left == right else f"{left!r:.200} became {right!r:.200}".replace("\n", " ")
    differing = [fact for fact in left if left[fact] != right[fact]]
    return ", ".join(differing) + " differ" if differing else "same"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=pathlib.Path)
    parser.add_argument("rewritten", type=pathlib.Path)
    arguments = parser.parse_args()
    for model in sorted(arguments.rewritten.glob("*.tflite")):
        originals = sorted(arguments.originals.rglob(model.name))
        print(f"{model.stem}\t{verdict(originals[0], model)}", flush=True)


if __name__ == "__main__":
    main()
