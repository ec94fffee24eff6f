"""A clock around inferences."""

import statistics
import time
from collections.abc import Callable

WARMUP = 3


def summary(times: list[float], statistic: str) -> float:
    """The median or the least."""
    return min(times) if statistic == "min" else statistics.median(times)


def milliseconds(invoke: Callable[[], object], runs: int, seconds: float, statistic: str) -> float:
    """The median or the least of as many inferences, or of as many as fit into the time; those before them do not count."""
    times = []
    begin = None
    for index in range(runs + WARMUP):
        start = time.perf_counter()
        invoke()
        end = time.perf_counter()
        if index < WARMUP:
            begin = end
            continue
        times.append(1e3 * (end - start))
        if end - begin > seconds and len(times) >= 3:
            break
    return summary(times, statistic)
