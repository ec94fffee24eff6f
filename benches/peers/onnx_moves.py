"""Ops that move elements, as ONNX."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from graph import NotConverted
from onnx_graph import TO_NCHW, TO_NHWC, OnnxGraph, unsigned


class Moves(OnnxGraph):
    """The ops that move elements; a padding may be left to the convolutions behind it."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.paddings: dict[int, np.ndarray] = {}

    def axis(self, tensor: int, axis: int) -> int:
        """Where an axis of a tensor is in the ONNX graph."""
        rank = len(self.graph.shape(tensor))
        return TO_NCHW.index(axis % rank) if rank == 4 else axis % rank

    def padded(self, op: schema.OperatorT, _: str) -> None:
        """A padding, which convolutions take up."""
        source, output = op.inputs[0], op.outputs[0]
        pairs = self.graph.constant(op.inputs[1])
        around_images = len(op.inputs) == 2 and len(pairs) == 4 and not pairs[[0, 3]].any()
        if around_images and set(self.graph.readers(output)) <= {"CONV_2D", "DEPTHWISE_CONV_2D"}:
            self.paddings[output] = pairs
            self.stored[output] = self.stored[source]
            return
        if len(op.inputs) > 2:
            value = unsigned(self.graph.constant(op.inputs[2]).reshape(()))
        else:
            value = self.zero_point(source) if self.is_quantized(source) else np.float32(0)
        pairs = pairs[list(TO_NCHW)] if len(pairs) == 4 else pairs
        inputs = [self.stored[source], self.values(np.int64(pairs.T.ravel())), self.values(value)]
        self.stored[output] = self.node("Pad", inputs)

    def reshaped(self, source: int, shape: Sequence[int]) -> str:
        """The elements of a tensor in the order of NHWC, in another shape."""
        stored = self.stored[source]
        if self.is_image(source):
            stored = self.node("Transpose", [stored], perm=TO_NHWC)
        return self.node("Reshape", [stored, self.values(np.int64(shape))])

    def moved(self, op: schema.OperatorT, _: str) -> None:
        """A change of shape."""
        source, output = op.inputs[0], op.outputs[0]
        if self.is_image(output):
            stored = self.reshaped(source, self.graph.shape(output))
            self.stored[output] = self.node("Transpose", [stored], perm=TO_NCHW)
        else:
            self.stored[output] = self.reshaped(source, self.extents(output))

    def transposed(self, op: schema.OperatorT, _: str) -> None:
        """Axes in another order."""
        source, output = op.inputs[0], op.outputs[0]
        order = [int(axis) for axis in self.graph.constant(op.inputs[1])]
        if len(order) == 4:
            order = [self.axis(source, order[axis]) for axis in TO_NCHW]
        self.stored[output] = self.node("Transpose", [self.stored[source]], perm=order)

    def concatenated(self, op: schema.OperatorT, _: str) -> None:
        """Tensors one behind the other along an axis."""
        if op.builtinOptions.fusedActivationFunction:
            raise NotConverted("CONCATENATION with an activation")
        axis = self.axis(op.outputs[0], op.builtinOptions.axis)
        real = self.node("Concat", [self.real(each) for each in op.inputs], axis=axis)
        self.put(op.outputs[0], real)

    def split(self, op: schema.OperatorT, _: str) -> None:
        """Parts of a tensor along an axis."""
        source, sizes = op.inputs[0], self.graph.constant(op.inputs[1])
        axis = self.axis(source, int(self.graph.constant(op.inputs[2]).ravel()[0]))
        ends = np.cumsum(sizes)
        for output, begin, end in zip(op.outputs, ends - sizes, ends, strict=True):
            bounds = [self.values(np.int64([bound])) for bound in (begin, end, axis)]
            self.stored[output] = self.node("Slice", [self.stored[source], *bounds])

    def enlarged(self, op: schema.OperatorT, _: str) -> None:
        """An image whose elements are repeated."""
        source, output, options = op.inputs[0], op.outputs[0], op.builtinOptions
        if options.alignCorners or options.halfPixelCenters:
            raise NotConverted("RESIZE_NEAREST_NEIGHBOR between pixels")
        sizes = self.values(np.int64(self.extents(output)))
        modes = {
            "mode": "nearest",
            "nearest_mode": "floor",
            "coordinate_transformation_mode": "asymmetric",
        }
        self.stored[output] = self.node("Resize", [self.stored[source], "", "", sizes], **modes)
