"""Quantized forms of float models, how good they are, and where they lose it.

A sample is an array for a model of one input, a list of arrays in the order of the inputs, or a dictionary by their names; `data` is an
iterable of samples. Models are paths, or the bytes of files.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional, Union

import numpy

from demilite import _native

__all__ = ["Quantized", "debug", "evaluate", "quantize"]

Model = Union[str, bytes, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Quantized:
    """A quantized form of a model. As text it is the report of what was done."""

    content: bytes
    """The `.tflite` file, for `Interpreter(model_content=...)`."""
    report: dict[str, Any]
    """What was converted, what stays float and why, and the sizes."""
    text: str = dataclasses.field(repr=False)
    """The report in words."""

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the file."""
        with open(path, "wb") as file:
            file.write(self.content)

    def __str__(self) -> str:
        return self.text


def quantize(
    model: Model,
    mode: str = "int8",
    data: Optional[Iterable[Any]] = None,
    *,
    io: Optional[str] = None,
    calibrator: Optional[str] = None,
    keep_float: Sequence[str] = (),
    int16: Sequence[str] = (),
    recipe: Optional[Union[Mapping[str, Any], Sequence[Any]]] = None,
) -> Quantized:
    """Makes a quantized form of a float model.

        int8 = demilite.quantize("model.tflite", "int8", data=images)
        int8.save("int8.tflite")
        print(int8)

    Args:
        model: the float model.
        mode: "float16" (half the size), "dynamic" (int8 weights), "int8" and "int16x8" (integers, and floats for what has no
            integer form), "int8-only" and "int16x8-only" (integers or an error).
        data: representative samples, which the modes with integer activations take.
        io: the type of inputs and outputs: "float32", "int8", "uint8" or "int16".
        calibrator: how ranges follow from samples: "min-max", "headroom", "moving-average", "percentile", "mse" or "entropy"; without it the best of them.
        keep_float: ops that stay float: by name ("SOFTMAX"), by output ("block_1/*") or by index ("#12").
        int16: ops with int16 activations in an int8 mode, named in the same way; `keep_float` goes before it.
        recipe: all of this as `demilite quantize --write-recipe` writes it, or as the rules of ai-edge-quantizer; instead of the
            arguments before it.

    Raises:
        ValueError: for a model that has no such form, with what would help.
    """
    if recipe is None:
        rules = [{"nodes": pattern, "form": "int16"} for pattern in int16]
        rules += [{"nodes": pattern, "form": "float"} for pattern in keep_float]
        given = {"mode": mode, "io": io, "calibrator": calibrator, "rules": rules}
        recipe = {name: value for name, value in given.items() if value is not None}
    elif io or calibrator or keep_float or int16:
        raise ValueError("a recipe says what io, calibrator, keep_float and int16 would")
    samples = None if data is None else _samples(data)
    content, report, text = _native.quantize(_source(model), json.dumps(recipe), samples)
    return Quantized(content, json.loads(report), text)


def evaluate(
    models: Mapping[str, Model],
    data: Iterable[Any],
    labels: Optional[Iterable[int]] = None,
    *,
    delegate: str = "cpu",
) -> dict[str, Any]:
    """Runs models on the same samples: how near each is to the first, and with labels, how often it is right.

        report = demilite.evaluate({"float": "model.tflite", "int8": "int8.tflite"}, data=images, labels=classes)
        for model in report["subjects"]:
            print(model["name"], model["score"], model["likeness"])

    Args:
        models: the models by names of your own; the first is the one that others are compared with.
        data: samples, as the first model takes them. Quantized inputs take floats too.
        labels: the class of each sample.
        delegate: who runs them: "auto", "gpu", "cpu" or "reference".

    Raises:
        ValueError: for samples that do not fit, with the model and the sample.
    """
    subjects = [(name, _source(model), delegate) for name, model in models.items()]
    classes = None if labels is None else [int(label) for label in labels]
    return dict(json.loads(_native.evaluate(subjects, _samples(data), classes)))


def debug(model: Model, quantized: Model, data: Iterable[Any], *, suggest: int = 0) -> dict[str, Any]:
    """Says what each op of a quantized model loses, the worst first.

        for layer in demilite.debug("model.tflite", "int8.tflite", data=images)["layers"][:5]:
            print(layer["node"], layer["rmse_over_scale"])

    Args:
        model: the float model.
        quantized: a quantized form of it.
        data: samples, as the float model takes them.
        suggest: how many of the worst ops to try as floats; `suggestions` then says what that brings back.

    Raises:
        ValueError: for models whose ops do not belong together, and samples that do not fit.
    """
    report, suggestions = _native.debug(_source(model), _source(quantized), _samples(data), suggest)
    found = dict(json.loads(report))
    if suggestions is not None:
        found["suggestions"] = json.loads(suggestions)
    return found


def _source(model: Model) -> Union[str, bytes]:
    return bytes(model) if isinstance(model, (bytes, bytearray, memoryview)) else os.fspath(model)


def _samples(data: Iterable[Any]) -> list[Any]:
    """Samples as the native module takes them."""
    return [_inputs(sample) for sample in data]


def _inputs(sample: Any) -> Any:
    if isinstance(sample, Mapping):
        return {str(name): _tensor(value) for name, value in sample.items()}
    if isinstance(sample, (list, tuple)):
        return [_tensor(value) for value in sample]
    return [_tensor(sample)]


def _tensor(value: Any) -> tuple[str, list[int], bytes]:
    """Type, extents and elements of an array."""
    array = numpy.asarray(value)
    return array.dtype.name, list(array.shape), array.tobytes()
