"""A `.tflite` network as ONNX with the same weights.

Floats stay floats, float16 weights become float32. Integers of 8 bits become QuantizeLinear and
DequantizeLinear around operators of floats, which runtimes fuse into operators of integers as far
as they have them. What layers hand on is uint8 where it was int8, with zero points that are 128
greater: products of uint8 and int8 are what runtimes have kernels for on x86. The output is float,
and probabilities are not rounded to integers at the end. Images are turned to NCHW at the input,
and not between layers.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from graph import NotConverted, same_padding
from onnx import helper
from onnx_graph import TO_NCHW, TO_NHWC, unsigned
from onnx_moves import Moves

OPSET, IR_VERSION = 17, 8
# The axes of weights as ONNX has them, in the order of the file.
WEIGHTS = {
    "CONV_2D": TO_NCHW,
    "DEPTHWISE_CONV_2D": (3, 0, 1, 2),
    "TRANSPOSE_CONV": (3, 0, 1, 2),
    "FULLY_CONNECTED": (0, 1),
}
ACTIVATIONS = {
    "NONE": (-np.inf, np.inf),
    "RELU": (0, np.inf),
    "RELU6": (0, 6),
    "RELU_N1_TO_1": (-1, 1),
}
BINARY = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "DIV": "Div",
    "MAXIMUM": "Max",
    "MINIMUM": "Min",
}
UNARY = {"LOGISTIC": "Sigmoid", "TANH": "Tanh", "HARD_SWISH": "HardSwish"}


class Conversion(Moves):
    """A graph on its way, op by op."""

    def clamped(self, output: int, real: str, bounds: tuple[float, float]) -> str:
        """Reals between bounds; those that the integers of the output keep anyway are left out."""
        if self.is_quantized(output):
            details, range_ = self.graph.quantization(output), np.iinfo(self.graph.dtype(output))
            integers = np.rint(np.array(bounds) / details.scale[0]) + details.zeroPoint[0]
            if integers[0] <= range_.min and integers[1] >= range_.max:
                return real
        if bounds == ACTIVATIONS["NONE"]:
            return real
        if bounds == ACTIVATIONS["RELU"]:
            return self.node("Relu", [real])
        return self.node("Clip", [real, *(self.values(np.float32(bound)) for bound in bounds)])

    def activated(self, op: schema.OperatorT, real: str) -> None:
        """What an op gives after its activation."""
        chosen = getattr(op.builtinOptions, "fusedActivationFunction", 0)
        names = {value: name for name, value in vars(schema.ActivationFunctionType).items()}
        if names[chosen] not in ACTIVATIONS:
            raise NotConverted(f"the activation {names[chosen]}")
        output = op.outputs[0]
        self.put(output, self.clamped(output, real, ACTIVATIONS[names[chosen]]))

    def window(self, op: schema.OperatorT, extents: Sequence[int]) -> dict:
        """The strides, and the padding of the layer or of the PAD before it."""
        options, source = op.builtinOptions, op.inputs[0]
        strides = (options.strideH, options.strideW)
        dilations = [getattr(options, f"dilation{way}Factor", 1) for way in "HW"]
        pairs = np.zeros((2, 2), int)
        if source in self.paddings:
            if options.padding == schema.Padding.SAME:
                raise NotConverted("PAD in front of a padded layer")
            pairs = self.paddings[source][1:3]
        elif options.padding == schema.Padding.SAME:
            sides = zip(self.extents(source)[2:], extents, strides, dilations, strict=True)
            pairs = np.array([same_padding(*side) for side in sides])
        attributes = {"kernel_shape": extents, "strides": strides, "pads": pairs.T.ravel().tolist()}
        return attributes | ({"dilations": dilations} if max(dilations) > 1 else {})

    def weighted(self, op: schema.OperatorT, kind: str) -> None:
        """A layer with weights."""
        source, tensor = op.inputs[:2]
        shape = self.graph.shape(tensor)
        if self.graph.constant(tensor) is None:
            raise NotConverted(f"{kind} without constant weights")
        if self.graph.dtype(tensor).kind != "f" and not self.is_quantized(source):
            raise NotConverted("a layer of floats with integer weights")
        inputs = [self.real(source), self.weights(tensor, WEIGHTS[kind])]
        if len(op.inputs) > 2 and op.inputs[2] >= 0:
            inputs.append(self.weights(op.inputs[2], [0]))
        if kind == "FULLY_CONNECTED":
            if len(self.graph.shape(source)) != 2:
                rows = self.reshaped(source, [-1, shape[1]])
                inputs[0] = self.dequantized(source, rows)
            real = self.node("Gemm", inputs, transB=1)
        else:
            channels = self.extents(source)[1]
            group = channels if kind == "DEPTHWISE_CONV_2D" else channels // shape[3]
            real = self.node("Conv", inputs, group=group, **self.window(op, shape[1:3]))
        self.activated(op, real)

    def transpose_conv(self, op: schema.OperatorT, kind: str) -> None:
        """A convolution that spreads each element over a window."""
        _, tensor, source, *bias = op.inputs
        _, height, width, _ = self.graph.shape(tensor)
        options, (_, _, *extents) = op.builtinOptions, self.extents(op.outputs[0])
        strides = (options.strideH, options.strideW)
        pairs = np.zeros((2, 2), int)
        if options.padding == schema.Padding.SAME:
            sides = zip(extents, (height, width), strides, strict=True)
            pairs = np.array([same_padding(*side) for side in sides])
        inputs = [self.real(source), self.weights(tensor, WEIGHTS[kind])]
        inputs += [self.weights(each, [0]) for each in bias if each >= 0]
        pads = pairs.T.ravel().tolist()
        self.activated(op, self.node("ConvTranspose", inputs, strides=strides, pads=pads))

    def operand(self, tensor: int, rank: int) -> str:
        """What an operation place by place reads, with as many axes as its result."""
        values = self.graph.constant(tensor)
        if values is None:
            if len(self.graph.shape(tensor)) != rank:
                raise NotConverted("an operation place by place on other ranks")
            return self.real(tensor)
        values = values.reshape([1] * (rank - values.ndim) + list(values.shape))
        values = values.transpose(TO_NCHW) if rank == 4 else values
        if values.dtype.kind == "f":
            return self.values(np.float32(values))
        return self.dequantized(tensor, self.values(unsigned(values)))

    def arithmetic(self, op: schema.OperatorT, kind: str) -> None:
        """An operation on two tensors, place by place."""
        rank = len(self.graph.shape(op.outputs[0]))
        real = self.node(BINARY[kind], [self.operand(tensor, rank) for tensor in op.inputs])
        self.activated(op, real)

    def function(self, op: schema.OperatorT, kind: str) -> None:
        """A function of each element."""
        source, output = op.inputs[0], op.outputs[0]
        if kind in ACTIVATIONS:
            real = self.clamped(output, self.real(source), ACTIVATIONS[kind])
        elif kind == "LEAKY_RELU":
            real = self.node("LeakyRelu", [self.real(source)], alpha=op.builtinOptions.alpha)
        else:
            real = self.node(UNARY[kind], [self.real(source)])
        self.put(output, real)

    def pooled(self, op: schema.OperatorT, kind: str) -> None:
        """A pool; over a whole image, its mean."""
        options, source = op.builtinOptions, op.inputs[0]
        extents = [options.filterHeight, options.filterWidth]
        whole = extents == self.extents(source)[2:] and options.padding == schema.Padding.VALID
        if kind == "MAX_POOL_2D":
            real = self.node("MaxPool", [self.real(source)], **self.window(op, extents))
        elif whole:
            real = self.node("GlobalAveragePool", [self.real(source)])
        else:
            real = self.node("AveragePool", [self.real(source)], **self.window(op, extents))
        self.activated(op, real)

    def mean(self, op: schema.OperatorT, _: str) -> None:
        """The mean of a whole image."""
        source, output = op.inputs[0], op.outputs[0]
        axes = self.graph.constant(op.inputs[1])
        if len(self.graph.shape(source)) != 4 or sorted(np.ravel(axes) % 4) != [1, 2]:
            raise NotConverted("MEAN over other axes than rows and columns")
        self.put(output, self.node("GlobalAveragePool", [self.real(source)]))
        if not op.builtinOptions.keepDims:
            shape = self.values(np.int64(self.graph.shape(output)))
            self.stored[output] = self.node("Reshape", [self.stored[output], shape])

    def softmax(self, op: schema.OperatorT, _: str) -> None:
        """Probabilities of channels."""
        if op.builtinOptions.beta != 1:
            raise NotConverted("SOFTMAX with a beta")
        output = op.outputs[0]
        axis = 1 if len(self.graph.shape(output)) == 4 else -1
        real = self.node("Softmax", [self.real(op.inputs[0])], axis=axis)
        if set(self.graph.readers(output)) <= {"QUANTIZE", "DEQUANTIZE"}:
            # tract takes all between two quantizations of one shape for a function of each element.
            self.reals[output] = real
        else:
            self.put(output, real)

    def requantized(self, op: schema.OperatorT, _: str) -> None:
        """Reals as integers, integers as others, or as reals; a constant's reader expands it."""
        source, output = op.inputs[0], op.outputs[0]
        if self.graph.constant(source) is not None:
            return
        if source in self.stored:
            self.put(output, self.real(source))
        else:
            self.reals[output] = self.reals[source]

    def handler(self, kind: str) -> Callable[[schema.OperatorT, str], None]:
        """What converts ops of a kind."""
        handlers = {
            **dict.fromkeys(WEIGHTS, self.weighted),
            **dict.fromkeys(BINARY, self.arithmetic),
            **dict.fromkeys([*UNARY, *ACTIVATIONS, "LEAKY_RELU"], self.function),
            **dict.fromkeys(["AVERAGE_POOL_2D", "MAX_POOL_2D"], self.pooled),
            **dict.fromkeys(["PAD", "PADV2"], self.padded),
            **dict.fromkeys(["RESHAPE", "SQUEEZE", "EXPAND_DIMS"], self.moved),
            **dict.fromkeys(["QUANTIZE", "DEQUANTIZE"], self.requantized),
            "MEAN": self.mean,
            "CONCATENATION": self.concatenated,
            "TRANSPOSE": self.transposed,
            "SPLIT_V": self.split,
            "RESIZE_NEAREST_NEIGHBOR": self.enlarged,
            "TRANSPOSE_CONV": self.transpose_conv,
            "SOFTMAX": self.softmax,
        }
        if kind not in handlers:
            raise NotConverted(kind)
        return handlers[kind]

    def convert(self) -> onnx.ModelProto:
        """The whole network."""
        inputs, outputs = [], []
        for number, tensor in enumerate(self.graph.inputs):
            name, shape = f"input{number}", self.graph.shape(tensor)
            dtype = unsigned(np.zeros(0, self.graph.dtype(tensor))).dtype
            kind = helper.np_dtype_to_tensor_dtype(dtype)
            inputs.append(helper.make_tensor_value_info(name, kind, shape))
            image = len(shape) == 4
            self.stored[tensor] = self.node("Transpose", [name], perm=TO_NCHW) if image else name
        for op in self.graph.operators:
            kind = self.graph.kind(op)
            self.handler(kind)(op, kind)
        for tensor in self.graph.outputs:
            name = self.real(tensor)
            if self.is_image(tensor):
                name = self.node("Transpose", [name], perm=TO_NHWC)
            shape = self.graph.shape(tensor)
            outputs.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))
        graph = helper.make_graph(self.nodes, "network", inputs, outputs, self.constants)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def convert(path: Path) -> onnx.ModelProto:
    """The network of a `.tflite` file."""
    model = Conversion(path).convert()
    onnx.checker.check_model(model, full_check=True)
    return model
