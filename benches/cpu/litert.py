"""LiteRT's interpreter with a clock around it."""

import os
import re
import tempfile
from pathlib import Path

import clock
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType, load_delegate

RESOLVERS = {
    "default": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}


class Runner:
    """A model in an interpreter: `default` has XNNPACK, `builtin` LiteRT's own optimized kernels, `reference` its slow ones."""

    def __init__(self, model: Path, kind: str, threads: int, delegates: tuple = ()) -> None:
        self.interpreter = Interpreter(
            str(model),
            num_threads=threads,
            experimental_op_resolver_type=RESOLVERS[kind],
            experimental_delegates=list(delegates),
        )
        self.interpreter.allocate_tensors()
        random = np.random.default_rng(0)
        for detail in self.interpreter.get_input_details():
            self.interpreter.set_tensor(detail["index"], feed(detail, random))
        self.interpreter.invoke()

    def milliseconds(self, runs: int, seconds: float, statistic: str) -> float:
        """The median or the least of as many inferences, or of as many as fit into the time."""
        return clock.milliseconds(self.interpreter.invoke, runs, seconds, statistic)


class Delegated(Runner):
    """A model in an interpreter with demilite as its delegate, and `left`, the number of nodes that the delegate leaves."""

    def __init__(self, model: Path, library: Path, threads: int) -> None:
        options = {"backend": "cpu", "threads": threads, "log": "graphs"}
        kept = os.dup(2)
        with tempfile.TemporaryFile() as said:
            os.dup2(said.fileno(), 2)
            try:
                super().__init__(model, "reference", threads, (load_delegate(str(library), options),))
            finally:
                os.dup2(kept, 2)
                os.close(kept)
            said.seek(0)
            counts = re.findall(rb"demilite: (\d+) of (\d+) nodes run on", said.read())
        self.left = str(sum(int(nodes) - int(claimed) for claimed, nodes in counts))


def feed(detail: dict, random: np.random.Generator) -> np.ndarray:
    """Values for an input: floats from -1 to 1, integers that most models take."""
    dtype, shape = np.dtype(detail["dtype"]), detail["shape"]
    if dtype.kind == "f":
        return random.uniform(-1, 1, shape).astype(dtype)
    if dtype.kind == "b":
        return np.ones(shape, dtype)
    if dtype.itemsize <= 2:
        limits = np.iinfo(dtype)
        return random.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return np.ones(shape, dtype)
