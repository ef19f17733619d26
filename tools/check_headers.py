#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every header alone: the public ones as C11 and C++17, the internal ones as the project's C."""
import os
import pathlib
import shutil
import subprocess
import sys

import tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
CC = os.environ.get("CC", "cc").split()


# Headers that need those of a library that lies in a folder of its own, and may be missing: pkg-config's name, or where
# script/bootstrap puts them.
LIBRARIES = {"src/sources/pipewire_library.h": "libpipewire-0.3"}
FOLDERS = {"src/runtime/ort.h": ".deps/onnxruntime/include"}


def library_flags(top, name):
    """How the compiler finds the library's headers; None where it is not installed."""
    if name in FOLDERS:
        folder = top / FOLDERS[name]
        return ["-isystem", str(folder)] if folder.is_dir() else None
    if name not in LIBRARIES:
        return []
    done = subprocess.run(["pkg-config", "--cflags", LIBRARIES[name]], capture_output=True, text=True)
    return done.stdout.replace("-I", "-isystem").split() if done.returncode == 0 else None


def cxx():
    """A C++ compiler, or clang asked to be one: the headers need nothing of the C++ library."""
    for name in ("c++", "g++", "clang++", "clang"):
        if shutil.which(name):
            return [name]
    return None


def compiles(top, compiler, language, standard, header, flags):
    """The compiler's complaint about a file that includes nothing else, or nothing. -Wpedantic wants a declaration."""
    text = f"#include <{header}>\ntypedef int one_declaration;\n"
    command = compiler + ["-x", language, f"-std={standard}", "-D_GNU_SOURCE", *WARNINGS, *flags,
                          "-I", str(top / "include"), "-I", str(top / "src"), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def check(top):
    problems = []
    plus = cxx()
    for name in tree.files(top):
        path = pathlib.PurePosixPath(name)
        if path.suffix != ".h" or path.parts[0] not in ("include", "src"):
            continue
        flags = library_flags(top, name)
        if flags is None:
            continue
        header = path.relative_to(path.parts[0]).as_posix()
        ways = [(CC, "c", "gnu11")]
        if path.parts[0] == "include":
            ways = [(CC, "c", "c11")] + ([(plus, "c++", "c++17")] if plus else [])
        for compiler, language, standard in ways:
            complaint = compiles(top, compiler, language, standard, header, flags)
            if complaint:
                problems.append(f"{name} alone as {standard}:\n{complaint}")
    if not plus:
        print("no C++ compiler here: the public headers were compiled as C alone")
    return problems


FIXTURES = [
    ({"include/chiton/a.h": "#include <stddef.h>\nsize_t ct_a(void);\n"}, ""),
    ({"include/chiton/a.h": "size_t ct_a(void);\n"}, "alone as c11"),
    ({"include/chiton/a.h": "int ct_a(int class);\n"}, "alone as c++17"),
    ({"src/base/a.h": "void ct__a(struct unknown *a);\n"}, "alone as gnu11"),
]

if __name__ == "__main__":
    sys.exit(tree.run(check, FIXTURES))
