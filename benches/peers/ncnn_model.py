"""A float16 `.tflite` classifier of the MobileNet v1 kind as an ncnn network with the same weights."""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

PARAM_MAGIC = 7767517
FLOAT16_WEIGHTS = 0x01306B47
SAME_UPPER = -233
CLIP = 3


class Network:
    """Lines of a `.param` file and bytes of a `.bin` file."""

    def __init__(self, height: int, width: int, channels: int):
        self.lines = [f"Input input 0 1 blob0 0={width} 1={height} 2={channels}"]
        self.weights = bytearray()

    def layer(self, kind: str, parameters: str) -> None:
        """Appends a layer that reads the one before it."""
        number = len(self.lines)
        self.lines.append(f"{kind} layer{number} 1 1 blob{number - 1} blob{number} {parameters}")

    def constants(self, weights: np.ndarray, bias: np.ndarray) -> None:
        """Appends float16 weights and a float32 bias."""
        halves = weights.astype(np.float16).tobytes()
        self.weights += np.uint32(FLOAT16_WEIGHTS).tobytes() + halves + bytes(-len(halves) % 4)
        self.weights += bias.astype(np.float32).tobytes()

    def write(self, folder: Path) -> tuple[str, str]:
        """Writes both files, and gives their names."""
        param, weights = folder / "network.param", folder / "network.bin"
        head = f"{PARAM_MAGIC}\n{len(self.lines)} {len(self.lines)}\n"
        param.write_text(head + "\n".join(self.lines) + "\n")
        weights.write_bytes(self.weights)
        return str(param), str(weights)

    @property
    def output(self) -> str:
        """The name of the last blob."""
        return f"blob{len(self.lines) - 1}"


def convert(model: Path) -> Network:
    """The network of a `.tflite` file whose ops stand in a row."""
    interpreter = Interpreter(
        str(model),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    interpreter.invoke()
    shape = {each["index"]: each["shape"] for each in interpreter.get_tensor_details()}
    ops = interpreter._get_ops_details()  # noqa: SLF001: the only way to a graph's ops
    network = Network(*shape[interpreter.get_input_details()[0]["index"]][1:])
    convolutions = [op for op in ops if op["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    for op in ops:
        kind, inputs, outputs = op["op_name"], op["inputs"], op["outputs"]
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            filter_shape = shape[inputs[1]]
            stride = -(-shape[inputs[0]][1] // shape[outputs[0]][1])
            weights, bias = (interpreter.get_tensor(index) for index in inputs[1:3])
            channels = shape[outputs[0]][3]
            clip = f" 9={CLIP} -23310=2,0.0,6.0" if op is not convolutions[-1] else ""
            extents = (
                f"0={channels} 1={filter_shape[2]} 11={filter_shape[1]} 3={stride} "
                f"4={SAME_UPPER} 5=1 6={weights.size}"
            )
            if kind == "CONV_2D":
                network.layer("Convolution", extents + clip)
                network.constants(weights.transpose(0, 3, 1, 2), bias)
            else:
                network.layer("ConvolutionDepthWise", f"{extents} 7={channels}{clip}")
                network.constants(weights.transpose(3, 0, 1, 2), bias)
        elif kind == "AVERAGE_POOL_2D":
            network.layer("Pooling", "0=1 4=1")
            network.layer("Reshape", f"0=1 1=1 2={shape[outputs[0]][3]}")
        elif kind == "SOFTMAX":
            network.layer("Reshape", f"0={shape[outputs[0]][-1]}")
            network.layer("Softmax", "0=0")
        elif kind not in ("DEQUANTIZE", "RESHAPE", "SQUEEZE"):
            raise SystemExit(f"{model}: {kind} is not an op of MobileNet v1")
    return network
