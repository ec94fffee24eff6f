"""Who runs which node of a graph, why not the others, and how long it takes."""

from __future__ import annotations

import dataclasses
from typing import Optional

__all__ = ["NodePlan", "NodeProfile", "Plan"]


@dataclasses.dataclass(frozen=True)
class NodePlan:
    """Who runs a node."""

    graph: int
    """The subgraph of the node."""
    index: int
    """The node's place in its subgraph."""
    op_name: str
    """The name of its op, such as "CONV_2D"."""
    delegates: tuple[str, ...]
    """Who runs it: several for an expansion of a constant that several read, none where its outputs are known ahead."""
    why_not: dict[str, str]
    """The delegates that were asked before, each with its reason."""


class Plan(list[NodePlan]):
    """The nodes of a graph, each followed by those of the graphs that it calls. As text it is a table."""

    def __str__(self) -> str:
        lines = []
        for node in self:
            delegates = ", ".join(node.delegates) or "known ahead"
            reasons = "".join(f"; not {delegate}: {reason}" for delegate, reason in node.why_not.items())
            lines.append(f"{node.graph}:{node.index} {node.op_name}: {delegates}{reasons}")
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class NodeProfile:
    """How long a node takes."""

    index: int
    """The node's place in its subgraph."""
    op_name: str
    """The name of its op."""
    delegate: str
    """Who runs it."""
    seconds: Optional[float]
    """The least time of all runs; `None` where its delegate does not measure it, or another node has its time."""
    fused_with: Optional[int]
    """The node that it is computed with, whose time is that of both."""
