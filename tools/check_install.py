#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a user of the library does: install, compile the example and README's program with pkg-config, shared and
static, and run them. usage: check_install.py BUILD_FOLDER"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    return done.returncode, done.stdout


def must(command, **options):
    code, output = run(command, **options)
    if code:
        sys.exit(f"{' '.join(map(str, command))}: exit {code}\n{output}")
    return output


def pkg_config(prefix, *arguments):
    folders = [str(path.parent) for path in prefix.rglob("chiton.pc")]
    environment = dict(os.environ, PKG_CONFIG_PATH=":".join(folders))
    return must(["pkg-config", "--define-variable=prefix=" + str(prefix), *arguments], env=environment).split()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder)
        must(["meson", "install", "-C", str(build), "--no-rebuild", "--destdir", folder])
        prefix = next(stage.rglob("include/chiton/chiton.h")).parent.parent.parent
        library = next(stage.rglob("libchiton.so")).parent
        environment = dict(os.environ, LD_LIBRARY_PATH=str(library))
        program = re.search(r"```c\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S).group(1)
        (stage / "readme.c").write_text(program, encoding="utf-8")
        compiler = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"]
        flags = pkg_config(prefix, "--cflags", "--libs", "chiton")
        for name, source in (("image", ROOT / "examples" / "image.c"), ("readme", stage / "readme.c")):
            must([*compiler, str(source), "-o", str(stage / name), *flags])
        code, output = run([str(stage / "image")], env=environment)
        if code != 2 or "usage" not in output:
            sys.exit(f"image without arguments: exit {code}\n{output}")
        archive = next(stage.rglob("libchiton.a"))
        # Only chiton itself is static: the libraries under it are the distribution's.
        below = pkg_config(prefix, "--print-requires-private", "chiton")
        static = [*pkg_config(prefix, "--cflags", "chiton"), str(archive), *pkg_config(prefix, "--libs", *below),
                  "-lm", "-ldl", "-pthread"]
        must([*compiler, str(ROOT / "examples" / "image.c"), "-o", str(stage / "static"), *static])
        if run([str(stage / "static")])[0] != 2:
            sys.exit("the statically linked example does not run")
        version = must([str(next(stage.rglob("bin/chiton"))), "--version"], env=environment)
        if not version.startswith("chiton"):
            sys.exit("the installed program does not say its version: " + version)
    print("ok")


if __name__ == "__main__":
    main()
