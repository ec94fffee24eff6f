#!/usr/bin/env python3
"""Quantizes a float model as another quantizer does by default, and prints the seconds and the peak of memory that it took as JSON.

    pip install --requirement benches/optimizer/requirements-peers.txt
    python benches/optimizer/peers.py PEER FORM MODEL OUTPUT DATA

PEER is `aeq`, ai-edge-quantizer, or `tensorflow`, whose quantizers of `.tflite` files are what its converter runs. FORM is one of those of
compare.py. DATA is an archive whose `in0` has the samples that calibrate. The seconds are those of calibrating and quantizing, without the
import of the packages; the peak is that of the process.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import numpy


def with_signature(model):
    """The bytes of a model, with a signature and its operators in the newer field: without them ai-edge-quantizer takes no model."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    parts = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    for code in parts.operatorCodes:
        code.builtinCode = max(code.builtinCode, code.deprecatedBuiltinCode)
    if not parts.signatureDefs:
        graph, signature = parts.subgraphs[0], schema.SignatureDefT()

        def named(prefix, indices):
            maps = []
            for place, index in enumerate(indices):
                entry = schema.TensorMapT()
                entry.name, entry.tensorIndex = f"{prefix}{place}", index
                maps.append(entry)
            return maps

        signature.signatureKey, signature.subgraphIndex = "serving_default", 0
        signature.inputs, signature.outputs = named("in", graph.inputs), named("out", graph.outputs)
        parts.signatureDefs = [signature]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parts.Pack(builder), b"TFL3")
    return bytes(builder.Output())


HALVES = [
    {
        "regex": ".*",
        "operation": "*",
        "algorithm_key": "float_casting",
        "op_config": {
            "weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"},
            "compute_precision": "FLOAT",
        },
    }
]


def aeq(form, model, samples):
    from ai_edge_litert.interpreter import Interpreter
    from ai_edge_quantizer import quantizer, recipe

    model = with_signature(model)
    recipes = {
        "float16": lambda: HALVES,
        "dynamic": recipe.dynamic_legacy_wi8_afp32,
        "int8": recipe.static_wi8_ai8,
        "int16x8": recipe.static_wi8_ai16,
    }
    key, signature = next(iter(Interpreter(model_content=model).get_signature_list().items()))
    start = time.monotonic()
    made = quantizer.Quantizer(model, recipes[form]())
    calibration = None
    if made.need_calibration:
        data = [{signature["inputs"][0]: sample[None]} for sample in samples]
        calibration = made.calibrate({key: data})
    result = made.quantize(calibration).quantized_model
    return result, time.monotonic() - start


def tensorflow(form, model, samples):
    import tensorflow
    from tensorflow.lite.python import convert
    from tensorflow.lite.python.optimize.calibrator import Calibrator

    start = time.monotonic()
    calibrator = Calibrator(model)
    data = lambda: ([sample[None]] for sample in samples)
    if form == "int8":
        result = convert.mlir_quantize(calibrator.calibrate(data))
    elif form == "int16x8":
        floats, integers, biases = tensorflow.float32, tensorflow.int16, tensorflow.int64
        result = calibrator.calibrate_and_quantize(data, floats, floats, False, integers, biases)
    else:
        raise SystemExit(f"TensorFlow makes no {form} of a .tflite file")
    return bytes(result), time.monotonic() - start


PEERS = {"aeq": aeq, "tensorflow": tensorflow}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("form")
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    samples = numpy.load(arguments.data)["in0"]
    model, seconds = PEERS[arguments.peer](arguments.form, arguments.model.read_bytes(), samples)
    arguments.output.write_bytes(model)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
