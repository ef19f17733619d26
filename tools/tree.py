# SPDX-License-Identifier: Apache-2.0
"""What the check_*.py programs share: the files of the tree, code without comments, a report, self-tests."""
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent


NEW = (".c", ".h", ".py", ".sh", ".md", ".build")


def git_files(top, *options):
    command = ["git", "-C", str(top), "ls-files", "-z", *options]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")


def files(top):
    """Paths (relative, as text) of what git tracks and of new sources; without git all that do not start with a dot."""
    try:
        new = git_files(top, "-o", "--exclude-standard")
        names = git_files(top) + [name for name in new if name.endswith(NEW)]
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(top) for path in pathlib.Path(top).rglob("*") if path.is_file())
        names = [path.as_posix() for path in found
                 if not any(part.startswith((".", "build", "__")) for part in path.parts)]
    return sorted(name for name in set(names) if pathlib.Path(top, name).is_file())


def read(top, name):
    return pathlib.Path(top, name).read_text(encoding="utf-8", errors="replace")


COMMENT_OR_STRING = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def code(text):
    """C text with comments blanked and strings emptied, lines kept. Lines of #include stay whole."""
    def blank(match):
        found = match.group(0)
        if found[0] == '"':
            start = text.rfind("\n", 0, match.start()) + 1
            return found if text[start:match.start()].lstrip().startswith("#") else '""'
        return "' '" if found[0] == "'" else re.sub(r"[^\n]", " ", found)
    return COMMENT_OR_STRING.sub(blank, text)


def run(check, fixtures):
    """Main program of a check: `check(top)` returns problems. With --self-test each fixture, a pair of files and a
    word, is laid out in an empty folder and must give one problem with that word: a check that cannot fail is none."""
    if "--self-test" not in sys.argv:
        problems = check(TOP)
        print("\n".join(problems) or "ok")
        return 1 if problems else 0
    missed = 0
    for contents, word in fixtures:
        with tempfile.TemporaryDirectory() as top:
            for name, text in contents.items():
                path = pathlib.Path(top, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode() if isinstance(text, str) else text)
            problems = check(pathlib.Path(top))
        good = any(word in problem for problem in problems) if word else not problems
        missed += not good
        print(f"{'ok' if good else 'MISSED'}: {', '.join(contents)}: expected {word or 'nothing'!r}, got {problems}")
    return 1 if missed or not fixtures else 0
