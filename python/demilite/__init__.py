"""Runs `.tflite` models with the calls of LiteRT's interpreter.

    from demilite import Interpreter

    interpreter = Interpreter("model.tflite")
    interpreter.allocate_tensors()
    feed, give = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(feed["index"], image)
    interpreter.invoke()
    answer = interpreter.get_tensor(give["index"])

A script for LiteRT, tflite-runtime or TensorFlow Lite changes its import line to `from demilite.interpreter import Interpreter`. Integers are
those of LiteRT's reference kernels to the byte, on the CPU and on the GPU. `Interpreter.plan()` says who runs which node, `why_not()` why
not the GPU, and `profile()` how long each node takes. `quantize`, `evaluate` and `debug` make smaller forms of float models and judge them.
"""

from demilite.interpreter import Interpreter, OpResolverType, SignatureRunner
from demilite.optimize import Quantized, debug, evaluate, quantize
from demilite.plan import NodePlan, NodeProfile, Plan

__all__ = [
    "Interpreter",
    "NodePlan",
    "NodeProfile",
    "OpResolverType",
    "Plan",
    "Quantized",
    "SignatureRunner",
    "debug",
    "evaluate",
    "quantize",
]
__version__ = "0.1.0"
