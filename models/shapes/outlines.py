"""Outlines of the ten shapes, as polygons inside the unit circle.

An outline is a list of polygons, each an array [points, 2] of x and y: the first is filled, the others are cut out
of it. No shape changes its name when it is turned. Proportions that may differ from image to image are drawn
from the generator that each function takes.
"""

from collections.abc import Callable

import numpy as np

Outline = list[np.ndarray]

ARC_POINTS = 96


def on_circle(angles: np.ndarray, radius: float | np.ndarray = 1.0) -> np.ndarray:
    """Points [n, 2] at `angles`, in radians, and `radius` from the origin."""
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=-1)


def regular_polygon(corners: int) -> np.ndarray:
    """The regular polygon with so many corners on the unit circle."""
    return on_circle(np.arange(corners) * 2 * np.pi / corners)


def circle(_: np.random.Generator) -> Outline:
    """A disc."""
    return [regular_polygon(ARC_POINTS)]


def ring(rng: np.random.Generator) -> Outline:
    """A disc with a round hole in the middle."""
    disc = regular_polygon(ARC_POINTS)
    return [disc, disc * rng.uniform(0.45, 0.7)]


def square(_: np.random.Generator) -> Outline:
    """A square."""
    return [regular_polygon(4)]


def triangle(_: np.random.Generator) -> Outline:
    """An equilateral triangle."""
    return [regular_polygon(3)]


def star(rng: np.random.Generator) -> Outline:
    """A star with five points."""
    radius = np.where(np.arange(10) % 2 == 0, 1.0, rng.uniform(0.38, 0.5))
    return [on_circle(np.arange(10) * np.pi / 5, radius)]


def cross(rng: np.random.Generator) -> Outline:
    """A cross of two bars of one length and one width."""
    half_width = rng.uniform(0.22, 0.34)
    half_length = np.sqrt(1 - half_width**2)
    arm = np.array([[half_width, half_width], [half_length, half_width], [half_length, -half_width]])
    quarter_turn = np.array([[0, 1], [-1, 0]])
    return [np.concatenate([arm @ np.linalg.matrix_power(quarter_turn, turns) for turns in (0, 3, 2, 1)])]


def arrow(rng: np.random.Generator) -> Outline:
    """A straight arrow with a triangular head."""
    neck, half_head, half_shaft = rng.uniform([0.0, 0.5, 0.14], [0.3, 0.7, 0.24])
    tail = -np.sqrt(1 - half_shaft**2)
    upper = np.array([[1, 0], [neck, half_head], [neck, half_shaft], [tail, half_shaft]])
    return [np.concatenate([upper, upper[:0:-1] * [1, -1]])]


def heart(_: np.random.Generator) -> Outline:
    """A heart: x = 16 sin³ t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, scaled down."""
    t = np.arange(ARC_POINTS) * 2 * np.pi / ARC_POINTS
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [np.stack([x, y], axis=-1) / 17]


def moon(rng: np.random.Generator) -> Outline:
    """A crescent: the unit disc without the part under a second, smaller disc beside the middle."""
    offset, radius = rng.uniform([0.4, 0.74], [0.5, 0.84])
    tip_x = (1 + offset**2 - radius**2) / (2 * offset)
    tip_y = np.sqrt(1 - tip_x**2)
    outer_angle, inner_angle = np.arctan2(tip_y, tip_x), np.arctan2(tip_y, tip_x - offset)
    outer = on_circle(np.linspace(outer_angle, 2 * np.pi - outer_angle, ARC_POINTS))
    inner = on_circle(np.linspace(2 * np.pi - inner_angle, inner_angle, ARC_POINTS), radius)
    return [np.concatenate([outer, inner + np.array([offset, 0])])]


def hexagon(_: np.random.Generator) -> Outline:
    """A regular hexagon."""
    return [regular_polygon(6)]


OUTLINES: dict[str, Callable[[np.random.Generator], Outline]] = {
    outline.__name__: outline for outline in (circle, ring, square, triangle, star, cross, arrow, heart, moon, hexagon)
}
