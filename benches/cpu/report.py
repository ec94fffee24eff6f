"""The figures as a table and as a plot."""

from __future__ import annotations

import math
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare import Measurement

PEERS = ("XNNPACK", "LiteRT")


def left_to_the_reference(notes: str) -> str:
    """How many nodes the fast delegate left, from the note that `demilite bench` makes of it."""
    found = re.search(r"(\d+) nodes? not on cpu", notes)
    return found.group(1) if found else "0"


def spread(measurement: Measurement, peer: str) -> str:
    """The median ratio with the least and the greatest; nothing where the peer did not run."""
    if peer not in measurement.rounds:
        return "–"
    ratios = measurement.ratios(peer)
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def row(measurement: Measurement) -> str:
    """A line of the table."""
    times = [f"{measurement.median(name):.3f}" if name in measurement.rounds else "–" for name in ("demilite", *PEERS)]
    ratios = [spread(measurement, peer) for peer in PEERS]
    return "| " + " | ".join([measurement.model, str(measurement.threads), *times, *ratios, measurement.left]) + " |"


def means(measurements: list[Measurement]) -> list[str]:
    """Geometric means by number of threads and peer, and the five worst models."""
    lines = []
    for threads in sorted({each.threads for each in measurements}):
        for peer in PEERS:
            rows = [each for each in measurements if each.threads == threads and peer in each.rounds]
            if not rows:
                continue
            ratios = {each.model: statistics.median(each.ratios(peer)) for each in rows}
            mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios.values()))
            worst = sorted(ratios, key=ratios.get, reverse=True)[:5]
            worst_words = ", ".join(f"{name} {ratios[name]:.2f}" for name in worst)
            lines.append(
                f"With {threads} thread{'s' if threads > 1 else ''}, demilite over {peer}: geometric mean {mean:.2f} over "
                f"{len(ratios)} models; the worst are {worst_words}."
            )
    return lines


def markdown(measurements: list[Measurement]) -> str:
    """The table, with the means below it."""
    headings = ["model", "threads", "demilite ms", "XNNPACK ms", "LiteRT ms", "over XNNPACK", "over LiteRT", "nodes on the reference"]
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += [row(measurement) for measurement in measurements]
    return "\n".join([*lines, "", *means(measurements), ""])


def plot(measurements: list[Measurement], path: Path) -> None:
    """Bars of the ratios to XNNPACK on a logarithmic axis, the slowest at the top."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix == ".svg" else "agg")
    from matplotlib import pyplot

    rows = [each for each in measurements if "XNNPACK" in each.rounds]
    rows.sort(key=lambda each: statistics.median(each.ratios("XNNPACK")))
    ratios = [each.ratios("XNNPACK") for each in rows]
    medians = [statistics.median(of) for of in ratios]
    errors = [
        [median - min(of) for median, of in zip(medians, ratios, strict=True)],
        [max(of) - median for median, of in zip(medians, ratios, strict=True)],
    ]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.22 * len(rows)), layout="constrained")
    colours = ["#3b6ea5" if median <= 1 else "#d98b2b" for median in medians]
    names = [f"{each.model}, {each.threads} thread{'s' if each.threads > 1 else ''}" for each in rows]
    axes.barh(names, medians, xerr=errors, color=colours, error_kw={"elinewidth": 0.8})
    axes.axvline(1, color="#444444", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("demilite's time over XNNPACK's (left of the line demilite is faster)")
    axes.tick_params(axis="y", labelsize=7)
    figure.savefig(path)
