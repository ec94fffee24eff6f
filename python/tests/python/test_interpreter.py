"""What the interpreter does, call by call.

Needs numpy and demilite alone; `DEMILITE_SHAPES` names the folder of the bundled models, and `DEMILITE_SMALL` that of small ones.
"""

import gc
import os
import pathlib
import sys
import threading
import unittest

import numpy

import demilite
from demilite.interpreter import Interpreter, InterpreterWithCustomOps, OpResolverType, load_delegate

SHAPES, SMALL = pathlib.Path(os.environ["DEMILITE_SHAPES"]), pathlib.Path(os.environ["DEMILITE_SMALL"])
FLOAT, INT8 = SHAPES / "shapes_f32.tflite", SHAPES / "shapes_int8.tflite"


def ready(model=INT8, **options):
    """An interpreter whose tensors are allocated, on the CPU unless said otherwise."""
    interpreter = Interpreter(model_path=model, **{"delegate": "cpu", **options})
    interpreter.allocate_tensors()
    return interpreter


def places(interpreter):
    """The indices of the input and the output."""
    return interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]


def drawn(interpreter, seed=0):
    """A random input."""
    feed, random = interpreter.get_input_details()[0], numpy.random.default_rng(seed)
    if feed["dtype"] is numpy.float32:
        return random.uniform(-1, 1, feed["shape"]).astype(numpy.float32)
    return random.integers(-128, 127, feed["shape"], dtype=feed["dtype"], endpoint=True)


def answer(interpreter, seed=0):
    """The output for a random input."""
    feed, give = places(interpreter)
    interpreter.set_tensor(feed, drawn(interpreter, seed))
    interpreter.invoke()
    return interpreter.get_tensor(give)


class Construction(unittest.TestCase):
    def test_a_model_comes_from_a_path_or_from_bytes(self):
        expected = answer(ready())
        for model in ({"model_path": str(INT8)}, {"model_path": INT8}, {"model_content": INT8.read_bytes()}):
            interpreter = Interpreter(**model, delegate="cpu")
            interpreter.allocate_tensors()
            numpy.testing.assert_array_equal(answer(interpreter), expected)

    def test_arguments_that_there_are_not(self):
        for arguments, words in [
            ({}, "must be specified"),
            ({"model_path": INT8, "model_content": b"x"}, "both"),
            ({"model_path": SHAPES / "none.tflite"}, "none.tflite"),
            ({"model_content": b"no model at all"}, "model_content"),
            ({"model_path": INT8, "num_threads": 0}, "num_threads should >= 1"),
            ({"model_path": INT8, "num_threads": "2"}, "type of num_threads"),
            ({"model_path": INT8, "experimental_op_resolver_type": 7}, "op resolver type: 7"),
            ({"model_path": INT8, "experimental_delegates": [object()]}, "`delegate`"),
            ({"model_path": INT8, "delegate": "tpu"}, "auto, gpu, cpu or reference"),
        ]:
            with self.subTest(arguments), self.assertRaisesRegex(ValueError, words):
                Interpreter(**arguments)
        with self.assertRaisesRegex(TypeError, "bytes"):
            Interpreter(model_content="text")

    def test_what_is_litert_s_alone_is_refused_with_a_reason(self):
        with self.assertRaisesRegex(ValueError, "libedgetpu.so"):
            load_delegate("libedgetpu.so.1", {"device": "usb"})
        with self.assertRaisesRegex(ValueError, "C\\+\\+"):
            InterpreterWithCustomOps(["Register"], model_path=INT8)
        with self.assertRaises(NotImplementedError):
            ready()._native_handle()
        self.assertEqual(InterpreterWithCustomOps(model_path=INT8).num_subgraphs(), 1)

    def test_resolvers_and_delegates_give_the_same_integers(self):
        expected = answer(ready(delegate="reference"))
        for options in [
            {"experimental_op_resolver_type": OpResolverType.BUILTIN_REF},
            {"delegate": "cpu", "num_threads": 1},
            {"delegate": "cpu", "num_threads": 3},
            {"delegate": "auto"},
        ]:
            with self.subTest(options):
                interpreter = Interpreter(INT8, **options)
                interpreter.allocate_tensors()
                numpy.testing.assert_array_equal(answer(interpreter), expected)

    def test_the_names_of_the_package_have_help(self):
        for name in demilite.__all__:
            self.assertTrue(getattr(demilite, name).__doc__, name)
        for name, member in vars(Interpreter).items():
            if not name.startswith("_"):
                self.assertTrue(member.__doc__, name)


class Tensors(unittest.TestCase):
    def test_details_have_litert_s_keys_and_types(self):
        interpreter = ready()
        (feed,), (give,) = interpreter.get_input_details(), interpreter.get_output_details()
        self.assertEqual(
            list(feed),
            ["name", "index", "shape", "shape_signature", "dtype", "quantization", "quantization_parameters", "sparsity_parameters"],
        )
        self.assertIs(feed["dtype"], numpy.int8)
        self.assertEqual(feed["shape"].dtype, numpy.int32)
        self.assertEqual(feed["shape"].tolist(), [1, 96, 96, 3])
        scale, zero_point = give["quantization"]
        self.assertEqual((scale, zero_point), (1 / 256, -128))
        self.assertEqual(give["quantization_parameters"]["scales"].tolist(), [scale])
        self.assertEqual(interpreter.get_tensor_details()[give["index"]]["name"], give["name"])

    def test_equal_zero_points_are_listed_once_where_asked_for(self):
        longest = lambda interpreter: max(
            len(tensor["quantization_parameters"]["zero_points"]) for tensor in interpreter.get_tensor_details()
        )
        compressed = ready(experimental_compress_quantization_zero_points=True)
        self.assertGreater(longest(ready()), 1)
        self.assertEqual(longest(compressed), 1)
        self.assertTrue(compressed.experimental_compress_quantization_zero_points)

    def test_nothing_runs_before_tensors_are_allocated(self):
        interpreter = Interpreter(INT8, delegate="cpu")
        feed, give = places(interpreter)
        with self.assertRaisesRegex(RuntimeError, "allocate_tensors"):
            interpreter.invoke()
        for act in [
            lambda: interpreter.get_tensor(give),
            lambda: interpreter.tensor(give)(),
            lambda: interpreter.set_tensor(feed, drawn(interpreter)),
            interpreter.plan,
        ]:
            with self.assertRaisesRegex(ValueError, "allocate_tensors"):
                act()

    def test_what_does_not_fit_an_input(self):
        interpreter = ready()
        feed, _ = places(interpreter)
        fitting = drawn(interpreter)
        constant = next(t["index"] for t in interpreter.get_tensor_details() if t["dtype"] is numpy.int32)
        for index, value, words in [
            (feed, fitting.astype(numpy.float32), "float32 but expected type int8"),
            (feed, fitting.tolist(), "int64 but expected type int8"),
            (feed, fitting[0], "Dimension mismatch"),
            (feed, fitting[:, :2], "Dimension mismatch"),
            (999, fitting, "Invalid tensor index 999"),
            (-1, fitting, "Invalid tensor index -1"),
            (constant, interpreter.get_tensor(constant), "neither an input nor an output"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(ValueError, words):
                interpreter.set_tensor(index, value)
        with self.assertRaisesRegex(ValueError, "Invalid tensor index 999"):
            interpreter.get_tensor(999)
        with self.assertRaisesRegex(ValueError, "subgraph_index is out of range: 3"):
            interpreter.get_tensor_details(3)

    def test_inputs_may_lie_anyhow_in_memory(self):
        interpreter = ready()
        feed, give = places(interpreter)
        expected, value = answer(interpreter), drawn(interpreter)
        wide = numpy.zeros((1, 192, 96, 3), numpy.int8)
        wide[:, ::2] = value
        for same in (wide[:, ::2], numpy.asfortranarray(value), value[::-1]):
            interpreter.set_tensor(feed, numpy.zeros_like(value))
            interpreter.set_tensor(feed, same)
            numpy.testing.assert_array_equal(interpreter.get_tensor(feed), value)
            interpreter.invoke()
            numpy.testing.assert_array_equal(interpreter.get_tensor(give), expected)

    def test_intermediate_tensors_are_kept_where_asked_for(self):
        kept, plain = ready(experimental_preserve_all_tensors=True), ready()
        numpy.testing.assert_array_equal(answer(kept), answer(plain))
        produced = [int(op["outputs"][0]) for op in kept._get_ops_details()][:-1]
        for index in produced:
            tensor = kept.get_tensor(index)
            self.assertEqual(list(tensor.shape), kept.get_tensor_details()[index]["shape"].tolist())
        self.assertTrue(any(kept.get_tensor(index).any() for index in produced))
        with self.assertRaisesRegex(ValueError, "experimental_preserve_all_tensors"):
            plain.get_tensor(produced[0])

    def test_ops_are_described(self):
        first = ready()._get_op_details(0)
        self.assertEqual((first["index"], first["op_name"]), (0, "CONV_2D"))
        self.assertEqual(first["operand_types"], [numpy.int8, numpy.int8, numpy.int32])
        with self.assertRaisesRegex(ValueError, "Invalid node index"):
            ready()._get_op_details(99)


class Views(unittest.TestCase):
    def test_a_view_writes_inputs_and_reads_outputs(self):
        interpreter = ready()
        expected = answer(interpreter)
        feed, give = map(interpreter.tensor, places(interpreter))
        feed()[:] = 0
        interpreter.invoke()
        zeros = give().copy()
        feed()[:] = drawn(interpreter)
        interpreter.invoke()
        numpy.testing.assert_array_equal(give(), expected)
        self.assertFalse(numpy.array_equal(zeros, expected))
        self.assertFalse(give().flags.owndata)

    def test_a_view_keeps_the_interpreter_from_running(self):
        interpreter = ready()
        feed, give = places(interpreter)
        for held in (interpreter.tensor(feed)(), interpreter.tensor(give)()[0, 2:]):
            for act in (interpreter.invoke, lambda: interpreter.resize_tensor_input(feed, [2, 96, 96, 3])):
                with self.assertRaisesRegex(RuntimeError, "reference to internal data"):
                    act()
            with self.assertRaisesRegex(RuntimeError, "reference to internal data"):
                interpreter.allocate_tensors()
        del held
        interpreter.invoke()

    def test_a_view_outlives_its_interpreter(self):
        interpreter = ready()
        feed, _ = places(interpreter)
        interpreter.set_tensor(feed, drawn(interpreter))
        view, expected = interpreter.tensor(feed)(), drawn(interpreter)
        del interpreter
        gc.collect()
        ballast = [numpy.ones(expected.shape, numpy.int8) for _ in range(100)]
        numpy.testing.assert_array_equal(view, expected)
        del ballast

    def test_constants_are_read_only(self):
        interpreter = ready()
        weights = next(int(op["inputs"][1]) for op in interpreter._get_ops_details())
        with self.assertRaises(ValueError):
            interpreter.tensor(weights)()[:] = 0
        interpreter.invoke()


class Shapes(unittest.TestCase):
    def test_inputs_take_other_shapes(self):
        interpreter = ready()
        single = [answer(interpreter, seed) for seed in range(3)]
        feed, give = places(interpreter)
        inputs = [drawn(interpreter, seed) for seed in range(3)]
        interpreter.resize_tensor_input(feed, [3, 96, 96, 3])
        self.assertEqual(interpreter.get_input_details()[0]["shape"].tolist(), [3, 96, 96, 3])
        with self.assertRaisesRegex(RuntimeError, "allocate_tensors"):
            interpreter.invoke()
        with self.assertRaisesRegex(ValueError, "allocate_tensors"):
            interpreter.set_tensor(feed, numpy.concatenate(inputs))
        interpreter.allocate_tensors()
        self.assertEqual(interpreter.get_output_details()[0]["shape"].tolist(), [3, 10])
        interpreter.set_tensor(feed, numpy.concatenate(inputs))
        interpreter.invoke()
        numpy.testing.assert_array_equal(interpreter.get_tensor(give), numpy.concatenate(single))

    def test_strict_keeps_to_the_signature(self):
        interpreter = ready()
        feed, give = places(interpreter)
        with self.assertRaisesRegex(RuntimeError, "shape_signature"):
            interpreter.resize_tensor_input(feed, [2, 96, 96, 3], strict=True)
        interpreter.resize_tensor_input(feed, [1, 96, 96, 3], strict=True)
        for index, shape in [(feed, [-1, 96, 96, 3]), (give, [1, 10])]:
            with self.assertRaises(RuntimeError):
                interpreter.resize_tensor_input(index, shape)

    def test_a_shape_that_does_not_work_out_leaves_the_interpreter_usable(self):
        interpreter = ready()
        expected, (feed, _) = answer(interpreter), places(interpreter)
        interpreter.resize_tensor_input(feed, [7])
        with self.assertRaises(RuntimeError):
            interpreter.allocate_tensors()
        with self.assertRaises(RuntimeError):
            interpreter.invoke()
        interpreter.resize_tensor_input(feed, [1, 96, 96, 3])
        interpreter.allocate_tensors()
        numpy.testing.assert_array_equal(answer(interpreter), expected)


class Signatures(unittest.TestCase):
    def test_a_signature_is_a_function(self):
        interpreter = ready()
        expected = answer(interpreter)
        self.assertEqual(interpreter.get_signature_list(), {"serving_default": {"inputs": ["pixels"], "outputs": ["output_0"]}})
        for run in (interpreter.get_signature_runner(), Interpreter(INT8, delegate="cpu").get_signature_runner("serving_default")):
            outputs = run(pixels=drawn(interpreter))
            self.assertEqual(list(outputs), ["output_0"])
            numpy.testing.assert_array_equal(outputs["output_0"], expected)
            batch = numpy.concatenate([drawn(interpreter)] * 2)
            numpy.testing.assert_array_equal(run(pixels=batch)["output_0"], numpy.concatenate([expected] * 2))
            interpreter.resize_tensor_input(0, [1, 96, 96, 3])
        details = run.get_input_details()["pixels"]
        self.assertEqual((details["index"], run.get_output_details()["output_0"]["dtype"]), (0, numpy.int8))

    def test_inputs_and_keys_that_there_are_not(self):
        interpreter = ready()
        run = interpreter.get_signature_runner()
        for arguments in ({}, {"image": drawn(interpreter)}, {"pixels": 1, "more": 2}):
            with self.assertRaisesRegex(ValueError, "takes the inputs \\['pixels'\\]"):
                run(**arguments)
        with self.assertRaisesRegex(ValueError, "serving_default"):
            interpreter.get_signature_runner("other")


    def test_signatures_share_what_the_model_keeps(self):
        interpreter = Interpreter(SMALL / "variable.tflite")
        self.assertEqual(interpreter.num_subgraphs(), 2)
        assign, read = interpreter.get_signature_runner("set"), interpreter.get_signature_runner("get")
        with self.assertRaisesRegex(ValueError, "the model has 2 signatures"):
            interpreter.get_signature_runner()
        for value in ([1, 2], [3, 4]):
            assign(x=numpy.array(value, numpy.float32))
            self.assertEqual(read()["y"].tolist(), value)
        interpreter.reset_all_variables()
        with self.assertRaises(RuntimeError):
            read()


class Strings(unittest.TestCase):
    def test_strings_go_in_and_come_out(self):
        interpreter = Interpreter(SMALL / "strings.tflite")
        interpreter.allocate_tensors()
        feed, give = places(interpreter)
        self.assertIs(interpreter.get_input_details()[0]["dtype"], numpy.object_)
        for texts in ([b"a", b"", b"\xff\x00", b"long" * 100], ["a", "b", "ä", ""]):
            interpreter.set_tensor(feed, numpy.array(texts, dtype=object))
            interpreter.invoke()
            expected = [text.encode() if isinstance(text, str) else text for text in texts]
            self.assertEqual(interpreter.get_tensor(give).ravel().tolist(), expected)
            self.assertEqual(interpreter.tensor(feed)().tolist(), expected)
        self.assertEqual(interpreter.get_tensor(give).shape, (2, 2))
        run = interpreter.get_signature_runner()
        self.assertEqual(run(x=numpy.array(["a", "b", "c", "d"]))["y"].tolist(), [[b"a", b"b"], [b"c", b"d"]])
        for value, words in [(numpy.array([b"a"]), "Dimension mismatch"), (numpy.zeros(4, numpy.int8), "expected type object")]:
            with self.assertRaisesRegex(ValueError, words):
                interpreter.set_tensor(feed, value)


class Threads(unittest.TestCase):
    def test_threads_share_an_interpreter(self):
        interpreter = ready(num_threads=1)
        expected = [answer(interpreter, seed) for seed in range(4)]
        inputs = [drawn(interpreter, seed) for seed in range(4)]
        run, faults = interpreter.get_signature_runner(), []

        def work(seed):
            for _ in range(20):
                if not numpy.array_equal(run(pixels=inputs[seed])["output_0"], expected[seed]):
                    faults.append(seed)

        threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])

    def test_other_threads_run_while_a_model_does(self):
        interpreter = ready(delegate="reference")
        may_run, ran = threading.Event(), threading.Event()

        def other():
            may_run.wait()
            ran.set()

        thread = threading.Thread(target=other)
        thread.start()
        interval = sys.getswitchinterval()
        # Python takes its lock from nobody, so that the other thread gets it only where the model gives it away.
        sys.setswitchinterval(1000)
        try:
            may_run.set()
            for _ in range(1000):
                interpreter.invoke()
                if ran.is_set():
                    break
            self.assertTrue(ran.is_set())
        finally:
            sys.setswitchinterval(interval)
        thread.join()


class BesidesLitert(unittest.TestCase):
    def test_the_plan_names_every_node(self):
        interpreter = ready()
        plan = interpreter.plan()
        self.assertEqual([node.op_name for node in plan], [op["op_name"] for op in interpreter._get_ops_details()])
        self.assertEqual({delegate for node in plan for delegate in node.delegates}, {"cpu"})
        self.assertEqual(len(str(plan).splitlines()), len(plan))
        self.assertIn("0:0 CONV_2D: cpu", str(plan))

    def test_reasons_are_to_be_had(self):
        self.assertIn("gpu", ready().why_not())
        self.assertEqual(ready().why_not("cpu"), {})
        automatic = ready(delegate="auto")
        if "gpu" not in automatic._native.delegates:
            self.assertTrue(automatic.why_not("gpu")["gpu"])
        with self.assertRaisesRegex(ValueError, "tpu"):
            ready().why_not("tpu")

    def test_nodes_are_measured(self):
        interpreter = ready()
        expected = answer(interpreter)
        profile = interpreter.profile(runs=2)
        self.assertEqual({node.delegate for node in profile}, {"cpu"})
        self.assertTrue(all(node.seconds > 0 for node in profile if node.fused_with is None))
        numpy.testing.assert_array_equal(interpreter.get_tensor(places(interpreter)[1]), expected)


if __name__ == "__main__":
    unittest.main()
