#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that docs/options.md, docs/chiton.1 and the table at the end of docs/fleet.md are what the program writes:
check_reference.py [--write] CHITON. With --write it writes them."""
import pathlib
import shutil
import subprocess
import sys

import tree

PAGES = {
    "docs/options.md": ["help", "--format", "markdown"],
    "docs/chiton.1": ["help", "--format", "man"],
    "docs/fleet.md": ["config", "schema", "--format", "markdown"],
}
# What stands above this line of a page is written by hand.
MARK = "<!-- The rest is written by tools/check_reference.py. -->\n\n"


def merge(committed, written):
    """A page with the part that is written anew; all of it, where nothing is written by hand."""
    return committed[:committed.index(MARK) + len(MARK)] + written if MARK in committed else written


def compare(committed, written):
    """Problems of the committed pages against what the program writes; both by path."""
    return [f"{name} is out of date: tools/check_reference.py --write CHITON writes it"
            for name in sorted(written) if committed.get(name) != written[name]]


def lint(path):
    """Warnings of mandoc, where it is installed."""
    if not shutil.which("mandoc"):
        return []
    result = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True)
    return result.stdout.splitlines()


def self_test():
    good = not compare({"a": "1"}, {"a": "1"})
    good = good and "out of date" in compare({"a": "1"}, {"a": "2"})[0]
    good = good and "out of date" in compare({}, {"a": "2"})[0]
    good = good and merge("a", "b") == "b" and merge("a" + MARK + "b", "c") == "a" + MARK + "c"
    return 0 if good else 1


def main():
    if "--self-test" in sys.argv:
        return self_test()
    program = sys.argv[-1]
    committed = {name: tree.read(tree.TOP, name) for name in PAGES if pathlib.Path(tree.TOP, name).exists()}
    written = {name: merge(committed.get(name, ""), subprocess.run([program, *arguments], check=True,
                                                                   capture_output=True, text=True).stdout)
               for name, arguments in PAGES.items()}
    if "--write" in sys.argv:
        for name, text in written.items():
            pathlib.Path(tree.TOP, name).write_text(text, encoding="utf-8")
        committed = written
    problems = compare(committed, written) + lint(pathlib.Path(tree.TOP, "docs/chiton.1"))
    print("\n".join(problems) or "ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
