"""The dictionaries in which LiteRT's interpreter describes tensors and ops."""

from __future__ import annotations

from typing import Any, Optional

import numpy

from demilite import _native

__all__ = ["op_details", "tensor_details"]


def tensor_details(index: int, tensor: _native.TensorDetails, compresses_zero_points: bool = False) -> dict[str, Any]:
    """What `get_tensor_details` says of a tensor."""
    zero_points = tensor.zero_points
    if compresses_zero_points and len(set(zero_points)) == 1:
        zero_points = zero_points[:1]
    has_one_scale = len(tensor.scales) == 1 and len(tensor.zero_points) <= 1
    zero_point = tensor.zero_points[0] if tensor.zero_points else 0
    return {
        "name": tensor.name,
        "index": index,
        "shape": _int32(tensor.shape),
        "shape_signature": _int32(tensor.shape_signature),
        "dtype": getattr(numpy, tensor.dtype),
        "quantization": (tensor.scales[0], zero_point) if has_one_scale else (0.0, 0),
        "quantization_parameters": {
            "scales": numpy.array(tensor.scales, dtype=numpy.float32),
            "zero_points": _int32(zero_points),
            "quantized_dimension": tensor.quantized_dimension,
            "block_size": tensor.block_size,
        },
        "sparsity_parameters": _sparsity(tensor.sparsity),
    }


def _sparsity(sparsity: Optional[dict[str, Any]]) -> dict[str, Any]:
    """How a constant is stored without its zeros; empty for a dense tensor."""
    if sparsity is None:
        return {}
    parameters = {"traversal_order": _int32(sparsity["traversal_order"])}
    if sparsity["block_map"]:
        parameters["block_map"] = _int32(sparsity["block_map"])
    dimensions: list[dict[str, Any]] = []
    for size, segments, indices in sparsity["dimensions"]:
        if size is not None:
            dimensions.append({"format": 0, "dense_size": size})
        else:
            dimensions.append({"format": 1, "array_segments": _int32(segments), "array_indices": _int32(indices)})
    return {**parameters, "dim_metadata": dimensions}


def op_details(index: int, node: _native.NodeDetails, dtypes: list[Any]) -> dict[str, Any]:
    """What `_get_ops_details` says of a node, by the types of all tensors."""
    return {
        "index": index,
        "op_name": node.op_name,
        "inputs": _int32(node.inputs),
        "outputs": _int32(node.outputs),
        "operand_types": [dtypes[tensor] for tensor in node.inputs if tensor != -1],
        "result_types": [dtypes[tensor] for tensor in node.outputs],
    }


def _int32(numbers: list[int]) -> numpy.ndarray:
    return numpy.array(numbers, dtype=numpy.int32)
