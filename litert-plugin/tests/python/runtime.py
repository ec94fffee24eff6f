"""The runtime that the delegate is loaded into, whichever there is, and what the delegate says on the standard error."""

import contextlib
import importlib
import os
import re
import sys
import tempfile

RUNTIMES = [
    "ai_edge_litert.interpreter",
    "tflite_runtime.interpreter",
    "tensorflow.lite.python.interpreter",
]


def found():
    """The module of the runtime that `DEMILITE_RUNTIME` names, or of the first that there is."""
    named = os.environ.get("DEMILITE_RUNTIME")
    for name in [named] if named else RUNTIMES:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            reason = error
    raise reason


RUNTIME = found()
Interpreter, load_delegate = RUNTIME.Interpreter, RUNTIME.load_delegate
REFERENCE = RUNTIME.OpResolverType.BUILTIN_REF

# What the delegate says of a graph.
CLAIMED = re.compile(r"demilite: (\d+) of (\d+) nodes run on \w+, in (\d+) partitions")


@contextlib.contextmanager
def heard():
    """Gives a list that has what was written to the standard error once it is over."""
    sys.stderr.flush()
    said, kept = [], os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said.append(file.read().decode(errors="replace"))


def claimed(said):
    """Nodes that are claimed, nodes, and partitions, of all graphs together."""
    counts = [tuple(map(int, match)) for match in CLAIMED.findall(said)]
    return tuple(map(sum, zip(*counts))) if counts else (0, 0, 0)


def interpreter(model, delegates=(), **options):
    """An interpreter of a model file with the reference's kernels for what the delegates leave."""
    return Interpreter(
        model_path=str(model),
        experimental_delegates=list(delegates),
        experimental_op_resolver_type=REFERENCE,
        **options,
    )
