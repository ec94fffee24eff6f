"""Narrower vector instructions for the libraries of this process."""

import ctypes
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("masked_cpuid.c")
SETS = ("avx2", "avx-vnni")


def narrow(instructions: str) -> None:
    """Hides all wider sets of instructions from code that asks the processor from now on: see `masked_cpuid.c`."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "masked_cpuid.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)
        masked = ctypes.CDLL(str(library))
    if masked.mask_cpuid(int(instructions == "avx-vnni")):
        raise SystemExit(f"--instructions {instructions}: CPUID cannot be made to fault on this processor and kernel")
