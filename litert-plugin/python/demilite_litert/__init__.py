"""demilite as a delegate of LiteRT, tflite-runtime and TensorFlow Lite.

    import demilite_litert
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter("model.tflite", experimental_delegates=[demilite_litert.delegate(backend="gpu")])
"""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import Any

__all__ = ["delegate", "library"]

_RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite.python.interpreter")


def library() -> pathlib.Path:
    """The file of the delegate's library, for `load_delegate` or C++.

    Raises:
        FileNotFoundError: where the package was installed without it.
    """
    folder = pathlib.Path(__file__).parent
    for name in ("libdemilite_litert.so", "libdemilite_litert.dylib", "demilite_litert.dll"):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{folder} has no library: build the wheel anew")


def delegate(**options: Any) -> Any:
    """A delegate for the `experimental_delegates` of an interpreter.

    It is of the runtime that is imported already, else of the first that is installed: LiteRT, tflite-runtime, TensorFlow.

    Args:
        backend: "gpu", "cpu", "reference", or "auto": the GPU where there is one, else the fast CPU delegate.
        precision: floats of the GPU: "f32", "f16" or "auto".
        threads: threads of the CPU; one for each core without it.
        adapter: the GPU's index, or a part of its name.
        pipeline_cache: a folder for compiled pipelines and measured kernels, which nobody else can write to.
        tune: whether the GPU's kernels are measured when a graph is compiled: "off", "quick" or "full".
        allow: names of the only ops that it may run, such as ["CONV_2D"].
        deny: names of ops that it may not run.
        min_nodes_per_partition: nodes that a partition has at least.
        max_partitions: partitions of a graph at most, the largest first.
        strict: whether a node that stays with the runtime is an error.
        log: what is said on the standard error: "off", "graphs" or "nodes".

    Raises:
        ImportError: where no runtime is installed.
        ValueError: for an option or a value that there is not, and where the backend is not to be had.
    """
    return _runtime().load_delegate(str(library()), {name: _text(value) for name, value in options.items()})


def _text(value: Any) -> str:
    """An option's value as the library takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(map(str, value))
    return str(value)


def _runtime() -> Any:
    """The module of the runtime."""
    for name in _RUNTIMES:
        if name in sys.modules:
            return sys.modules[name]
    for name in _RUNTIMES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError("no runtime is installed: pip install ai-edge-litert")
