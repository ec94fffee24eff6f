"""Converts the trained network to `.tflite` files of three precisions, with batch dimension 1."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from draw import normalize, images
from network import network

CALIBRATION_SEED = 2
CALIBRATION_IMAGES = 500


def converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    """A converter of the model for one image at a time."""
    one_image = network(batch=1)
    one_image.set_weights(model.get_weights())
    return tf.lite.TFLiteConverter.from_keras_model(one_image)


def calibration() -> Iterator[list[np.ndarray]]:
    """The inputs from which the ranges of the int8 model's activations are taken."""
    for image in images(CALIBRATION_SEED, CALIBRATION_IMAGES):
        yield [normalize(image.pixels)[np.newaxis]]


def to_float32(model: keras.Model) -> bytes:
    """The model with float32 weights."""
    return converter(model).convert()


def to_float16(model: keras.Model) -> bytes:
    """The model with float16 weights behind DEQUANTIZE ops, and float32 activations."""
    float16 = converter(model)
    float16.optimizations = [tf.lite.Optimize.DEFAULT]
    float16.target_spec.supported_types = [tf.float16]
    return float16.convert()


def to_int8(model: keras.Model) -> bytes:
    """The model in integers throughout: int8 per-channel weights, int8 activations, input and output."""
    int8 = converter(model)
    int8.optimizations = [tf.lite.Optimize.DEFAULT]
    int8.representative_dataset = calibration
    int8.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    int8.inference_input_type = int8.inference_output_type = tf.int8
    return int8.convert()
