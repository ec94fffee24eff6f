"""The network: a strided convolution, depthwise-separable blocks, four of them residual, and a classifier."""

import keras
from keras import KerasTensor, layers

from draw import LABELS, SIDE

STEM_CHANNELS = 16


def normalized(features: KerasTensor, *, activation: bool = True) -> KerasTensor:
    """Batch normalization, and ReLU6 if `activation`; a converter folds both into the convolution before them."""
    features = layers.BatchNormalization(momentum=0.9)(features)
    return layers.ReLU(max_value=6.0)(features) if activation else features


def separable(features: KerasTensor, channels: int, stride: int) -> KerasTensor:
    """A 3x3 depthwise convolution with this stride, then a pointwise one to so many channels."""
    features = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(features)
    features = layers.Conv2D(channels, 1, use_bias=False)(normalized(features))
    return normalized(features)


def residual(features: KerasTensor) -> KerasTensor:
    """A separable block without a last activation, added to what goes into it."""
    branch = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(features)
    branch = layers.Conv2D(features.shape[-1], 1, use_bias=False)(normalized(branch))
    return layers.Add()([features, normalized(branch, activation=False)])


def network(batch: int | None = None) -> keras.Model:
    """The untrained classifier: [batch, SIDE, SIDE, 3] in [-1, 1] to [batch, labels] probabilities."""
    pixels = keras.Input((SIDE, SIDE, 3), batch_size=batch, name="pixels")
    features = layers.Conv2D(STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False)(pixels)
    features = normalized(features)
    for channels in (32, 64, 128):
        features = residual(separable(features, channels, stride=2))
    pooled = layers.GlobalAveragePooling2D()(residual(features))
    return keras.Model(pixels, layers.Dense(len(LABELS), activation="softmax", name="probabilities")(pooled))
