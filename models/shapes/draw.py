"""Draws labelled images of shapes from a seed.

Image `index` of a seed depends on nothing but the two numbers; its label is `index` modulo the number of labels.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from outlines import OUTLINES, Outline

LABELS = tuple(OUTLINES)

SIDE = 96
SUPERSAMPLING = 4
MARGIN = 2.0
RADIUS_RANGE = (18.0, 44.0)
LUMA = np.array([0.299, 0.587, 0.114])
MIN_CONTRAST = 50.0
MAX_NOISE = 14.0


class Image(NamedTuple):
    """A drawn image and the index of what it shows."""

    pixels: np.ndarray
    """[SIDE, SIDE, 3], uint8, RGB."""
    label: int
    """Index into LABELS."""


def normalize(pixels: np.ndarray) -> np.ndarray:
    """Pixels 0 to 255 as the models take them: float32 in [-1, 1]."""
    return pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)


def place(outline: Outline, rng: np.random.Generator) -> Outline:
    """Turns, scales and moves an outline to a random place wholly inside the image; units are pixels."""
    angle, radius = rng.uniform(0, 2 * np.pi), rng.uniform(*RADIUS_RANGE)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = [polygon @ rotation * radius for polygon in outline]
    low, high = turned[0].min(axis=0), turned[0].max(axis=0)
    corner = rng.uniform(MARGIN, SIDE - MARGIN - (high - low))
    return [polygon + corner - low for polygon in turned]


def coverage(outline: Outline) -> np.ndarray:
    """How much of each pixel the outline covers: [SIDE, SIDE, 1], 0 to 1."""
    mask = Image.new("L", (SIDE * SUPERSAMPLING, SIDE * SUPERSAMPLING))
    canvas = ImageDraw.Draw(mask)
    for index, polygon in enumerate(outline):
        canvas.polygon([tuple(point) for point in polygon * SUPERSAMPLING], fill=255 if index == 0 else 0)
    return np.asarray(mask.reduce(SUPERSAMPLING), dtype=np.float64)[..., np.newaxis] / 255


def colours(rng: np.random.Generator) -> np.ndarray:
    """The shape's colour and the background's first and last: [3, 3], rows of RGB, 0 to 255.

    The shape's luma is at least MIN_CONTRAST away from that of every colour of the background.
    """
    while True:
        candidates = rng.uniform(0, 255, size=(3, 3))
        if rng.random() < 0.5:
            candidates[2] = candidates[1]
        shape, first, last = candidates @ LUMA
        if shape < min(first, last) - MIN_CONTRAST or shape > max(first, last) + MIN_CONTRAST:
            return candidates


def gradient(first: np.ndarray, last: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A linear gradient [SIDE, SIDE, 3] between two colours, in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = x * np.cos(angle) + y * np.sin(angle)
    position = (distance - distance.min()) / np.ptp(distance)
    return first + (last - first) * position[..., np.newaxis]


def draw(seed: int, index: int) -> Image:
    """Draws image `index` of `seed`."""
    rng = np.random.default_rng((seed, index))
    label = index % len(LABELS)
    outline = place(OUTLINES[LABELS[label]](rng), rng)
    shape, first, last = colours(rng)
    background = gradient(first, last, rng)
    noise = rng.normal(0, rng.uniform(0, MAX_NOISE), size=background.shape)
    pixels = background + (shape - background) * coverage(outline) + noise
    return Image(pixels.round().clip(0, 255).astype(np.uint8), label)


def images(seed: int, count: int) -> Iterator[Image]:
    """Draws the first `count` images of `seed`."""
    return (draw(seed, index) for index in range(count))


def write_numbered(seed: int, count: int, folder: Path) -> None:
    """Writes `count` images as PNG files, and labels.tsv with a line `file<TAB>label` for each."""
    rows = []
    for index, image in enumerate(images(seed, count)):
        name = f"{index:06}.png"
        Image.fromarray(image.pixels).save(folder / name)
        rows.append(f"{name}\t{LABELS[image.label]}\n")
    (folder / "labels.tsv").write_text("".join(rows))


def write_one_of_each(seed: int, folder: Path) -> None:
    """Writes one image of each shape, named after it."""
    for image in images(seed, len(LABELS)):
        Image.fromarray(image.pixels).save(folder / f"{LABELS[image.label]}.png", optimize=True)


def main() -> None:
    """Writes the images that the command line asks for."""
    parser = argparse.ArgumentParser(description="Draws labelled images of ten shapes from a seed.")
    parser.add_argument("--seed", type=int, required=True, help="what to draw the images from")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--count", type=int, help="how many images: numbered files and labels.tsv")
    amount.add_argument("--one-of-each", action="store_true", help="one image of each shape, named after it")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.one_of_each:
        write_one_of_each(arguments.seed, arguments.out)
    else:
        write_numbered(arguments.seed, arguments.count, arguments.out)


if __name__ == "__main__":
    main()
