"""A float `.tflite` image classifier as an ncnn network with the same weights."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from graph import Graph, NotConverted, same_padding

PARAM_MAGIC = 7767517
FLOAT16_WEIGHTS, FLOAT32_WEIGHTS = 0x01306B47, 0
SAME_UPPER = -233
ACTIVATIONS = {
    schema.ActivationFunctionType.NONE: "",
    schema.ActivationFunctionType.RELU: "9=1",
    schema.ActivationFunctionType.RELU6: "9=3 -23310=2,0.0,6.0",
}
# What a batch of one and a row of channels make a mere change of shape.
RESHAPES = ("RESHAPE", "SQUEEZE", "DEQUANTIZE")


@dataclass
class Network:
    """Layers of a `.param` file and bytes of a `.bin` file."""

    layers: list[tuple[str, list[str], str, str]] = field(default_factory=list)
    weights: bytearray = field(default_factory=bytearray)
    output: str = ""

    def layer(self, kind: str, inputs: list[str], output: str, parameters: str = "") -> str:
        """Appends a layer, and gives the name of its output."""
        self.layers.append((kind, inputs, output, parameters))
        self.output = output
        return output

    def tagged(self, weights: np.ndarray) -> None:
        """Appends weights, float16 or float32, behind the word that says which."""
        tag = FLOAT16_WEIGHTS if weights.dtype == np.float16 else FLOAT32_WEIGHTS
        stored = weights.tobytes()
        self.weights += np.uint32(tag).tobytes() + stored + bytes(-len(stored) % 4)

    def floats(self, values: np.ndarray) -> None:
        """Appends values that are stored as float32."""
        self.weights += values.astype(np.float32).tobytes()

    def lines(self) -> list[str]:
        """The layers, with a `Split` behind each output that several layers read."""
        readers = Counter(name for _, inputs, _, _ in self.layers for name in inputs)
        read: Counter[str] = Counter()
        lines, blobs = [], 0

        def taken(name: str) -> str:
            if readers[name] < 2:
                return name
            read[name] += 1
            return f"{name}_{read[name]}"

        for number, (kind, inputs, output, parameters) in enumerate(self.layers):
            names = " ".join([*map(taken, inputs), output])
            lines.append(f"{kind} layer{number} {len(inputs)} 1 {names} {parameters}")
            blobs += 1
            if (count := readers[output]) > 1:
                copies = " ".join(f"{output}_{copy + 1}" for copy in range(count))
                lines.append(f"Split split{number} 1 {count} {output} {copies}")
                blobs += count
        return [str(PARAM_MAGIC), f"{len(lines)} {blobs}", *lines]

    def write(self, folder: Path) -> tuple[str, str]:
        """Writes both files, and gives their names."""
        param, weights = folder / "network.param", folder / "network.bin"
        param.write_text("\n".join(self.lines()) + "\n")
        weights.write_bytes(self.weights)
        return str(param), str(weights)


class Conversion:
    """A graph on its way: what became of its tensors so far."""

    def __init__(self, path: Path):
        self.graph = Graph(path)
        self.network = Network()
        self.blobs: dict[int, str] = {}
        self.paddings: dict[int, np.ndarray] = {}
        # ncnn scales and shifts in one layer what are two ops here.
        self.scales: dict[int, np.ndarray] = {}

    def activated(self, output: int, activation: int, blob: str) -> None:
        """Appends the layer of an activation that no other layer computes."""
        kinds = {
            schema.ActivationFunctionType.RELU: ("ReLU", ""),
            schema.ActivationFunctionType.RELU6: ("Clip", "0=0.0 1=6.0"),
        }
        if activation in kinds:
            kind, parameters = kinds[activation]
            blob = self.network.layer(kind, [blob], f"{blob}_active", parameters)
        self.blobs[output] = blob

    def window(self, options: object, source: int) -> str:
        """The strides, and the padding of the layer or of the PAD before it."""
        strides = f"3={options.strideW} 13={options.strideH}"
        if (padding := self.paddings.get(source)) is not None:
            (top, bottom), (left, right) = padding[1:3]
            return f"{strides} 4={left} 14={top} 15={right} 16={bottom}"
        same = options.padding == schema.Padding.SAME
        return f"{strides} 4={SAME_UPPER if same else 0}"

    def weighted(self, kind: str, op: schema.OperatorT, output: int) -> None:
        """A layer with weights."""
        options, source = op.builtinOptions, op.inputs[0]
        weights = self.graph.constant(op.inputs[1])
        if weights.dtype.kind != "f":
            raise NotConverted("a layer with integer weights")
        channels = self.graph.shape(output)[-1]
        bias = self.graph.constant(op.inputs[2]) if len(op.inputs) > 2 else None
        bias = np.zeros(channels) if bias is None else bias
        parameters = f"0={channels} {ACTIVATIONS[options.fusedActivationFunction]} "
        if kind == "FULLY_CONNECTED":
            layer, parameters = "InnerProduct", parameters + f"1=1 2={weights.size}"
        else:
            _, height, width, _ = weights.shape
            extents = f"1={width} 11={height} {self.window(options, source)} 5=1 6={weights.size}"
            layer, parameters = "Convolution", parameters + extents
            if kind == "CONV_2D":
                weights = weights.transpose(0, 3, 1, 2)
            else:
                weights = weights.transpose(3, 0, 1, 2)
                layer, parameters = "ConvolutionDepthWise", f"{parameters} 7={channels}"
        blob = self.network.layer(layer, [self.blobs[source]], f"t{output}", parameters)
        self.network.tagged(weights)
        self.network.floats(bias)
        self.blobs[output] = blob

    def arithmetic(self, kind: str, op: schema.OperatorT, output: int) -> None:
        """A sum of two tensors, or a factor and a summand for each channel."""
        activation = op.builtinOptions.fusedActivationFunction
        left, right = op.inputs
        values = self.graph.constant(right)
        if values is None and kind == "ADD":
            inputs = [self.blobs[left], self.blobs[right]]
            blob = self.network.layer("BinaryOp", inputs, f"t{output}", "0=0")
            return self.activated(output, activation, blob)
        if values is None:
            raise NotConverted(f"{kind} of two tensors")
        if kind == "MUL" and self.graph.readers(output) == ["ADD"]:
            self.scales[output] = values.ravel()
            self.blobs[output] = self.blobs[left]
            return None
        factors = self.scales.get(left, np.ones(values.size))
        summands = values.ravel()
        if kind == "MUL":
            factors, summands = summands, np.zeros(values.size)
        blob = self.network.layer("Scale", [self.blobs[left]], f"t{output}", f"0={values.size} 1=1")
        self.network.floats(factors)
        self.network.floats(summands)
        return self.activated(output, activation, blob)

    def mean(self, op: schema.OperatorT, output: int) -> None:
        """The mean of a whole image."""
        channels = self.graph.shape(output)[-1]
        blob = self.network.layer("Pooling", [self.blobs[op.inputs[0]]], f"t{output}", "0=1 4=1")
        # A mean over an image is a row of channels; a convolution behind it reads an image.
        image = f"0=1 1=1 2={channels}"
        self.blobs[output] = self.network.layer("Reshape", [blob], f"{blob}_image", image)

    def pooled(self, kind: str, op: schema.OperatorT, output: int) -> None:
        """A pool."""
        options, (_, *extents, _) = op.builtinOptions, self.graph.shape(op.inputs[0])
        average = kind == "AVERAGE_POOL_2D"
        if average and extents == [options.filterHeight, options.filterWidth]:
            return self.mean(op, output)
        parameters = (
            f"0={int(average)} 1={options.filterWidth} 11={options.filterHeight} "
            f"2={options.strideW} 12={options.strideH} 5=1"
        )
        if options.padding == schema.Padding.SAME:
            # Under ncnn's own SAME, means count what is padded.
            top, bottom = same_padding(extents[0], options.filterHeight, options.strideH)
            left, right = same_padding(extents[1], options.filterWidth, options.strideW)
            parameters += f" 13={top} 15={bottom} 3={left} 14={right}"
        source = self.blobs[op.inputs[0]]
        blob = self.network.layer("Pooling", [source], f"t{output}", parameters)
        return self.activated(output, options.fusedActivationFunction, blob)

    def concatenated(self, op: schema.OperatorT, output: int) -> None:
        """Images one behind the other along their channels."""
        if op.builtinOptions.axis % 4 != 3 or len(self.graph.shape(output)) != 4:
            raise NotConverted("CONCATENATION of other things than channels")
        inputs = [self.blobs[each] for each in op.inputs]
        blob = self.network.layer("Concat", inputs, f"t{output}", "0=0")
        self.activated(output, op.builtinOptions.fusedActivationFunction, blob)

    def padded(self, op: schema.OperatorT, output: int) -> None:
        """A PAD, which convolutions take up."""
        source, padding = op.inputs[0], self.graph.constant(op.inputs[1])
        if set(self.graph.readers(output)) <= {"CONV_2D", "DEPTHWISE_CONV_2D"}:
            self.paddings[output] = padding
            self.blobs[output] = self.blobs[source]
        else:
            (top, bottom), (left, right) = padding[1:3]
            parameters = f"0={top} 1={bottom} 2={left} 3={right} 4=0 5=0.0"
            blob = self.network.layer("Padding", [self.blobs[source]], f"t{output}", parameters)
            self.blobs[output] = blob

    def convert(self) -> Network:
        """The whole network."""
        source = self.graph.inputs[0]
        if len(self.graph.shape(source)) != 4:
            raise NotConverted("an input that is no image")
        _, height, width, channels = self.graph.shape(source)
        extents = f"0={width} 1={height} 2={channels}"
        self.blobs[source] = self.network.layer("Input", [], "input", extents)
        for op in self.graph.operators:
            kind, output = self.graph.kind(op), op.outputs[0]
            if kind in RESHAPES:
                if op.inputs[0] in self.blobs:
                    self.blobs[output] = self.blobs[op.inputs[0]]
            elif kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
                self.weighted(kind, op, output)
            elif kind in ("ADD", "MUL"):
                self.arithmetic(kind, op, output)
            elif kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
                self.pooled(kind, op, output)
            elif kind == "MEAN":
                self.mean(op, output)
            elif kind == "CONCATENATION":
                self.concatenated(op, output)
            elif kind in ("PAD", "PADV2"):
                self.padded(op, output)
            elif kind == "SOFTMAX":
                extents = f"0={self.graph.shape(output)[-1]}"
                row = self.network.layer("Reshape", [self.blobs[op.inputs[0]]], "row", extents)
                self.blobs[output] = self.network.layer("Softmax", [row], f"t{output}", "0=0")
            else:
                raise NotConverted(kind)
        return self.network


def convert(path: Path) -> Network:
    """The network of a `.tflite` file of floats."""
    return Conversion(path).convert()
