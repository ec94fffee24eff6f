"""Results as a picture: a bar for each network and batch, and what runs at once."""

from __future__ import annotations

from html import escape

WIDTH = 900
ROW = 20
NAMES = 290
FIGURES = 260


def rows(results: dict) -> list[tuple[str, float, str]]:
    """Names, inferences a second, and figures."""
    found = []
    for network in results["networks"]:
        for each in network["batches"]:
            figures = f"{each['median_ms']:.3f} ms"
            if each["host_us"] is not None and each["dispatches"]:
                figures += f", host {each['host_us'] / each['dispatches']:.1f} µs a dispatch"
            if each["share_of_peak"] is not None:
                figures += f", {100 * each['share_of_peak']:.0f} % of peak"
            found.append((f"{network['model']} × {each['batch']}", each["inferences_per_second"], figures))
        if network["tuned"] is not None:
            median, kernels = network["tuned"]["median_ms"], network["tuned"]["tuned_kernels"]
            figures = f"{median:.3f} ms, {len(kernels)} classes of layers with other kernels"
            found.append((f"{network['model']}, tuned", 1e3 / median, figures))
        for sessions, rate in network["throughput"].items():
            found.append((f"{network['model']}, sessions: {sessions}", rate, f"{rate:.1f} a second"))
    return found


def picture(results: dict) -> str:
    """An SVG of inferences a second."""
    bars = rows(results)
    longest = max((rate for _, rate, _ in bars), default=1)
    height = ROW * (len(bars) + 2)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="8" y="{0.8 * ROW}" font-weight="bold">Inferences a second</text>',
    ]
    for index, (name, rate, figures) in enumerate(bars):
        top = ROW * (index + 1.3)
        length = (WIDTH - NAMES - FIGURES) * rate / longest
        lines += [
            f'<text x="{NAMES - 6}" y="{top + 0.65 * ROW}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{NAMES}" y="{top}" width="{length:.1f}" height="{0.8 * ROW}" fill="#3b6ea5"/>',
            f'<text x="{NAMES + length + 6:.1f}" y="{top + 0.65 * ROW}">{escape(figures)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
