"""The figures as a table and as a plot."""

from __future__ import annotations

import math
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare import Measurement

MARKERS = "osD^vP"


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


def row(measurement: Measurement, peers: list[str]) -> str:
    """A line of the table."""
    times = [f"{measurement.median(name):.3f}" if name in measurement.rounds else "–" for name in ("demilite", *peers)]
    ratios = [spread(measurement, peer) for peer in peers]
    return "| " + " | ".join([measurement.model, str(measurement.threads), *times, *ratios, measurement.left]) + " |"


def means(measurements: list[Measurement], peers: list[str]) -> list[str]:
    """Geometric means by number of threads and peer, and the five worst models."""
    lines = []
    for threads in sorted({each.threads for each in measurements}):
        for peer in peers:
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


def markdown(measurements: list[Measurement], peers: list[str]) -> str:
    """The table, with the means below it."""
    times, ratios = [f"{name} ms" for name in ("demilite", *peers)], [f"over {peer}" for peer in peers]
    headings = ["model", "threads", *times, *ratios, "nodes on the reference"]
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += [row(measurement, peers) for measurement in measurements]
    return "\n".join([*lines, "", *means(measurements, peers), ""])


def plot(measurements: list[Measurement], peers: list[str], path: Path) -> None:
    """Ratios on a logarithmic axis: bars of those to XNNPACK, or where there are other peers, points of those to all."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix == ".svg" else "agg")
    # Text of an .svg stays text.
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    rows = [each for each in measurements if "XNNPACK" in each.rounds]
    rows.sort(key=lambda each: statistics.median(each.ratios("XNNPACK")))
    names = [f"{each.model}, {each.threads} thread{'s' if each.threads > 1 else ''}" for each in rows]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.22 * len(rows)), layout="constrained")
    axes.set_xscale("log")
    axes.axvline(1, color="#444444", linewidth=0.8)
    axes.tick_params(axis="y", labelsize=7)
    if len(peers) == 2:
        medians, errors = spans(rows, "XNNPACK")
        colours = ["#3b6ea5" if median <= 1 else "#d98b2b" for median in medians]
        axes.barh(names, medians, xerr=errors, color=colours, error_kw={"elinewidth": 0.8})
        axes.set_xlabel("demilite's time over XNNPACK's (left of the line demilite is faster)")
    else:
        for peer, marker in zip(peers, MARKERS, strict=False):
            places = [place for place, each in enumerate(rows) if peer in each.rounds]
            medians, errors = spans([rows[place] for place in places], peer)
            axes.errorbar(medians, places, xerr=errors, fmt=marker, markersize=4, elinewidth=0.8, label=peer)
        axes.set_yticks(range(len(rows)), names)
        axes.grid(axis="y", linewidth=0.3)
        figure.legend(loc="outside upper center", ncols=len(peers), fontsize=7)
        axes.set_xlabel("demilite's time over each runtime's (left of the line demilite is faster)")
    figure.savefig(path)


def spans(rows: list[Measurement], peer: str) -> tuple[list[float], list[list[float]]]:
    """The median ratios, and how far below and above them the others lie."""
    ratios = [each.ratios(peer) for each in rows]
    medians = [statistics.median(of) for of in ratios]
    below = [median - min(of) for median, of in zip(medians, ratios, strict=True)]
    above = [max(of) - median for median, of in zip(medians, ratios, strict=True)]
    return medians, [below, above]
