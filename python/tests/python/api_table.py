"""Prints a page with its table of LiteRT's Python API brought up to date: every name of its package, and what it is here.

What is there, and with which arguments, comes from both packages; `NOTES` says what a reader has to know besides.
"""

import argparse
import importlib.metadata
import inspect
import pathlib
import pkgutil

import ai_edge_litert
from ai_edge_litert import interpreter as theirs

from demilite import interpreter as ours

BEGIN, END = "<!-- the table begins -->", "<!-- the table ends -->"

SAME, MORE, DIFFERS, REFUSED, ABSENT = "the same", "takes more", "differs", "refused", "absent"

# Names that are not as LiteRT has them, each with a state and a reason, and names with something to know besides.
NOTES = {
    "Delegate": (ABSENT, "delegates are demilite's own, chosen by `delegate`"),
    "load_delegate": (REFUSED, "a `ValueError`, as for a delegate that is not to be had; `delegate` chooses one"),
    "Interpreter(experimental_delegates)": (REFUSED, "a `ValueError` unless it is empty; `delegate` chooses one"),
    "Interpreter(num_threads)": (DIFFERS, "without it one thread for each core, where LiteRT takes one"),
    "Interpreter(experimental_op_resolver_type)": (DIFFERS, "`BUILTIN_REF` is `delegate=\"reference\"`; the others are `\"auto\"`"),
    "Interpreter(experimental_disable_delegate_clustering)": (DIFFERS, "changes nothing: effects run in the order of the file anyway"),
    "Interpreter(experimental_default_delegate_latest_features)": (DIFFERS, "changes nothing"),
    "Interpreter(experimental_disable_delegate_node_fusion)": (DIFFERS, "changes nothing: `profile` says what is fused"),
    "Interpreter(experimental_force_delegate_node_profiling)": (DIFFERS, "changes nothing: `profile` measures nodes"),
    "Interpreter.get_tensor": (DIFFERS, "an intermediate tensor that is not kept is a `ValueError`, where LiteRT gives what lies there"),
    "Interpreter.reset_all_variables": (DIFFERS, "resets resource variables and hash tables too"),
    "Interpreter.resize_tensor_input": (DIFFERS, "a tensor that is no input is a `RuntimeError`, where LiteRT resizes it"),
    "Interpreter.set_tensor": (DIFFERS, "takes inputs and outputs alone"),
    "Interpreter._native_handle": (REFUSED, "a `NotImplementedError`: there is no C++ interpreter"),
    "InterpreterWithCustomOps(custom_op_registerers)": (REFUSED, "a `ValueError` unless it is empty; custom ops of public models run without"),
}

# Members without an underscore are public; these are used by public scripts all the same.
PRIVATE = ("_get_full_signature_list", "_get_op_details", "_get_ops_details", "_get_tensor_details", "_native_handle")


def parameters(function):
    """The parameters of a function, without `self`."""
    return [name for name in inspect.signature(function).parameters if name != "self"]


def is_defined_in(module, member):
    """Whether a member of a module is its own."""
    return (inspect.isclass(member) or inspect.isfunction(member)) and member.__module__ == module.__name__


def entries():
    """The names of LiteRT's module, each with what it is there and here."""
    for name, member in vars(theirs).items():
        if name.startswith("_") or not is_defined_in(theirs, member):
            continue
        here = getattr(ours, name, None)
        yield name, member, here
        if not inspect.isclass(member):
            continue
        if "__init__" in vars(member):
            given = parameters(here.__init__) if here else []
            for parameter in parameters(member.__init__):
                yield f"{name}({parameter})", None, parameter if parameter in given else None
        for attribute, value in vars(member).items():
            if attribute == "__call__" or attribute in PRIVATE or not attribute.startswith("_"):
                yield f"{name}.{attribute}", value, getattr(here, attribute, None)


def state(there, here):
    """What a name is here, by what both packages have."""
    if here is None:
        return ABSENT
    if not inspect.isfunction(there):
        return SAME
    there, here = parameters(there), parameters(here)
    if here[: len(there)] != there:
        return DIFFERS
    return SAME if here == there else MORE


def rows():
    """The rows of the table."""
    notes = dict(NOTES)
    for name, there, here in entries():
        found = state(there, here)
        noted, note = notes.pop(name, (found, ""))
        if name.startswith("Delegate("):
            continue
        if found == ABSENT and noted != ABSENT:
            raise SystemExit(f"{name} is absent, and the notes say {noted}")
        if found == DIFFERS and not note:
            raise SystemExit(f"{name} differs, and no note says how")
        yield f"| `{name}` | {noted} | {note} |"
    if notes:
        raise SystemExit(f"LiteRT has no {list(notes)}")
    modules = (f"`{name}`" for name in sorted(modules_beside()))
    yield f"| the modules {', '.join(modules)} | {ABSENT} | the interpreter is what there is here |"


def modules_beside():
    """LiteRT's modules beside the interpreter, without libraries and what protocol buffers generate."""
    for module in pkgutil.iter_modules(ai_edge_litert.__path__):
        is_library = module.name.startswith(("_", "lib", "pywrap")) or module.name.endswith(("_pb2", "pybind11"))
        if not is_library and module.name != "interpreter":
            yield module.name


def own():
    """What demilite has beside LiteRT's names."""
    for name, member in vars(ours.Interpreter).items():
        if not name.startswith("_") and not hasattr(theirs.Interpreter, name):
            yield f"| `Interpreter.{name}` | {inspect.getdoc(member).splitlines()[0]} |"
    added = set(parameters(ours.Interpreter.__init__)) - set(parameters(theirs.Interpreter.__init__))
    for parameter in sorted(added):
        yield f"| `Interpreter({parameter})` | The delegate, by its name. |"


def table():
    """The tables as text."""
    release = importlib.metadata.version("ai-edge-litert")
    head = f"| LiteRT {release} | here | what to know |\n|---|---|---|"
    return "\n".join([head, *rows(), "", "| only here | |\n|---|---|", *own()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    text = parser.parse_args().page.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    print(f"{before}{BEGIN}\n{table()}\n{END}{after}", end="")


if __name__ == "__main__":
    main()
