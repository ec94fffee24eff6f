"""What the optimizer does from Python. Needs numpy and demilite alone; `DEMILITE_SHAPES` names the folder of the bundled models."""

import os
import pathlib
import tempfile
import unittest

import numpy

import demilite

SHAPES = pathlib.Path(os.environ["DEMILITE_SHAPES"])
FLOAT = SHAPES / "shapes_f32.tflite"


def images(count):
    """Random images."""
    random = numpy.random.default_rng(0)
    return [random.uniform(-1, 1, (1, 96, 96, 3)).astype(numpy.float32) for _ in range(count)]


class Optimizer(unittest.TestCase):
    def test_a_quantized_form_is_a_model(self):
        made = demilite.quantize(FLOAT, "int8", data=images(4), keep_float=["SOFTMAX"], int16=["FULLY_CONNECTED"], io="int8")
        self.assertIn("int8", str(made))
        self.assertLess(made.report["bytes_after"], made.report["bytes_before"] / 2)
        self.assertEqual([kept["node"]["op"] for kept in made.report["kept"]], ["SOFTMAX"])
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "int8.tflite"
            made.save(file)
            interpreter = demilite.Interpreter(file, delegate="cpu")
        self.assertIs(interpreter.get_input_details()[0]["dtype"], numpy.int8)
        self.assertIn("SOFTMAX", [op["op_name"] for op in interpreter._get_ops_details()])

    def test_samples_come_in_order_or_by_name(self):
        image = images(1)[0]
        for samples in ([image], [[image]], [{"pixels": image}], iter([image])):
            made = demilite.quantize(FLOAT.read_bytes(), "int8", data=samples, calibrator="min-max")
            self.assertEqual(made.report["calibration"]["samples"], 1)

    def test_a_recipe_says_all(self):
        recipe = {"mode": "dynamic", "min_elements": 4096}
        by_recipe = demilite.quantize(FLOAT, recipe=recipe)
        self.assertNotEqual(by_recipe.content, demilite.quantize(FLOAT, "dynamic").content)
        with self.assertRaisesRegex(ValueError, "recipe"):
            demilite.quantize(FLOAT, recipe=recipe, io="int8")

    def test_what_is_refused(self):
        for arguments, words in [
            ({"mode": "int8"}, "here `data`"),
            ({"mode": "int7"}, "int7"),
            ({"mode": "int8", "data": []}, "representative inputs"),
            ({"mode": "int8", "data": images(1), "calibrator": "guess"}, "guess"),
            ({"mode": "int8", "data": [images(1)[0].astype("datetime64[s]")]}, "datetime64"),
            ({"mode": "int8", "data": [images(1)[0][:, :5]]}, "5"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(ValueError, words):
                demilite.quantize(FLOAT, **arguments)

    def test_models_are_judged_side_by_side(self):
        samples = images(3)
        half = demilite.quantize(FLOAT, "float16").content
        interpreter = demilite.Interpreter(FLOAT, delegate="cpu")
        run = interpreter.get_signature_runner()
        labels = [int(run(pixels=image)["output_0"].argmax()) for image in samples]
        report = demilite.evaluate({"float": FLOAT, "half": half}, samples, labels)
        first, second = report["subjects"]
        self.assertEqual((report["samples"], first["name"], first["likeness"]), (3, "float", None))
        self.assertEqual(first["score"]["top1"], 1.0)
        self.assertGreater(second["likeness"]["sqnr"], 40)
        with self.assertRaisesRegex(ValueError, "2"):
            demilite.evaluate({"float": FLOAT}, samples, labels[:2])

    def test_ops_are_compared(self):
        samples = images(2)
        int8 = demilite.quantize(FLOAT, "int8", data=samples, calibrator="min-max").content
        report = demilite.debug(FLOAT, int8, samples, suggest=1)
        self.assertTrue(report["layers"])
        self.assertEqual(len(report["suggestions"]["each"]), 1)
        self.assertNotIn("suggestions", demilite.debug(FLOAT, int8, samples))


if __name__ == "__main__":
    unittest.main()
