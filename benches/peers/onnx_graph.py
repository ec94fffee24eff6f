"""An ONNX graph on its way: what in it stands for the tensors of a `.tflite` graph."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from graph import Graph, NotConverted
from onnx import helper, numpy_helper

TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


def unsigned(values: np.ndarray) -> np.ndarray:
    """Activations as the network holds them: int8 as uint8."""
    return (values.astype(np.int16) + 128).astype(np.uint8) if values.dtype == np.int8 else values


class OnnxGraph:
    """The nodes and constants so far, and the names of what stands for each tensor."""

    def __init__(self, path: Path):
        self.graph = Graph(path)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        # The elements as they are stored, and as reals, which for floats are the same.
        self.stored: dict[int, str] = {}
        self.reals: dict[int, str] = {}

    def node(self, kind: str, inputs: Sequence[str], **attributes: object) -> str:
        """Appends a node, and gives the name of its output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def values(self, values: np.ndarray) -> str:
        """Appends a constant."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def extents(self, tensor: int) -> list[int]:
        """The shape of a tensor, that of an image as NCHW."""
        shape = self.graph.shape(tensor)
        return [shape[axis] for axis in TO_NCHW] if len(shape) == 4 else shape

    def is_image(self, tensor: int) -> bool:
        """Whether turning a tensor to NCHW moves its elements."""
        shape = self.graph.shape(tensor)
        return len(shape) == 4 and shape[1] * shape[2] > 1 and shape[3] > 1

    def zero_point(self, tensor: int) -> np.ndarray:
        """The zero point of an activation."""
        details, dtype = self.graph.quantization(tensor), self.graph.dtype(tensor)
        return unsigned(np.asarray(details.zeroPoint[0], dtype))

    def scales(self, tensor: int) -> list[str]:
        """The constants that quantize an activation."""
        scale = np.float32(self.graph.quantization(tensor).scale[0])
        return [self.values(scale), self.values(self.zero_point(tensor))]

    def is_quantized(self, tensor: int) -> bool:
        """Whether a tensor has integers of 8 bits that stand for reals."""
        dtype = self.graph.dtype(tensor)
        if dtype.kind == "f":
            return False
        if dtype.itemsize > 1 or self.graph.quantization(tensor) is None:
            raise NotConverted(f"an activation of {dtype}")
        return True

    def weights(self, tensor: int, axes: Sequence[int]) -> str:
        """Weights or a bias as reals, with their axes reordered."""
        values = self.graph.constant(tensor).transpose(axes)
        if values.dtype.kind == "f":
            return self.values(np.float32(values))
        details = self.graph.quantization(tensor)
        scale, zero_point = np.float32(details.scale), np.asarray(details.zeroPoint, values.dtype)
        if scale.size == 1:
            scale, zero_point = scale[0], zero_point[0]
        constants = [self.values(each) for each in (values, scale, zero_point)]
        axis = {"axis": axes.index(details.quantizedDimension)} if scale.size > 1 else {}
        return self.node("DequantizeLinear", constants, **axis)

    def dequantized(self, tensor: int, stored: str) -> str:
        """Elements of a tensor as reals."""
        if not self.is_quantized(tensor):
            return stored
        return self.node("DequantizeLinear", [stored, *self.scales(tensor)])

    def real(self, tensor: int) -> str:
        """An activation as reals."""
        if tensor not in self.reals:
            self.reals[tensor] = self.dequantized(tensor, self.stored[tensor])
        return self.reals[tensor]

    def put(self, tensor: int, real: str) -> None:
        """Stores reals as what a tensor is."""
        if self.is_quantized(tensor):
            real = self.node("QuantizeLinear", [real, *self.scales(tensor)])
        self.stored[tensor] = real
