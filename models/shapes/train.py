"""Trains the network on drawn images and writes the three models and their labels."""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from convert import to_float16, to_float32, to_int8
from draw import LABELS, normalize, images
from network import network

TRAINING_SEED = 1
TRAINING_IMAGES = 30_000
EPOCHS = 8
BATCH = 64
LEARNING_RATE = 3e-3
THREADS = 2

CONVERSIONS = {"f32": to_float32, "f16": to_float16, "int8": to_int8}


def make_deterministic() -> None:
    """Fixes every seed and the order of every sum; the number of threads is part of that order."""
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(TRAINING_SEED)


class DrawnImages(keras.utils.PyDataset):
    """The training images in batches, in another order each epoch."""

    def __init__(self, count: int) -> None:
        """Draws `count` images."""
        super().__init__()
        drawn = list(images(TRAINING_SEED, count))
        self.pixels = np.stack([image.pixels for image in drawn])
        self.labels = np.array([image.label for image in drawn])
        self.rng = np.random.default_rng(TRAINING_SEED)
        self.on_epoch_end()

    def __len__(self) -> int:
        """How many whole batches there are."""
        return len(self.labels) // BATCH

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """One batch: [BATCH, SIDE, SIDE, 3] float32 in [-1, 1], and [BATCH] labels."""
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        return normalize(self.pixels[chosen]), self.labels[chosen]

    def on_epoch_end(self) -> None:
        """Shuffles."""
        self.order = self.rng.permutation(len(self.labels))


def train(count: int, epochs: int) -> keras.Model:
    """Trains a network on `count` drawn images, each seen once in each of so many epochs."""
    dataset = DrawnImages(count)
    model = network()
    decay = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, decay_steps=epochs * len(dataset))
    model.compile(keras.optimizers.Adam(decay), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(dataset, epochs=epochs, shuffle=False, verbose=2)
    return model


def main() -> None:
    """Trains, converts, and writes the files beside this script or where the command line says."""
    parser = argparse.ArgumentParser(description="Trains the shape classifier and converts it to three .tflite files.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    parser.add_argument("--images", type=int, default=TRAINING_IMAGES, help="how many images to train on")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="how many times to go through them")
    arguments = parser.parse_args()
    make_deterministic()
    model = train(arguments.images, arguments.epochs)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for precision, convert in CONVERSIONS.items():
        (arguments.out / f"shapes_{precision}.tflite").write_bytes(convert(model))
    (arguments.out / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))


if __name__ == "__main__":
    main()
