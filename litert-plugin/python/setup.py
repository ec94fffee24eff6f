"""Builds the delegate's library with cargo, and packs it.

`DEMILITE_LITERT_LIBRARY` names a library that is built already.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

WORKSPACE = pathlib.Path(__file__).resolve().parents[2]
NAMES = {"darwin": "libdemilite_litert.dylib", "win32": "demilite_litert.dll"}
NAME = NAMES.get(sys.platform, "libdemilite_litert.so")


def library():
    """The library, built if need be."""
    built = os.environ.get("DEMILITE_LITERT_LIBRARY")
    if built:
        return pathlib.Path(built)
    subprocess.run(["cargo", "build", "--release", "--locked", "--package", "demilite-litert"], cwd=WORKSPACE, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return WORKSPACE / target / "release" / NAME


class BuildWithLibrary(build_py):
    """Puts the library beside the modules."""

    def run(self):
        super().run()
        folder = pathlib.Path(self.build_lib) / "demilite_litert"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(library(), folder / NAME)


class WheelOfAnyPython(bdist_wheel):
    """A wheel for this platform and every Python 3: the library knows nothing of Python."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelOfAnyPython})
