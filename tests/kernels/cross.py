#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the check of the pixel kernels on another processor than this one: cross.py BUILD_FOLDER.

The checks and what they need of src/ are compiled for 64-bit ARM, linked statically, and run by qemu: nothing else of
that architecture has to be installed. Skips, naming what is missing, without the compiler or qemu.
"""
import pathlib
import platform
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
COMPILER = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
# What the checks use; references from what they do not use are dropped by the linker.
SOURCES = ("tests/kernels/*.c", "src/image/*.c", "src/frame/*.c", "src/base/clock.c",
           "src/base/mem.c", "src/base/log.c", "src/base/text.c")
OTHERS = ("kernels_avx2.c", "kernels_avx512.c")
# As in meson.build: the same bits come of the same rules for floats.
FLAGS = ["-std=gnu11", "-O3", "-D_GNU_SOURCE", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror",
         "-Wno-missing-field-initializers", "-ffunction-sections", "-Wl,--gc-sections", "-static"]
SKIPPED = 77


def main():
    if platform.machine() in ("aarch64", "arm64"):
        print("this is 64-bit ARM: the test `kernels` runs on it")
        return SKIPPED
    emulator = next(filter(shutil.which, EMULATORS), None)
    missing = [what for what, there in ((COMPILER, shutil.which(COMPILER)), (EMULATORS[0], emulator)) if not there]
    if missing:
        print("needs", " and ".join(missing))
        return SKIPPED
    sources = [str(path) for part in SOURCES for path in sorted(TOP.glob(part)) if path.name not in OTHERS]
    program = str(pathlib.Path(sys.argv[1]) / "check_kernels_arm64")
    subprocess.run([COMPILER, *FLAGS, f"-I{TOP}/include", f"-I{TOP}/src", "-o", program, *sources, "-lm", "-lpthread"],
                   check=True)
    return subprocess.run([emulator, program, *sys.argv[2:]]).returncode


if __name__ == "__main__":
    sys.exit(main())
