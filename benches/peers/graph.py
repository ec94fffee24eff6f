"""The graph of a `.tflite` file, as those read it who write it in another format."""

from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

OP_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items()}
DTYPES = {
    schema.TensorType.FLOAT16: np.float16,
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.INT8: np.int8,
    schema.TensorType.UINT8: np.uint8,
    schema.TensorType.INT16: np.int16,
    schema.TensorType.INT32: np.int32,
    schema.TensorType.INT64: np.int64,
}


class NotConverted(Exception):
    """What of a graph has no counterpart in the other format."""

    def __init__(self, what: str):
        super().__init__(f"{what} is not converted")


class Graph:
    """The first graph of a file."""

    def __init__(self, path: Path):
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
        graph = self.model.subgraphs[0]
        self.tensors, self.operators = graph.tensors, graph.operators
        self.inputs, self.outputs = graph.inputs, graph.outputs

    def kind(self, op: schema.OperatorT) -> str:
        """The name of the op in the schema."""
        code = self.model.operatorCodes[op.opcodeIndex]
        return OP_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def shape(self, tensor: int) -> list[int]:
        """The extents of a tensor."""
        shape = self.tensors[tensor].shape
        return [] if shape is None else [int(extent) for extent in shape]

    def dtype(self, tensor: int) -> np.dtype:
        """The type of the elements."""
        dtype = DTYPES.get(self.tensors[tensor].type)
        if dtype is None:
            raise NotConverted(f"element type {self.tensors[tensor].type}")
        return np.dtype(dtype)

    def constant(self, tensor: int) -> np.ndarray | None:
        """The values of a constant, or of the float16 constant that a DEQUANTIZE expands."""
        for op in self.operators:
            if tensor in op.outputs and self.kind(op) == "DEQUANTIZE":
                return self.constant(op.inputs[0])
        details = self.tensors[tensor]
        data = self.model.buffers[details.buffer].data
        if data is None or len(data) == 0:
            return None
        return np.asarray(data, np.uint8).view(self.dtype(tensor)).reshape(self.shape(tensor))

    def readers(self, tensor: int) -> list[str]:
        """The names of the ops that read a tensor."""
        return [self.kind(op) for op in self.operators if tensor in op.inputs]

    def quantization(self, tensor: int) -> schema.QuantizationParametersT | None:
        """The scales and zero points of integers; nothing for others."""
        details = self.tensors[tensor].quantization
        return None if details is None or details.scale is None else details


def same_padding(extent: int, window: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What SAME adds before and after an extent."""
    reach = (window - 1) * dilation + 1
    total = max((-(-extent // stride) - 1) * stride + reach - extent, 0)
    return total // 2, total - total // 2
