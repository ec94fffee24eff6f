"""A model file with one input and one output, and whether two runtimes agree about it."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter


@dataclass
class Port:
    """An input or output: its extents, type, scale and zero point."""

    shape: np.ndarray
    dtype: type
    scale: float
    zero_point: int

    @classmethod
    def of(cls, details: dict) -> "Port":
        """The one that LiteRT describes so."""
        scale, zero_point = details["quantization"]
        return cls(details["shape"], details["dtype"], scale or 1.0, zero_point)

    def stored(self, reals: np.ndarray) -> np.ndarray:
        """Reals as the model takes them."""
        if self.dtype == np.float32:
            return np.ascontiguousarray(reals, np.float32)
        bounds = np.iinfo(self.dtype)
        integers = np.rint(reals / self.scale) + self.zero_point
        return np.clip(integers, bounds.min, bounds.max).astype(self.dtype)

    def reals(self, stored: np.ndarray) -> np.ndarray:
        """What the model gives, as reals."""
        return (stored.astype(np.float32) - self.zero_point) * self.scale


class Network:
    """A model file, its input and its output."""

    def __init__(self, path: Path):
        interpreter = Interpreter(str(path))
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ValueError("not one input and one output")
        self.path = path
        self.input, self.output = Port.of(inputs[0]), Port.of(outputs[0])

    def image(self) -> np.ndarray:
        """A smooth image with values from -1 to 1, as `[height, width, channels]`."""
        if len(self.input.shape) != 4:
            raise ValueError("the input is no image")
        rows, columns, channels = np.indices(self.input.shape[1:])
        return (np.sin(rows / 17 + channels) * np.cos(columns / 23)).astype(np.float32)

    def sample(self) -> np.ndarray:
        """The image as the model takes it; a sine for a model that takes none."""
        shape = self.input.shape
        reals = self.image() if len(shape) == 4 else np.sin(np.arange(np.prod(shape)) / 17)
        return self.input.stored(reals.reshape(shape))

    def answer(self, binary: Path, delegate: str) -> np.ndarray:
        """What demilite gives for the sample on one of its delegates, as reals."""
        with tempfile.TemporaryDirectory() as folder:
            inputs, outputs = Path(folder) / "in.npz", Path(folder) / "out.npz"
            np.savez(inputs, in0=self.sample())
            command = [binary, "run", self.path, "--inputs", inputs, "--outputs", outputs]
            command += ["--delegate", delegate]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr.strip().splitlines()[0])
            return self.output.reals(np.load(outputs)["out0"].ravel())


def agrees(name: str, worst: float, bound: float) -> bool:
    """Whether outputs lie as near to demilite's as they must; how near they lie is said."""
    print(f"{name}: greatest difference from demilite's output {worst:.5f}", file=sys.stderr)
    if not worst <= bound:
        print(f"{name} does not compute the same network", file=sys.stderr)
    return worst <= bound
