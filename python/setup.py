"""Builds the native module with cargo, and packs it.

`DEMILITE_PYTHON_LIBRARY` names a library that is built already.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

WORKSPACE = pathlib.Path(__file__).resolve().parents[1]
# What cargo calls the library, and what Python looks for.
NAMES = {
    "darwin": ("libdemilite_python.dylib", "_native.abi3.so"),
    "win32": ("demilite_python.dll", "_native.pyd"),
}
BUILT, MODULE = NAMES.get(sys.platform, ("libdemilite_python.so", "_native.abi3.so"))


def library():
    """The library, built if need be."""
    built = os.environ.get("DEMILITE_PYTHON_LIBRARY")
    if built:
        return pathlib.Path(built)
    subprocess.run(["cargo", "build", "--release", "--locked", "--package", "demilite-python"], cwd=WORKSPACE, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return WORKSPACE / target / "release" / BUILT


class BuildWithModule(build_py):
    """Puts the native module beside those of Python."""

    def run(self):
        super().run()
        folder = pathlib.Path(self.build_lib) / "demilite"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(library(), folder / MODULE)


class WheelOfStableAbi(bdist_wheel):
    """A wheel for this platform and every CPython from 3.9 on."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("cp39", "abi3", super().get_tag()[2])


setup(cmdclass={"build_py": BuildWithModule, "bdist_wheel": WheelOfStableAbi})
