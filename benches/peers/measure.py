#!/usr/bin/env python3
"""Times a float16 MobileNet v1 on the same Vulkan driver: demilite, ncnn, and LiteRT's WebGPU accelerator.

    pip install --requirement benches/peers/requirements.txt
    cargo build --release
    python benches/peers/measure.py MOBILENET_V1_F16.tflite

Rounds alternate, so that whatever else the machine does falls on all. Answers are compared before
anything is timed.
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

ROOT = Path(__file__).resolve().parents[2]


def image(height: int, width: int) -> np.ndarray:
    """A smooth image with values from -1 to 1, as `[height, width, 3]`."""
    rows, columns, channels = np.mgrid[0:height, 0:width, 0:3]
    return np.sin(rows / 17 + channels) * np.cos(columns / 23).astype(np.float32)


def demilite(binary: Path, model: Path, device: str | None) -> Callable[[int], list[float]]:
    """Runs `demilite bench`, and gives its median."""
    command = [str(binary), "bench", str(model), "--delegate", "gpu", "--json", "--warmup", "3"]
    command += ["--device", device] if device else []

    def run(runs: int) -> list[float]:
        answer = subprocess.run(
            [*command, "--runs", str(runs)], check=True, capture_output=True, text=True
        )
        return [json.loads(answer.stdout)["median_ms"]]

    return run


def demilite_answer(binary: Path, model: Path, image: np.ndarray) -> np.ndarray:
    """The output of demilite's GPU backend."""
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(inputs, in0=image[None].astype(np.float32))
        arguments = ["--inputs", inputs, "--outputs", outputs, "--delegate", "gpu"]
        subprocess.run([binary, "run", model, *arguments], check=True, capture_output=True)
        return np.load(outputs)["out0"].ravel()


def ncnn_runner(model: Path, image: np.ndarray) -> tuple[Callable[[], np.ndarray], str]:
    """One inference of ncnn on its first Vulkan device, and the device's name."""
    if ncnn.get_gpu_count() == 0:
        raise SystemExit("ncnn finds no Vulkan device")
    network = convert(model)
    net = ncnn.Net()
    net.opt.use_vulkan_compute = True
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = True
    net.set_vulkan_device(0)
    with tempfile.TemporaryDirectory() as folder:
        param, weights = network.write(Path(folder))
        if net.load_param(param) or net.load_model(weights):
            raise SystemExit("ncnn does not load the network")
    planes = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32)

    def run() -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input("blob0", ncnn.Mat(planes))
        status, output = extractor.extract(network.output)
        if status:
            raise SystemExit(f"ncnn: extract gave {status}")
        return np.array(output).ravel()

    return run, ncnn.get_gpu_info(0).device_name()


def litert_runner(model: Path, image: np.ndarray) -> Callable[[], np.ndarray]:
    """One inference of LiteRT on its GPU accelerator."""
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator

    compiled = CompiledModel.from_file(str(model), hardware_accel=HardwareAccelerator.GPU)
    if not compiled.is_fully_accelerated():
        raise RuntimeError("the accelerator does not take the whole network")
    inputs, outputs = compiled.create_input_buffers(0), compiled.create_output_buffers(0)
    classes = compiled.get_output_buffer_requirements(0, 0)["buffer_size"] // 4
    data = np.ascontiguousarray(image, dtype=np.float32)

    def run() -> np.ndarray:
        inputs[0].write(data)
        compiled.run_by_index(0, inputs, outputs)
        return outputs[0].read(classes, np.float32)

    return run


def timed(run: Callable[[], np.ndarray]) -> Callable[[int], list[float]]:
    """Milliseconds of each of several inferences, after three that do not count."""

    def measure(runs: int) -> list[float]:
        times = []
        for index in range(runs + 3):
            start = time.perf_counter()
            run()
            if index >= 3:
                times.append(1e3 * (time.perf_counter() - start))
        return [statistics.median(times)]

    return measure


def main() -> None:
    """Compares answers, alternates rounds, prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--device", help="demilite's adapter, as in `demilite devices`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()

    image = image(224, 224)
    ours = demilite_answer(arguments.binary, arguments.model, image)
    run_ncnn, device = ncnn_runner(arguments.model, image)
    peers = {"ncnn (Vulkan)": run_ncnn}
    try:
        peers["LiteRT (WebGPU)"] = litert_runner(arguments.model, image)
    except Exception as error:  # noqa: BLE001: whatever the driver lacks, it is no reason to stop
        print(f"LiteRT's GPU accelerator does not run here: {error}", file=sys.stderr)
    print(f"device of ncnn: {device}")
    for name, run in peers.items():
        worst = float(np.abs(run() - ours).max())
        print(f"{name}: greatest difference from demilite's probabilities {worst:.5f}")
        if worst > 0.02:
            raise SystemExit(f"{name} does not compute the same network")

    runners = {"demilite": demilite(arguments.binary, arguments.model, arguments.device)}
    runners |= {name: timed(run) for name, run in peers.items()}
    rounds = {name: [] for name in runners}
    for number in range(arguments.rounds):
        for name, run in runners.items():
            rounds[name] += run(arguments.runs)
            print(f"round {number + 1}: {name} {rounds[name][-1]:.1f} ms", file=sys.stderr)
    print(f"{'':18}{'median ms':>12}{'min':>10}{'max':>10}{'times demilite':>17}")
    for name, times in rounds.items():
        ratio = statistics.median(a / b for a, b in zip(times, rounds["demilite"], strict=True))
        median = statistics.median(times)
        print(f"{name:18}{median:12.1f}{min(times):10.1f}{max(times):10.1f}{ratio:17.2f}")


if __name__ == "__main__":
    main()
