"""Measures the three models on freshly drawn images and on the bundled ones, with LiteRT."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from draw import LABELS, Image, normalize, images

FOLDER = Path(__file__).parent
PRECISIONS = ("f32", "f16", "int8")


class Classifier:
    """One `.tflite` file, ready to run."""

    def __init__(self, path: Path) -> None:
        """Loads the file."""
        self.interpreter = Interpreter(str(path))
        self.interpreter.allocate_tensors()
        [self.input], [self.output] = self.interpreter.get_input_details(), self.interpreter.get_output_details()

    def classify(self, pixels: np.ndarray) -> int:
        """The index of the likeliest label of an image [SIDE, SIDE, 3] of uint8."""
        values = normalize(pixels)
        if self.input["dtype"] == np.int8:
            scale, zero_point = self.input["quantization"]
            values = np.clip(np.round(values / scale) + zero_point, -128, 127)
        self.interpreter.set_tensor(self.input["index"], values.astype(self.input["dtype"])[np.newaxis])
        self.interpreter.invoke()
        return int(self.interpreter.get_tensor(self.output["index"]).argmax())

    def count_right(self, labelled: Iterable[Image]) -> int:
        """How many of the images the model names as they are labelled."""
        return sum(self.classify(image.pixels) == image.label for image in labelled)


def bundled_images() -> list[Image]:
    """The images that lie beside the models, labelled by their names."""
    files = [FOLDER / "images" / f"{label}.png" for label in LABELS]
    return [Image(np.asarray(Image.open(file).convert("RGB")), label) for label, file in enumerate(files)]


def main() -> None:
    """Prints a table of top-1 accuracy by precision; fails if a model gets a bundled image wrong."""
    parser = argparse.ArgumentParser(description="Measures the three models on drawn images.")
    parser.add_argument("--seed", type=int, default=3, help="what to draw the images from")
    parser.add_argument("--count", type=int, default=5000, help="how many images to draw")
    arguments = parser.parse_args()
    fresh, bundled = list(images(arguments.seed, arguments.count)), bundled_images()
    print("| file | bytes | top-1 | bundled images |")
    print("|---|---|---|---|")
    all_bundled_right = True
    for precision in PRECISIONS:
        path = FOLDER / f"shapes_{precision}.tflite"
        classifier = Classifier(path)
        top_1 = classifier.count_right(fresh) / len(fresh)
        right = classifier.count_right(bundled)
        all_bundled_right &= right == len(bundled)
        print(f"| `{path.name}` | {path.stat().st_size} | {top_1:.2%} | {right} of {len(bundled)} |")
    sys.exit(not all_bundled_right)


if __name__ == "__main__":
    main()
