"""Checks of what the delegate does within a runtime, each a function; the one that is named is called."""

import argparse
import gc
import os
import pathlib
import threading

import numpy

from runtime import RUNTIME, claimed, heard, interpreter, load_delegate

LIBRARY = None
FOLDER = None


def delegate(**options):
    """A delegate that says what it claims."""
    return load_delegate(LIBRARY, {"backend": "cpu", "log": "graphs", **options})


def model(name):
    """A model's file."""
    return FOLDER / f"{name}.tflite"


def drawn(feed, seed=0):
    """An input of random numbers."""
    random = numpy.random.default_rng(seed)
    if numpy.issubdtype(feed["dtype"], numpy.floating):
        return random.uniform(-1, 1, feed["shape"]).astype(feed["dtype"])
    low, high = numpy.iinfo(feed["dtype"]).min, numpy.iinfo(feed["dtype"]).max
    return random.integers(low, high, feed["shape"], dtype=feed["dtype"], endpoint=True)


def outputs(loaded, seed=0):
    """What an interpreter gives for drawn inputs."""
    for feed in loaded.get_input_details():
        loaded.set_tensor(feed["index"], drawn(feed, seed))
    loaded.invoke()
    return [loaded.get_tensor(output["index"]) for output in loaded.get_output_details()]


def ready(name, delegates=(), **options):
    """An interpreter whose tensors are allocated."""
    loaded = interpreter(model(name), delegates, **options)
    loaded.allocate_tensors()
    return loaded


def same(left, right):
    """Whether two lists of arrays are equal."""
    return len(left) == len(right) and all(map(numpy.array_equal, left, right))


def refusal(act, kind):
    """The words of the error that an act ends with."""
    with heard() as said:
        try:
            act()
        except kind as error:
            words = str(error)
        else:
            raise AssertionError(f"no {kind.__name__}")
    return words + said[0]


def misspelt_options():
    """The error names the options that there are, and what they take."""
    misspelt = [
        ({"bakend": "gpu"}, "there are backend, precision, threads"),
        ({"backend": "tpu"}, "it takes auto, gpu, cpu or reference"),
        ({"threads": 0}, "it takes a number from 1 on"),
        ({"deny": "Conv"}, "which LiteRT does not have"),
    ]
    # TensorFlow and Mesa's software adapter do not go together.
    if not RUNTIME.__name__.startswith("tensorflow"):
        misspelt.append(({"backend": "gpu", "adapter": "no such adapter"}, "no such adapter"))
    for options, expected in misspelt:
        words = refusal(lambda: load_delegate(LIBRARY, options), ValueError)
        assert expected in words, words


def integers_are_the_references():
    """Bytes are those of the reference's kernels, whoever runs how much."""
    expected = outputs(ready("shapes_int8"))
    for options in [{}, {"backend": "reference"}, {"threads": 1}, {"deny": "CONV_2D"}, {"allow": "CONV_2D"}]:
        given = outputs(ready("shapes_int8", [delegate(**options)]))
        assert same(expected, given), options


def lists_split_a_graph():
    """Ops on the deny list stay, and what is around them is several partitions."""
    with heard() as said:
        whole = ready("shapes_f32", [delegate()])
        split = ready("shapes_f32", [delegate(deny="CONV_2D")])
        few = ready("shapes_f32", [delegate(deny="CONV_2D", max_partitions=1)])
        none = ready("shapes_f32", [delegate(min_nodes_per_partition=1000)])
    lines = said[0].splitlines()
    counts = [claimed(line) for line in lines if "nodes run on" in line]
    assert len(counts) == 4, said
    nodes = counts[0][1]
    assert counts[0] == (nodes, nodes, 1), counts
    assert 0 < counts[1][0] < nodes and counts[1][2] > 1, counts
    assert 0 < counts[2][0] < counts[1][0] and counts[2][2] == 1, counts
    assert counts[3] == (0, nodes, 0), counts
    expected = outputs(none)
    for loaded in (whole, split, few):
        for left, right in zip(expected, outputs(loaded), strict=True):
            numpy.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5)


def strict_refuses_what_stays():
    """Strict is an error that names the nodes that would stay, and none where all are run."""
    outputs(ready("shapes_f32", [delegate(strict=True)]))
    words = refusal(lambda: ready("shapes_f32", [delegate(strict=True, deny="SOFTMAX")]), (RuntimeError, ValueError))
    assert "SOFTMAX" in words and "on the deny list" in words, words


def shapes_change():
    """Inputs take other shapes, again and again, also where several kernels hand on what they compute."""
    plain = interpreter(model("shapes_int8"))
    with_delegate = interpreter(model("shapes_int8"), [delegate()])
    split = interpreter(model("shapes_int8"), [delegate(deny="CONV_2D")])
    for batch in (1, 3, 2, 3):
        given = []
        for loaded in (plain, with_delegate, split):
            feed = loaded.get_input_details()[0]
            loaded.resize_tensor_input(feed["index"], [batch, *feed["shape"][1:]])
            loaded.allocate_tensors()
            given.append(outputs(loaded, batch))
        assert given[0][0].shape[0] == batch, given[0][0].shape
        assert same(given[0], given[1]) and same(given[0], given[2]), batch


def interpreters_share_a_delegate():
    """One delegate serves several interpreters of several models on several threads at once."""
    shared = delegate(threads=2)
    names = ["shapes_int8", "shapes_f32", "shapes_int8"]
    each = [ready(name, [delegate(threads=2)]) for name in names]
    alone = [[outputs(one, seed) for seed in range(20)] for one in each]
    loaded = [ready(name, [shared]) for name in names]
    together = [None] * len(names)

    def work(place):
        together[place] = [outputs(loaded[place], seed) for seed in range(20)]

    threads = [threading.Thread(target=work, args=[place]) for place in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for left, right in zip(alone, together, strict=True):
        assert all(map(same, left, right))
    del shared
    loaded.pop(0)
    gc.collect()
    assert same(outputs(loaded[1], 3), alone[2][3])


def variables_stay_with_the_interpreter():
    """What a model keeps from one invocation to the next is the interpreter's, which resets it."""
    name, seeds = "tflm_mnist_lstm_int8", [0, 1, 2, 0, 1, 2]
    loaded = [ready(name), ready(name, [delegate(strict=True)])]
    rounds = []
    for _ in range(2):
        rounds.append([outputs(loaded[0], seed) for seed in seeds])
        given = [outputs(loaded[1], seed) for seed in seeds]
        assert all(map(same, rounds[-1], given))
        for each in loaded:
            each.reset_all_variables()
    assert all(map(same, *rounds))
    assert not same(rounds[0][0], rounds[0][3]), "the model keeps nothing"


def resident():
    """Bytes of memory that the process has."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_is_flat():
    """Neither invocations nor delegates leave memory behind."""
    rounds = int(os.environ.get("DEMILITE_SOAK", 1000))

    def create():
        loaded = ready("shapes_int8", [load_delegate(LIBRARY, {"backend": "cpu", "threads": 1})])
        return outputs(loaded)

    expected = create()
    loaded = ready("shapes_int8", [load_delegate(LIBRARY, {"backend": "cpu", "threads": 1})])
    for act, times in [(lambda: outputs(loaded), rounds), (create, max(rounds // 100, 10))]:
        for _ in range(max(times // 5, 5)):
            act()
        gc.collect()
        before = resident()
        for _ in range(times):
            assert same(act(), expected)
        gc.collect()
        grown = resident() - before
        assert grown < 4 << 20, f"{grown} bytes more after {times} times"


def main():
    global LIBRARY, FOLDER
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("check")
    arguments = parser.parse_args()
    LIBRARY, FOLDER = arguments.library, arguments.folder
    globals()[arguments.check]()


if __name__ == "__main__":
    main()
