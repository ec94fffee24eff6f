"""Runtimes of other formats with a clock around them, each with the network of a `.tflite` file in the format that it reads."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import clock
import numpy as np

PEERS = Path(__file__).resolve().parents[1] / "peers"
sys.path.append(str(PEERS))
import ncnn_model
import onnx_model
from network import Network, agrees
from onnx_graph import unsigned

# How far outputs may lie from demilite's, as shares of the greatest: those of floats, and those of integers, whose scales others apply by
# other arithmetic, and which may lie a step of the output further.
WORST_OF_FLOATS = 0.001
WORST_OF_INTEGERS = 0.2


class Runtime:
    """A network in a runtime, with a sample as its input."""

    def invoke(self) -> object:
        """One inference."""
        raise NotImplementedError

    def answer(self) -> np.ndarray:
        """What an inference gives, as reals."""
        raise NotImplementedError

    def distance(self, expected: np.ndarray) -> float:
        """How far the answer lies from another at most."""
        return float(np.abs(self.answer().ravel() - expected).max())

    def milliseconds(self, runs: int, seconds: float, statistic: str) -> float:
        """The median or the least of as many inferences, or of as many as fit into the time."""
        return clock.milliseconds(self.invoke, runs, seconds, statistic)


def sample_of(network: Network) -> np.ndarray:
    """The input as the ONNX form of a network takes it."""
    return unsigned(network.sample())


class OnnxRuntime(Runtime):
    """onnxruntime, with input and output bound, so that inferences copy neither."""

    def __init__(self, network: Network, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        model = onnx_model.convert(network.path).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.binding.bind_cpu_input(self.session.get_inputs()[0].name, sample_of(network))
        self.binding.bind_output(self.session.get_outputs()[0].name)

    def invoke(self) -> None:
        self.session.run_with_iobinding(self.binding)

    def answer(self) -> np.ndarray:
        self.invoke()
        return self.binding.copy_outputs_to_cpu()[0]


class Ncnn(Runtime):
    """ncnn on the CPU, which computes in float32 and keeps all weights so."""

    def __init__(self, network: Network, threads: int) -> None:
        import ncnn

        converted = ncnn_model.convert(network.path)
        self.net, self.output = ncnn.Net(), converted.output
        option = self.net.opt
        option.use_vulkan_compute = option.use_fp16_arithmetic = False
        option.use_fp16_storage = option.use_fp16_packed = False
        option.num_threads = threads
        with tempfile.TemporaryDirectory() as folder:
            param, weights = converted.write(Path(folder))
            if self.net.load_param(param) or self.net.load_model(weights):
                raise RuntimeError("ncnn does not load the network")
        # A Mat borrows the memory of the array.
        self.planes = np.ascontiguousarray(network.image().transpose(2, 0, 1))
        self.image = ncnn.Mat(self.planes)

    def invoke(self) -> object:
        extractor = self.net.create_extractor()
        extractor.input("input", self.image)
        status, output = extractor.extract(self.output)
        if status:
            raise RuntimeError(f"ncnn: extract gave {status}")
        return output

    def answer(self) -> np.ndarray:
        return np.array(self.invoke())


class Tract(Runtime):
    """tract, whose Python package has one thread."""

    def __init__(self, network: Network, threads: int) -> None:
        import tract

        if threads > 1:
            raise ValueError("the Python package of tract has no more than one thread")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.onnx"
            path.write_bytes(onnx_model.convert(network.path).SerializeToString())
            model = tract.onnx().load(path).into_model()
        self.state = model.into_runnable().spawn_state()
        self.sample = tract.Tensor.from_numpy(sample_of(network))

    def invoke(self) -> list:
        return self.state.run([self.sample])

    def answer(self) -> np.ndarray:
        return self.invoke()[0].to_numpy()


class Rten(Runtime):
    """rten, in a program of its own with its own clock, which has the input in its memory."""

    PROGRAM = PEERS / "rten/target/release/rten-peer"

    def __init__(self, network: Network, threads: int) -> None:
        sample = sample_of(network)
        self.folder = tempfile.TemporaryDirectory()
        path, self.input = Path(self.folder.name) / "network.onnx", Path(self.folder.name) / "input"
        path.write_bytes(onnx_model.convert(network.path).SerializeToString())
        self.input.write_bytes(sample.tobytes())
        element = {"float32": "f32", "uint8": "u8"}[sample.dtype.name]
        command = [self.PROGRAM, path, self.input, element, *sample.shape]
        environment = {**os.environ, "RTEN_NUM_THREADS": str(threads)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([str(part) for part in command], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(self.process.stderr.read().strip() or "rten-peer ended")

    def answer(self) -> np.ndarray:
        return np.fromfile(f"{self.input}.out", np.float32)

    def milliseconds(self, runs: int, seconds: float, statistic: str) -> float:
        for count in (clock.WARMUP, runs):
            self.process.stdin.write(f"{count} {1e3 * seconds}\n")
            self.process.stdin.flush()
            times = [float(time) for time in self.process.stdout.readline().split()]
        return clock.summary(times, statistic)


RUNTIMES = {"onnxruntime": OnnxRuntime, "ncnn": Ncnn, "tract": Tract, "rten": Rten}


def agreeing(names: list[str], model: Path, binary: Path, threads: int) -> dict[str, Runtime]:
    """The runtimes that run a model and give demilite's answer; of the others is said why not."""
    try:
        network = Network(model)
        expected = network.answer(binary, "cpu")
    except (RuntimeError, ValueError) as error:
        print(f"{model.stem}: not beside other runtimes: {error}", file=sys.stderr)
        return {}
    greatest, output = float(np.abs(expected).max()), network.output
    are_floats = output.dtype == np.float32
    bound = WORST_OF_FLOATS * greatest if are_floats else WORST_OF_INTEGERS * greatest + output.scale
    found = {}
    for name in names:
        try:
            runtime = RUNTIMES[name](network, threads)
            worst = runtime.distance(expected)
        except Exception as error:  # noqa: BLE001: whatever a runtime lacks, the others are measured
            print(f"{model.stem}: {name}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        if agrees(f"{model.stem}: {name}", worst, bound):
            found[name] = runtime
    return found
