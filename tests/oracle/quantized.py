"""Holds quantized models against the float models that they were made of, in LiteRT.

For each NAME.tflite in a folder whose float form is NAME.tflite in another folder or in the folders in it, prints a line
NAME<tab>REFERENCE<tab>DEFAULT: the signal-to-noise ratio of the outputs in decibels with LiteRT's reference kernels and with its default
ones, or the words of a refusal. Quantized inputs and outputs are taken as the reals that they stand for. The inputs are `in0`, `in1` and
so on in NAME.npz beside the float model, or drawn where there is none. With `--keep ends`, what goes into a quantized model and comes out of
the reference kernels lies in NAME.npz beside it, as `in0` and `out0` and so on; with `--keep integers`, each tensor of integers that a node
computes too, as `tensor` and its index.
"""

import argparse
import os
import pathlib

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

RESOLVERS = [OpResolverType.BUILTIN_REF, OpResolverType.AUTO]


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


def quantized(value, detail):
    """A value in the type of an input."""
    scale, zero_point = detail["quantization"]
    if value is None or value.dtype == detail["dtype"] or not scale:
        return value
    limits = numpy.iinfo(detail["dtype"])
    return numpy.clip(numpy.round(value / scale) + zero_point, limits.min, limits.max).astype(detail["dtype"])


def reals(value, detail):
    """The reals that an output stands for; others as they are."""
    scale, zero_point = detail["quantization"]
    value = value.astype(numpy.float64) if value.dtype.kind in "fiub" else numpy.zeros(1)
    return (value - zero_point) * scale if scale else value


def given(model, details):
    """The inputs of a float model: those beside it, or drawn ones."""
    archive = model.with_suffix(".npz")
    if archive.exists():
        arrays = numpy.load(archive)
        return [arrays[f"in{place}"] for place in range(len(details))]
    random = numpy.random.default_rng(7)
    return [drawn(detail, random) for detail in details]


def computed(interpreter):
    """The tensors of integers that nodes compute, by their names in an archive."""
    computed = {int(index) for node in interpreter._get_ops_details() for index in node["outputs"]}
    details = [detail for detail in interpreter.get_tensor_details() if detail["index"] in computed]
    kept = [detail["index"] for detail in details if detail["dtype"] in (numpy.int8, numpy.int16)]
    return {f"tensor{index}": interpreter.get_tensor(index) for index in kept}


def outputs(model, resolver, feeds, keeps_integers=False):
    """What a model makes of its inputs; `feeds` are its own where none are handed in."""
    interpreter = Interpreter(
        model_path=str(model),
        experimental_op_resolver_type=resolver,
        num_threads=2,
        experimental_preserve_all_tensors=keeps_integers,
    )
    details = interpreter.get_input_details()
    if feeds is None:
        feeds = given(model, details)
    for value, detail in zip(feeds, details, strict=True):
        if value is not None and tuple(detail["shape"]) != value.shape:
            interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    kept = {}
    for place, (value, detail) in enumerate(zip(feeds, details, strict=True)):
        if value is not None:
            kept[f"in{place}"] = quantized(value, detail)
            interpreter.set_tensor(detail["index"], kept[f"in{place}"])
    interpreter.invoke()
    details = interpreter.get_output_details()
    values = [interpreter.get_tensor(detail["index"]) for detail in details]
    kept.update({f"out{place}": value for place, value in enumerate(values)})
    if keeps_integers:
        kept.update(computed(interpreter))
    return feeds, [reals(value, detail) for value, detail in zip(values, details, strict=True)], kept


def ratio(float_outputs, others):
    """How much larger the outputs are than what was lost of them, in decibels; 200 at most."""
    pairs = list(zip(float_outputs, others, strict=True))
    if any(left.shape != right.shape for left, right in pairs):
        return "other shapes"
    signal = sum(numpy.sum(left**2) for left, _ in pairs)
    noise = sum(numpy.sum((left - right) ** 2) for left, right in pairs)
    if not numpy.isfinite(noise):
        return "not finite"
    if noise == 0:
        return "200.0"
    return f"{min(200.0, 10 * numpy.log10(max(signal, 1e-30) / noise)):.1f}"


def line(original, model, keep):
    """The line of a model; `keep` says what is kept of it."""
    verdicts = []
    for resolver in RESOLVERS:
        try:
            feeds, expected, _ = outputs(original, resolver, None)
            keeps = keep if resolver == OpResolverType.BUILTIN_REF else None
            _, actual, kept = outputs(model, resolver, feeds, keeps == "integers")
            if keeps:
                numpy.savez(model.with_suffix(".npz"), **kept)
            verdicts.append(ratio(expected, actual))
        except (RuntimeError, ValueError) as error:
            verdicts.append(str(error).replace("\n", " ").replace("\t", " ")[:200])
    return "\t".join([model.stem, *verdicts])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("originals", type=pathlib.Path)
    parser.add_argument("quantized", type=pathlib.Path)
    parser.add_argument("--keep", choices=["ends", "integers"])
    arguments = parser.parse_args()
    for model in sorted(arguments.quantized.glob("*.tflite")):
        original = sorted(arguments.originals.rglob(model.name))[0]
        # A failed check within LiteRT ends its process.
        child = os.fork()
        if child == 0:
            print(line(original, model, arguments.keep), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print("\t".join([model.stem, *["it ends the process"] * len(RESOLVERS)]), flush=True)


if __name__ == "__main__":
    main()
