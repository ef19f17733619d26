#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a script can check of the style: check_style.py [--format]. With --format: .clang-format's layout."""
import pathlib
import re
import shutil
import subprocess
import sys

import tree

COLUMNS = 100
FILE_LINES, FILE_LINES_SMELL = 700, 400
FUNCTION_LINES = 100
SKIPPED = 77
CLANG_FORMAT = "14"

# Text files that other programs write or other people wrote.
FOREIGN = ("LICENSE", "tools/requirements.txt")
NEEDS_LICENCE = (".c", ".h", ".py", ".sh", "meson.build", "meson_options.txt")
PROSE = (".md", ".txt", ".json", ".jsonl", ".csv", ".build")

# A pattern in C code (comments and strings blanked), the paths it is about, those excepted, what is wrong with it.
RULES = [
    (r"\b(?:v?printf|puts|putchar|perror)\s*\(|\bv?fprintf\s*\(\s*std(?:err|out)\b",
     "src/", ("src/cli/",), "the library never prints: use ct__log or ct__fail"),
    (r"\b(?:exit|_exit|_Exit|quick_exit|abort)\s*\(", "src/", ("src/cli/",), "the library never exits or aborts"),
    (r"\b(?:malloc|calloc|realloc|reallocarray|strn?dup|aligned_alloc|posix_memalign|v?asprintf|open_memstream|free)"
     r"\s*\(", "src/", ("src/base/mem.c",), "memory comes from base/mem.h"),
    (r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|localtime|gmtime)\s*\(", "", ("tests/",),
     "unbounded or not reentrant"),
    (r"\b(?:ato(?:i|l|ll|f)|strto(?:l|ll|ul|ull|f|d|ld))\s*\(", "src/", ("src/base/text.c", "src/base/mem.c"),
     "numbers are read by base/text.h, which tells what is wrong and knows no locale"),
]

MARKS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w$}])/(?:work|root|farm|home/\w+)/")


def check_text(name, text):
    """What holds for every text file."""
    lines = text.split("\n")
    prose = name.endswith(PROSE)
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if len(line) > COLUMNS and name.endswith((".c", ".h")):
            yield f"{where}: {len(line)} columns, at most {COLUMNS}"
        if "\t" in line and not prose:
            yield f"{where}: a tab"
        if line != line.rstrip() and not name.endswith((".jsonl", ".csv")):
            yield f"{where}: blanks at the end of the line"
        if MACHINE_PATH.search(line):
            yield f"{where}: a path of one machine"
        if name != "tools/check_style.py" and name.endswith((".c", ".h", ".py", ".sh")) and MARKS.search(line):
            yield f"{where}: a mark left in the code"
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    if (name.endswith(NEEDS_LICENCE) or text.startswith("#!")) and "SPDX-License-Identifier:" not in "".join(lines[:2]):
        yield f"{name}: no SPDX-License-Identifier in the first two lines"


def check_lengths(name, text):
    """A function's body stands between braces in the first column."""
    lines = text.split("\n")
    if len(lines) > FILE_LINES:
        yield f"{name}: {len(lines)} lines, at most {FILE_LINES}: split it"
    elif len(lines) > FILE_LINES_SMELL:
        print(f"note: {name}: {len(lines)} lines; above {FILE_LINES_SMELL} it may be two things")
    begin = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            begin = number
        elif line == "}" and begin:
            if number - begin - 1 > FUNCTION_LINES:
                yield f"{name}:{begin}: a function of {number - begin - 1} lines, at most {FUNCTION_LINES}"
            begin = None


def check_code(name, text):
    plain = tree.code(text)
    for pattern, under, excepted, what in RULES:
        if not name.startswith(under) or (excepted and name.startswith(excepted)):
            continue
        for match in re.finditer(pattern, plain):
            yield f"{name}:{plain.count(chr(10), 0, match.start()) + 1}: {match.group(0).strip()}: {what}"


def check(top):
    problems = []
    for name in tree.files(top):
        if name.startswith(FOREIGN):
            continue
        data = pathlib.Path(top, name).read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            problems.append(f"{name}: a binary file")
            continue
        problems += check_text(name, text)
        if name.endswith((".c", ".h")):
            problems += check_lengths(name, text)
            problems += check_code(name, text)
    return problems


def check_format(top):
    """Problems of the layout, or None without the version of clang-format that the layout is defined by."""
    for program in (f"clang-format-{CLANG_FORMAT}", "clang-format"):
        if shutil.which(program):
            version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if f"version {CLANG_FORMAT}." in version:
                break
    else:
        return None
    names = [name for name in tree.files(top) if name.endswith((".c", ".h"))]
    done = subprocess.run([program, "--dry-run", "-Werror", "--style=file", *names], cwd=top, capture_output=True,
                          text=True)
    return [line for line in done.stderr.splitlines() if "error:" in line]


FIXTURES = [
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\nint ct__a(void);\n"}, ""),
    ({"src/base/a.c": "int a;\n"}, "no SPDX"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\n" + "/" * 101 + "\n"}, "101 columns"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\n\tint a;\n"}, "a tab"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\nint a; \n"}, "blanks at the end"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\n// FIXME: later\n"}, "a mark left"),
    ({"docs/a.md": "see " + "/" + "work/main\n"}, "a path of one machine"),
    ({"docs/a.md": "no newline"}, "no newline"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\n" + "int a;\n" * 700}, "split it"),
    ({"src/base/a.c": "// SPDX-License-Identifier: Apache-2.0\nint a(void)\n{\n" + "    a();\n" * 101 + "}\n"},
     "a function of 101 lines"),
    ({"src/base/a.c": '// SPDX-License-Identifier: Apache-2.0\nint a(void)\n{\n    return printf("");\n}\n'},
     "never prints"),
    ({"src/media/a.c": "// SPDX-License-Identifier: Apache-2.0\nvoid a(void)\n{\n    abort();\n}\n"}, "never exits"),
    ({"src/media/a.c": "// SPDX-License-Identifier: Apache-2.0\nvoid a(void *b)\n{\n    free(b);\n}\n"}, "memory comes"),
    ({"bench/a.c": "// SPDX-License-Identifier: Apache-2.0\nvoid a(char *b)\n{\n    strcpy(b, b);\n}\n"}, "unbounded"),
    ({"a.png": b"\x89PNG\0"}, "a binary file"),
]


def main():
    if "--format" not in sys.argv:
        return tree.run(check, FIXTURES)
    problems = check_format(tree.TOP)
    if problems is None:
        print(f"clang-format {CLANG_FORMAT} is not here")
        return SKIPPED
    print("\n".join(problems) or "ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
