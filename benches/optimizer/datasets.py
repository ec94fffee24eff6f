"""The data sets that models are calibrated and measured on."""

import csv

import numpy
from PIL import Image

# How many samples of a set calibrate.
CALIBRATION = 100


def keywords(folder):
    codes = numpy.load(folder / "kws/x_int8.npy").astype(numpy.float32)
    return (codes - 83) * numpy.float32(0.58471596), numpy.load(folder / "kws/y.npy")


def cifar(folder):
    return numpy.load(folder / "cifar10/x_uint8.npy").astype(numpy.float32), numpy.load(folder / "cifar10/y.npy")


def digits(folder):
    pixels = numpy.load(folder / "mnist/x_uint8.npy").astype(numpy.float32)
    return pixels.reshape(-1, 28, 28, 1) / 255, numpy.load(folder / "mnist/y.npy")


def images(folder, size, scale):
    """The images of a folder, and their classes of 1001."""
    pixels, labels = [], []
    with (folder / "labels.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            image = Image.open(folder / row["file"]).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
            pixels.append(scale(numpy.asarray(image, numpy.float32)))
            labels.append(int(row["class_in_1001"]))
    return numpy.stack(pixels), numpy.array(labels)


def imagenet(size, scale, labelled=True):
    def read(folder):
        few, few_labels = images(folder / "imagenet_sample", size, scale)
        many, many_labels = images(folder / "imagenet_more", size, scale)
        labels = numpy.concatenate([few_labels, many_labels])
        return numpy.concatenate([few, many]), labels if labelled else None, len(few)

    return read


def minus_one_to_one(pixels):
    return pixels / 127.5 - 1


SETS = {
    "aieq_mnist_cnn_f32": digits,
    "dscnn_kws_f32": keywords,
    "resnet8_cifar10_f32": cifar,
    # Of people there are no labels here: what is compared are answers.
    "mobilenetv1_vww96_f32": imagenet(96, lambda pixels: pixels / 255, labelled=False),
    "mobilenet_v1_0.25_224_f32": imagenet(224, minus_one_to_one),
    "mobilenet_v1_1.0_224_f32": imagenet(224, minus_one_to_one),
    "mobilenet_v2_1.0_224_f32": imagenet(224, minus_one_to_one),
}


def of(model, folder):
    """The samples that calibrate, those that are measured, and the labels of these if there are any."""
    samples, labels, *count = SETS[model](folder)
    count = count[0] if count else CALIBRATION
    return samples[:count], samples[count:], None if labels is None else labels[count:]


def save(path, samples):
    """Writes samples as an archive whose first axis runs over them."""
    numpy.savez(path, in0=samples)
