"""The interpreter, with the calls of `ai_edge_litert.interpreter`."""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Optional, Union

import numpy

from demilite import _native
from demilite.details import op_details, tensor_details
from demilite.plan import NodePlan, NodeProfile, Plan

__all__ = ["Interpreter", "InterpreterWithCustomOps", "OpResolverType", "SignatureRunner", "load_delegate"]

_NO_DELEGATES = (
    "demilite loads no delegates of LiteRT: its own are chosen by `delegate`, one of \"auto\", \"gpu\", \"cpu\" and \"reference\""
)


@enum.unique
class OpResolverType(enum.Enum):
    """LiteRT's choice of kernels. `BUILTIN_REF` is the delegate "reference" here, the others are "auto"."""

    AUTO = 0
    BUILTIN = 1
    BUILTIN_REF = 2
    BUILTIN_WITHOUT_DEFAULT_DELEGATES = 3


def load_delegate(library: str, options: Optional[Mapping[str, Any]] = None) -> NoReturn:
    """LiteRT's way to a delegate, which there is none for here.

    Raises:
        ValueError: always, as LiteRT raises where a delegate is not to be had.
    """
    raise ValueError(f"Failed to load delegate from {library}\n{_NO_DELEGATES}")


class Interpreter:
    """Runs a `.tflite` model.

        interpreter = Interpreter("model.tflite")
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        interpreter.invoke()
        answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    Threads may share an interpreter: one call runs at a time, and `invoke` and `allocate_tensors` let other threads of Python run
    meanwhile. Work that takes several calls, such as setting inputs and invoking, is to be kept together by the threads
    themselves, or by a signature runner, which does all of it in one call.
    """

    def __init__(
        self,
        model_path: Optional[Union[str, os.PathLike[str]]] = None,
        model_content: Optional[bytes] = None,
        experimental_delegates: Optional[Sequence[Any]] = None,
        num_threads: Optional[int] = None,
        experimental_op_resolver_type: OpResolverType = OpResolverType.AUTO,
        experimental_preserve_all_tensors: bool = False,
        experimental_disable_delegate_clustering: bool = False,
        experimental_default_delegate_latest_features: bool = False,
        experimental_compress_quantization_zero_points: bool = False,
        experimental_disable_delegate_node_fusion: bool = False,
        experimental_force_delegate_node_profiling: bool = False,
        *,
        delegate: Optional[str] = None,
    ) -> None:
        """Reads a model.

        Args:
            model_path: a `.tflite` file.
            model_content: the bytes of one, instead.
            experimental_delegates: refused unless it is empty: see `delegate`.
            num_threads: threads of the CPU; one for each core without it.
            experimental_op_resolver_type: `BUILTIN_REF` is `delegate="reference"`; the others change nothing.
            experimental_preserve_all_tensors: whether `get_tensor` has intermediate tensors after `invoke`.
            experimental_disable_delegate_clustering: changes nothing: effects run in the order of the file anyway.
            experimental_default_delegate_latest_features: changes nothing.
            experimental_compress_quantization_zero_points: whether equal zero points of a tensor are listed once.
            experimental_disable_delegate_node_fusion: changes nothing: `profile` says which nodes are fused.
            experimental_force_delegate_node_profiling: changes nothing: `profile` measures nodes.
            delegate: "auto", the default: the GPU where there is one, then the CPU; "gpu": the GPU or an error, the CPU for what the
                GPU does not run; "cpu": the fast kernels of the CPU; "reference": those that are the specification.

        Raises:
            ValueError: where there is no model or not the delegate, and for arguments that there are not.
        """
        if experimental_delegates:
            raise ValueError(_NO_DELEGATES)
        resolver = experimental_op_resolver_type
        # LiteRT's own enum has these names too.
        if getattr(resolver, "name", None) not in OpResolverType.__members__:
            raise ValueError(f"Unrecognized passed in op resolver type: {resolver}")
        if num_threads is not None and not isinstance(num_threads, int):
            raise ValueError("type of num_threads should be int")
        if num_threads is not None and num_threads < 1:
            raise ValueError("num_threads should >= 1")
        if delegate is None:
            delegate = "reference" if resolver.name == "BUILTIN_REF" else "auto"
        options = (delegate, num_threads, bool(experimental_preserve_all_tensors))
        if model_path and model_content:
            raise ValueError("Can't both provide `model_path` and `model_content`")
        if model_path:
            self._native = _native.Interpreter.open(os.fspath(model_path), *options)
        elif model_content:
            self._native = _native.Interpreter.from_bytes(model_content, *options)
        else:
            raise ValueError("`model_path` or `model_content` must be specified.")
        self._compresses_zero_points = bool(experimental_compress_quantization_zero_points)
        # Held while arrays lie over the memory of tensors for a moment, so that no other thread invokes meanwhile.
        self._lock = threading.RLock()

    def allocate_tensors(self) -> None:
        """Compiles the model for the shapes of its inputs, and gives these memory.

        Raises:
            RuntimeError: where the model does not work out with these shapes, and while an array of `tensor` lives.
        """
        self._allocate(0)

    def invoke(self) -> None:
        """Runs the model on its inputs. Other threads of Python run meanwhile.

        Raises:
            RuntimeError: where tensors are not allocated, where a node fails, and while an array of `tensor` lives.
        """
        self._invoke(0)

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copies an array into an input.

        Args:
            tensor_index: the `index` of `get_input_details`.
            value: an array of the input's type and shape.

        Raises:
            ValueError: for another type or shape, and where tensors are not allocated.
        """
        self._set_tensor(tensor_index, value, 0)

    def get_tensor(self, tensor_index: int, subgraph_index: int = 0) -> numpy.ndarray:
        """A copy of a tensor: an input, an output, a constant or a variable, and with `experimental_preserve_all_tensors` any other.

        Args:
            tensor_index: the `index` of `get_output_details`.
            subgraph_index: the graph of the tensor.

        Raises:
            ValueError: for a tensor that there is not or that is not kept, and where tensors are not allocated.
        """
        index, graph = self._index(tensor_index, subgraph_index), int(subgraph_index)
        with self._lock:
            if self._dtype(graph, index) is numpy.object_:
                return self._strings(graph, index)
            return numpy.array(self._native.array(graph, index))

    def tensor(self, tensor_index: int) -> Callable[[], numpy.ndarray]:
        """A function that gives an array over the memory of an input or output, without a copy.

            input = interpreter.tensor(interpreter.get_input_details()[0]["index"])
            input().fill(3)
            interpreter.invoke()

        Keep the function, not the array: as long as one lives, `invoke`, `allocate_tensors` and `resize_tensor_input` raise a
        `RuntimeError`. An array outlives its interpreter safely. That of a constant is read-only; strings and intermediate tensors come as
        copies.
        """

        def view() -> numpy.ndarray:
            index = self._index(tensor_index, 0)
            if self._dtype(0, index) is numpy.object_:
                return self.get_tensor(index)
            return numpy.asarray(self._native.array(0, index))

        return view

    def resize_tensor_input(self, input_index: int, tensor_size: Sequence[int], strict: bool = False) -> None:
        """Asks for another shape of an input, which it has after `allocate_tensors`.

        Args:
            input_index: the `index` of `get_input_details`.
            tensor_size: the extents.
            strict: whether only extents may change that `shape_signature` has as -1.

        Raises:
            RuntimeError: for a tensor that is no input, for extents that may not be, and while an array of `tensor` lives.
        """
        self._resize(input_index, tensor_size, strict, 0)

    def reset_all_variables(self) -> None:
        """Forgets what the model keeps from one invocation to the next: variable tensors, resource variables, hash tables."""
        with self._lock:
            self._native.reset_state()

    def get_input_details(self) -> list[dict[str, Any]]:
        """Describes the inputs, each by a dictionary:

        + `name`: the tensor's name.
        + `index`: its index, for `set_tensor` and `get_tensor`.
        + `shape`: its extents.
        + `shape_signature`: its extents, with -1 for those that the file leaves open.
        + `dtype`: its numpy type.
        + `quantization`: scale and zero point, where there is one scale; else (0.0, 0).
        + `quantization_parameters`: `scales` and `zero_points`, one or one for each slice along `quantized_dimension`, and `block_size`, the
          number of elements that share a scale where blocks of them do, else 0.
        + `sparsity_parameters`: how a constant is stored without its zeros; empty for others.
        """
        return [self._get_tensor_details(index, 0) for index in self._native.inputs(0)]

    def get_output_details(self) -> list[dict[str, Any]]:
        """Describes the outputs as `get_input_details` does the inputs."""
        return [self._get_tensor_details(index, 0) for index in self._native.outputs(0)]

    def get_tensor_details(self, subgraph_index: int = 0) -> list[dict[str, Any]]:
        """Describes the tensors of a graph as `get_input_details` does the inputs.

        Raises:
            ValueError: for a graph that there is not.
        """
        graph = self._graph(subgraph_index)
        return [self._get_tensor_details(index, graph) for index in range(self._native.tensor_count(graph))]

    def num_subgraphs(self) -> int:
        """How many graphs the model has."""
        return self._native.graph_count

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """The signatures by their keys, each with the names of its `inputs` and `outputs`."""
        signatures = self._get_full_signature_list().items()
        return {key: {side: list(named) for side, named in signature.items()} for key, signature in signatures}

    def get_signature_runner(self, signature_key: Optional[str] = None) -> SignatureRunner:
        """A function that runs a signature.

            classify = interpreter.get_signature_runner("serving_default")
            scores = classify(image=image)["scores"]

        Args:
            signature_key: the key; it may be left out where the model has one signature.

        Raises:
            ValueError: for a key that there is not.
        """
        keys = list(self._get_full_signature_list())
        if signature_key is None:
            if len(keys) != 1:
                raise ValueError(f"the model has {len(keys)} signatures, and signature_key says which: {keys}")
            signature_key = keys[0]
        return SignatureRunner(self, signature_key)

    @property
    def experimental_compress_quantization_zero_points(self) -> bool:
        """Whether equal zero points of a tensor are listed once."""
        return self._compresses_zero_points

    def plan(self, subgraph_index: int = 0) -> Plan:
        """Who runs which node, and why not the others. `print` shows it as a table.

        Raises:
            ValueError: where tensors are not allocated.
        """
        nodes = self._native.plan(self._graph(subgraph_index))
        plans = (NodePlan(n.graph, n.index, n.op_name, tuple(n.delegates), dict(n.rejections)) for n in nodes)
        return Plan(plans)

    def why_not(self, delegate: Optional[str] = None) -> dict[str, str]:
        """Why a delegate runs less than everything: a reason for each node that it leaves to others, or the one reason why it is not there.

        Args:
            delegate: "gpu", "cpu" or "reference"; without it, "gpu".

        Returns:
            reasons by nodes, such as {"0:3 SOFTMAX": "unsupported: …"}, with graph and index before the op; empty where it runs all.

        Raises:
            ValueError: for a delegate that there is not, and where tensors are not allocated.
        """
        delegate = "gpu" if delegate is None else delegate
        if delegate not in ("gpu", "cpu", "reference"):
            raise ValueError(f"there is no delegate {delegate!r}: there are \"gpu\", \"cpu\" and \"reference\"")
        plan = self.plan()
        if delegate not in self._native.delegates:
            reason = self._native.without_gpu if delegate == "gpu" else None
            return {delegate: reason or f"the interpreter was made with the delegates {self._native.delegates}"}
        nodes = (node for node in plan if delegate in node.why_not)
        return {f"{node.graph}:{node.index} {node.op_name}": node.why_not[delegate] for node in nodes}

    def profile(self, runs: int = 1) -> list[NodeProfile]:
        """Runs the model on its inputs some times, and says how long each node took at least.

        Raises:
            RuntimeError: as `invoke` does.
        """
        with self._lock:
            times = self._native.profile(0, runs)
        return [NodeProfile(time.index, time.op_name, time.delegate, time.seconds, time.fused_with) for time in times]

    # What LiteRT has under these names, and what signature runners need.

    def _get_full_signature_list(self) -> dict[str, dict[str, dict[str, int]]]:
        """The signatures, with the tensors of their inputs and outputs."""
        signatures = self._native.signatures()
        return {
            key: {"inputs": dict(sorted(inputs)), "outputs": dict(sorted(outputs))}
            for key, _, inputs, outputs in signatures
        }

    def _get_op_details(self, op_index: int) -> dict[str, Any]:
        """Describes a node of the first graph: its op, its tensors and their types."""
        details = self._get_ops_details()
        if not 0 <= op_index < len(details):
            raise ValueError(f"Invalid node index {op_index}: the graph has {len(details)} nodes")
        return details[op_index]

    def _get_ops_details(self) -> list[dict[str, Any]]:
        """Describes the nodes of the first graph."""
        dtypes = [self._dtype(0, index) for index in range(self._native.tensor_count(0))]
        return [op_details(index, node, dtypes) for index, node in enumerate(self._native.node_details(0))]

    def _get_tensor_details(self, tensor_index: int, subgraph_index: int) -> dict[str, Any]:
        index, graph = self._index(tensor_index, subgraph_index), int(subgraph_index)
        return tensor_details(index, self._native.tensor_details(graph, index), self._compresses_zero_points)

    def _native_handle(self) -> NoReturn:
        """LiteRT's pointer to its C++ interpreter, which there is none of here."""
        raise NotImplementedError("there is no C++ interpreter behind demilite")

    def _allocate(self, graph: int) -> None:
        with self._lock:
            self._native.allocate(graph)

    def _invoke(self, graph: int) -> None:
        with self._lock:
            self._native.invoke(graph)

    def _resize(self, input_index: int, tensor_size: Any, strict: bool, graph: int) -> None:
        extents = [int(extent) for extent in tensor_size]
        if any(extent < 0 for extent in extents):
            raise RuntimeError(f"tensor {input_index} cannot take the shape {extents}: an extent is negative")
        index = self._index(input_index, graph)
        with self._lock:
            self._native.resize(graph, index, extents, strict)

    def _set_tensor(self, tensor_index: int, value: Any, graph: int) -> None:
        index = self._index(tensor_index, graph)
        given = numpy.asarray(value)
        if index not in self._native.inputs(graph) and index not in self._native.outputs(graph):
            raise ValueError(f"Cannot set tensor: {index} is neither an input nor an output of the graph")
        with self._lock:
            details = self._native.tensor_details(graph, index)
            dtype = getattr(numpy, details.dtype)
            is_text = dtype is numpy.object_ and given.dtype.kind in "OSU"
            if not is_text and given.dtype != dtype:
                raise ValueError(
                    f"Cannot set tensor: Got value of type {given.dtype} but expected type {numpy.dtype(dtype)} "
                    f"for input {index}, name: {details.name}"
                )
            if list(given.shape) != details.shape:
                raise ValueError(
                    f"Cannot set tensor: Dimension mismatch. Got shape {list(given.shape)} but expected {details.shape} "
                    f"for input {index}, name: {details.name}; resize_tensor_input asks for another"
                )
            if is_text:
                strings = [_bytes(string) for string in given.ravel().tolist()]
                self._native.set_strings(graph, index, strings)
                return
            memory = numpy.asarray(self._native.array(graph, index))
            if memory.shape != given.shape:
                raise ValueError("Cannot set tensor: the input was resized. Run allocate_tensors() first")
            numpy.copyto(memory, given)

    def _strings(self, graph: int, index: int) -> numpy.ndarray:
        """A tensor of strings, as an array of bytes."""
        shape, strings = self._native.strings(graph, index)
        array = numpy.empty(len(strings), dtype=object)
        array[:] = strings
        return array.reshape(shape)

    def _dtype(self, graph: int, index: int) -> Any:
        return getattr(numpy, self._native.tensor_details(graph, index).dtype)

    def _graph(self, subgraph_index: int) -> int:
        """A graph that there is."""
        graph, count = int(subgraph_index), self._native.graph_count
        if not 0 <= graph < count:
            raise ValueError(f"subgraph_index is out of range: {graph} for the model, which has {count} subgraphs.")
        return graph

    def _index(self, tensor_index: Any, subgraph_index: int) -> int:
        """A tensor that there is."""
        index, count = int(tensor_index), self._native.tensor_count(self._graph(subgraph_index))
        if not 0 <= index < count:
            raise ValueError(f"Invalid tensor index {index}: the graph has {count} tensors")
        return index


class SignatureRunner:
    """Runs a signature: see `Interpreter.get_signature_runner`."""

    def __init__(self, interpreter: Interpreter, signature_key: str) -> None:
        """Takes a signature of a model.

        Raises:
            ValueError: for a key that there is not.
        """
        signatures = {key: graph for key, graph, _, _ in interpreter._native.signatures()}
        if signature_key not in signatures:
            raise ValueError(f"Invalid signature_key provided: {signature_key!r}. The model has {list(signatures)}")
        self._interpreter = interpreter
        self._graph = signatures[signature_key]
        tensors = interpreter._get_full_signature_list()[signature_key]
        self._inputs, self._outputs = tensors["inputs"], tensors["outputs"]

    def __call__(self, **kwargs: Any) -> dict[str, numpy.ndarray]:
        """Runs the signature on arrays of any shape that the model takes.

        Args:
            **kwargs: an array for each input, by its name.

        Returns:
            an array for each output, by its name.

        Raises:
            ValueError: for inputs that there are not, that are missing, or of another type.
            RuntimeError: where the model does not work out with these shapes, and where a node fails.
        """
        if kwargs.keys() != self._inputs.keys():
            raise ValueError(f"the signature takes the inputs {list(self._inputs)}, not {list(kwargs)}")
        interpreter, graph = self._interpreter, self._graph
        arrays = {self._inputs[name]: numpy.asarray(value) for name, value in kwargs.items()}
        with interpreter._lock:
            for index, array in arrays.items():
                interpreter._resize(index, array.shape, False, graph)
            interpreter._allocate(graph)
            for index, array in arrays.items():
                interpreter._set_tensor(index, array, graph)
            interpreter._invoke(graph)
            return {name: interpreter.get_tensor(index, graph) for name, index in self._outputs.items()}

    def get_input_details(self) -> dict[str, dict[str, Any]]:
        """Describes the inputs by their names, as `Interpreter.get_input_details` does."""
        return self._details(self._inputs)

    def get_output_details(self) -> dict[str, dict[str, Any]]:
        """Describes the outputs by their names, as `Interpreter.get_input_details` does the inputs."""
        return self._details(self._outputs)

    def _details(self, tensors: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        details = self._interpreter._get_tensor_details
        return {name: details(index, self._graph) for name, index in tensors.items()}


class InterpreterWithCustomOps(Interpreter):
    """LiteRT's interpreter with kernels of C++, which demilite cannot call: it has those of public models itself."""

    def __init__(self, custom_op_registerers: Optional[Sequence[Any]] = None, **kwargs: Any) -> None:
        """Reads a model as `Interpreter` does.

        Raises:
            ValueError: where `custom_op_registerers` has any.
        """
        if custom_op_registerers:
            raise ValueError("demilite calls no kernels of C++; the custom ops of public models run without being registered")
        super().__init__(**kwargs)


def _bytes(string: Union[str, bytes]) -> bytes:
    return string.encode() if isinstance(string, str) else bytes(string)
