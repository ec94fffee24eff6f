"""Models in LiteRT, and how their outputs compare."""

import numpy
from ai_edge_litert.interpreter import Interpreter


def quantized(sample, detail):
    """A sample in the type and shape of an input."""
    scale, zero_point = detail["quantization"]
    if scale:
        limits = numpy.iinfo(detail["dtype"])
        sample = numpy.clip(numpy.round(sample / scale) + zero_point, limits.min, limits.max)
    return sample.reshape(detail["shape"]).astype(detail["dtype"])


def outputs(model, samples):
    """The reals that the first output of a model stands for, for each sample, with LiteRT's default kernels."""
    interpreter = Interpreter(model_path=str(model), num_threads=2)
    interpreter.allocate_tensors()
    feed, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    answers = []
    for sample in samples:
        interpreter.set_tensor(feed["index"], quantized(sample, feed))
        interpreter.invoke()
        answers.append(interpreter.get_tensor(out["index"]).ravel().copy())
    scale, zero_point = out["quantization"]
    if scale:
        answers = [(answer.astype(numpy.float32) - zero_point) * numpy.float32(scale) for answer in answers]
    return numpy.stack(answers)


def top1(answers, labels):
    """The share of right answers, in percent."""
    return None if labels is None else float(100 * numpy.mean(answers.argmax(1) == labels))


def figures(expected, actual, labels):
    """Top-1 and agreement with the float model in percent, and the signal-to-noise ratio in decibels."""
    agreement = float(100 * numpy.mean(expected.argmax(1) == actual.argmax(1)))
    noise = numpy.sum((expected.astype(numpy.float64) - actual) ** 2)
    ratio = 10 * numpy.log10(numpy.sum(expected.astype(numpy.float64) ** 2) / max(noise, 1e-30))
    return top1(actual, labels), agreement, float(ratio)
