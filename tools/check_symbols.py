#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the names a program sees: check_symbols.py SHARED STATIC.

The shared library exports exactly what the public headers declare; every other global name of the static one starts
with ct__, so that it cannot meet a name of the program it is linked into.
"""
import re
import subprocess
import sys

import tree

DECLARED = re.compile(r"\bCT_API\b[^;{]*?\b(ct_\w+)\s*\(")


def declared(top):
    names = set()
    for name in tree.files(top):
        if name.startswith("include/chiton/"):
            names.update(DECLARED.findall(tree.code(tree.read(top, name))))
    return names


def defined(library, *options):
    listed = subprocess.run(["nm", "--defined-only", "--format=posix", *options, library], check=True,
                            capture_output=True, text=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return {row[0].split("@")[0] for row in rows if len(row) >= 2 and row[1] in "TDBRVWGSui"}


def compare(public, exported, archived):
    """Problems of the names declared, those of the shared and those of the static library."""
    problems = [f"{name}: declared in include/chiton, not exported" for name in sorted(public - exported)]
    problems += [f"{name}: exported, not declared in include/chiton" for name in sorted(exported - public)]
    problems += [f"{name}: a global name of the static library without ct__ in front"
                 for name in sorted(archived - public) if not name.startswith("ct__")]
    return problems


def self_test():
    good = not compare({"ct_a"}, {"ct_a"}, {"ct_a", "ct__b"})
    good = good and "not exported" in compare({"ct_a"}, set(), set())[0]
    good = good and "not declared" in compare(set(), {"ct__b"}, set())[0]
    good = good and "without ct__" in compare(set(), set(), {"helper"})[0]
    good = good and DECLARED.findall("CT_API int\nct_a(int b); CT_API const char *ct_b(void);") == ["ct_a", "ct_b"]
    return 0 if good else 1


def main():
    if "--self-test" in sys.argv:
        return self_test()
    shared, static = sys.argv[1:]
    public = declared(tree.TOP)
    problems = compare(public, defined(shared, "-D"), defined(static, "-g"))
    print("\n".join(problems) or f"ok: {len(public)} public functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
