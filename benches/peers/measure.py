#!/usr/bin/env python3
"""Times an image classifier on the same Vulkan driver: demilite, ncnn, and LiteRT's WebGPU accelerator.

    pip install --requirement benches/peers/requirements.txt
    cargo build --release
    python benches/peers/measure.py MODEL_F16.tflite --integers MODEL_INT8.tflite

Rounds alternate, so that whatever else the machine does falls on all. Answers are compared before
anything is timed; a peer with another answer is left out.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import ncnn
import numpy as np
from ncnn_model import convert
from network import Network, agrees

ROOT = Path(__file__).resolve().parents[2]
# How far probabilities of one network may lie apart: with floats, and with integers that peers compute
# as floats.
WORST_OF_FLOATS = 0.05
WORST_OF_INTEGERS = 0.1

Runner = Callable[[], np.ndarray]


def demilite(binary: Path, model: Path, device: str | None) -> Callable[[int], float]:
    """Runs `demilite bench`, and gives its median."""
    command = [str(binary), "bench", str(model), "--delegate", "gpu", "--json", "--warmup", "2"]
    command += ["--device", device] if device else []

    def run(runs: int) -> float:
        answer = subprocess.run(
            [*command, "--runs", str(runs)], check=True, capture_output=True, text=True
        )
        return json.loads(answer.stdout)["median_ms"]

    return run


def ncnn_runner(network: Network) -> Runner:
    """One inference of ncnn on its first Vulkan device."""
    if ncnn.get_gpu_count() == 0:
        raise RuntimeError("ncnn finds no Vulkan device")
    converted = convert(network.path)
    net = ncnn.Net()
    net.opt.use_vulkan_compute = True
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = True
    net.set_vulkan_device(0)
    with tempfile.TemporaryDirectory() as folder:
        param, weights = converted.write(Path(folder))
        if net.load_param(param) or net.load_model(weights):
            raise RuntimeError("ncnn does not load the network")
    planes = np.ascontiguousarray(network.image().transpose(2, 0, 1), dtype=np.float32)
    print(f"device of ncnn: {ncnn.get_gpu_info(0).device_name()}")

    def run() -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input("input", ncnn.Mat(planes))
        status, output = extractor.extract(converted.output)
        if status:
            raise RuntimeError(f"ncnn: extract gave {status}")
        return np.array(output).ravel()

    return run


def litert_runner(network: Network) -> Runner:
    """One inference of LiteRT on its GPU accelerator."""
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator

    compiled = CompiledModel.from_file(str(network.path), hardware_accel=HardwareAccelerator.GPU)
    if not compiled.is_fully_accelerated():
        raise RuntimeError("the accelerator does not take the whole network")
    inputs, outputs = compiled.create_input_buffers(0), compiled.create_output_buffers(0)
    classes = int(np.prod(network.output.shape))
    data = network.input.stored(network.image())

    def run() -> np.ndarray:
        inputs[0].write(data)
        compiled.run_by_index(0, inputs, outputs)
        return network.output.reals(outputs[0].read(classes, network.output.dtype))

    return run


def timed(run: Runner) -> Callable[[int], float]:
    """The median of several inferences in milliseconds, after two that do not count."""

    def measure(runs: int) -> float:
        times = []
        for index in range(runs + 2):
            start = time.perf_counter()
            run()
            if index >= 2:
                times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times)

    return measure


def peers(network: Network, answer: np.ndarray, makers: dict[str, Callable]) -> dict[str, Runner]:
    """The peers that run the network and give that answer; the others are told of."""
    runners = {}
    are_floats = network.input.dtype == np.float32
    bound = WORST_OF_FLOATS if are_floats else WORST_OF_INTEGERS
    for name, maker in makers.items():
        try:
            run = maker(network)
            worst = float(np.abs(run() - answer).max())
        except Exception as error:  # noqa: BLE001: whatever a driver lacks, it is no reason to stop
            print(f"{name} does not run here: {error}", file=sys.stderr)
            continue
        if agrees(name, worst, bound):
            runners[name] = run
    return runners


def main() -> None:
    """Compares answers, alternates rounds, prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="an image classifier with float16 weights")
    parser.add_argument("--integers", type=Path, help="its int8 form")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--device", help="demilite's adapter, as in `demilite devices`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()

    makers = {"ncnn (Vulkan)": ncnn_runner, "LiteRT (WebGPU)": litert_runner}
    forms = [(arguments.model, "float16", makers)]
    if arguments.integers:
        # ncnn's integers have a form of their own, made of floats and samples.
        forms += [(arguments.integers, "int8", {"LiteRT (WebGPU)": litert_runner})]
    runners = {}
    for path, form, makers in forms:
        network = Network(path)
        answer = network.answer(arguments.binary, "gpu")
        runners[f"demilite, {form}"] = demilite(arguments.binary, path, arguments.device)
        for name, run in peers(network, answer, makers).items():
            runners[f"{name}, {form}"] = timed(run)

    rounds = {name: [] for name in runners}
    for number in range(arguments.rounds):
        for name, run in runners.items():
            rounds[name].append(run(arguments.runs))
            print(f"round {number + 1}: {name} {rounds[name][-1]:.1f} ms", file=sys.stderr)
    print(f"{'':26}{'median ms':>12}{'min':>10}{'max':>10}{'times demilite':>17}")
    ours = rounds["demilite, float16"]
    for name, times in rounds.items():
        ratio = statistics.median(a / b for a, b in zip(times, ours, strict=True))
        median = statistics.median(times)
        print(f"{name:26}{median:12.1f}{min(times):10.1f}{max(times):10.1f}{ratio:17.2f}")


if __name__ == "__main__":
    main()
