#!/usr/bin/env python3
"""Times models on the CPU, demilite beside LiteRT with XNNPACK and with its own kernels, in alternating rounds.

    pip install --requirement benches/cpu/requirements.txt
    cargo build --release
    python benches/cpu/compare.py MODELS [MODEL.tflite ...] --threads 1 2 --report cpu.md --plot cpu.svg

A folder stands for every NAME.tflite in it and below. Each round times each runtime on each model once, so that whatever else the machine
does falls on all; a ratio is that of one round, and the table has the median over the rounds with the least and the greatest. A ratio
below 1 means that demilite is faster.

With `--instructions avx2` or `avx-vnni` both runtimes keep to these: demilite by its option of that name, LiteRT by a processor that hides
what is wider. That takes Linux, a C compiler, and a processor with `cpuid_fault` in /proc/cpuinfo.

With `--peers onnxruntime ncnn tract rten` these run beside, on what benches/peers makes of a model: those of them that take it and give demilite's
answer. They need

    pip install --requirement benches/cpu/requirements-peers.txt
    cargo build --release --manifest-path benches/peers/rten/Cargo.toml

With `--plugin LIBRARY` demilite runs as a delegate within LiteRT's interpreter, and what it leaves runs on LiteRT's reference kernels.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import instructions
import litert
import report

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("onnxruntime", "ncnn", "tract", "rten")


@dataclass
class Measurement:
    """Milliseconds of one model at one number of threads: a figure for each round, by runtime."""

    model: str
    threads: int
    rounds: dict[str, list[float]] = field(default_factory=dict)
    left: str = ""

    def add(self, runtime: str, milliseconds: float) -> None:
        """Adds what a round gave."""
        self.rounds.setdefault(runtime, []).append(milliseconds)

    def median(self, runtime: str) -> float:
        """The median over the rounds."""
        return statistics.median(self.rounds[runtime])

    def ratios(self, runtime: str) -> list[float]:
        """Demilite's time over that of `runtime`, round by round."""
        return [ours / theirs for ours, theirs in zip(self.rounds["demilite"], self.rounds[runtime], strict=True)]


def models(paths: list[Path]) -> list[Path]:
    """The files, those in folders too."""
    found = []
    for path in paths:
        found += sorted(path.rglob("*.tflite")) if path.is_dir() else [path]
    return found


def demilite(binary: Path, model: Path, threads: int, runs: int, options: list[str]) -> dict:
    """What `demilite bench` says."""
    command = [str(binary), "bench", str(model), "--delegate", "cpu", "--threads", str(threads), "--json"]
    command += ["--runs", str(runs), "--warmup", "3", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0] if done.stderr else f"exit code {done.returncode}")
    answer = json.loads(done.stdout)
    answer["notes"] = done.stderr
    return answer


class Bench:
    """A model in `demilite bench`."""

    def __init__(self, arguments: argparse.Namespace, model: Path, threads: int) -> None:
        self.run = lambda runs: demilite(arguments.binary, model, threads, runs, arguments.option)
        self.left = report.left_to_the_reference(self.run(3)["notes"])

    def milliseconds(self, runs: int, _: float, statistic: str) -> float:
        """The median or the least of as many inferences."""
        return self.run(runs)[f"{statistic}_ms"]


def runners(arguments: argparse.Namespace, model: Path, threads: int) -> dict[str, litert.Runner]:
    """The other runtimes, those that run the model."""
    found = {}
    for name, kind in (("XNNPACK", "default"), ("LiteRT", "builtin")):
        try:
            found[name] = litert.Runner(model, kind, threads)
        except (RuntimeError, ValueError) as error:
            print(f"{model.stem}: {name}: {str(error).splitlines()[0]}", file=sys.stderr)
    if arguments.peers:
        import runtimes

        found |= runtimes.agreeing(arguments.peers, model, arguments.binary, threads)
    return found


def measure(arguments: argparse.Namespace, model: Path, threads: int) -> Measurement | None:
    """Rounds of every runtime that runs the model."""
    measurement = Measurement(model.stem, threads)
    try:
        if arguments.plugin:
            ours = litert.Delegated(model, arguments.plugin, threads)
        else:
            ours = Bench(arguments, model, threads)
        first = ours.milliseconds(3, arguments.seconds, "min")
    except (RuntimeError, ValueError) as error:
        print(f"{model.stem}: {error}", file=sys.stderr)
        return None
    measurement.left = ours.left
    runs = max(3, min(arguments.runs, int(arguments.seconds * 1e3 / max(first, 1e-3))))
    peers = runners(arguments, model, threads)
    for _ in range(arguments.rounds):
        measurement.add("demilite", ours.milliseconds(runs, arguments.seconds, arguments.statistic))
        for name, runner in peers.items():
            measurement.add(name, runner.milliseconds(runs, arguments.seconds, arguments.statistic))
    return measurement


def main() -> None:
    """Measures, and writes the table and the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/demilite")
    parser.add_argument("--plugin", type=Path, help="the delegate's library, libdemilite_litert.so")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=50, help="inferences of a round at most")
    parser.add_argument("--seconds", type=float, default=1.0, help="about what a runtime may take for its part of a round")
    parser.add_argument("--statistic", choices=["median", "min"], default="median", help="of the inferences of a round")
    parser.add_argument("--option", action="append", default=[], help="another option of demilite bench, such as --option=--instructions=avx2")
    parser.add_argument("--instructions", choices=instructions.SETS, help="the widest instructions of both runtimes")
    parser.add_argument("--peers", nargs="+", default=[], choices=PEERS, help="runtimes of other formats, beside LiteRT")
    parser.add_argument("--report", type=Path, help="the table as Markdown")
    parser.add_argument("--plot", type=Path, help="the ratios as .svg or .png")
    arguments = parser.parse_args()
    if arguments.instructions:
        instructions.narrow(arguments.instructions)
        arguments.option.append(f"--instructions={arguments.instructions}")

    compared = ["XNNPACK", "LiteRT", *arguments.peers]
    measurements = []
    for threads in arguments.threads:
        for model in models(arguments.models):
            measurement = measure(arguments, model, threads)
            if measurement is not None:
                measurements.append(measurement)
                print(report.row(measurement, compared), file=sys.stderr)
    text = report.markdown(measurements, compared)
    print(text)
    if arguments.report:
        arguments.report.write_text(text, encoding="utf-8")
    if arguments.plot:
        report.plot(measurements, compared, arguments.plot)


if __name__ == "__main__":
    main()
