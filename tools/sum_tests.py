#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums the tests of several build folders into one closing line.

Each folder's meson-logs/testlog.json has one program a line. A cmocka program counts with the tests it reports, any
other program as one test. A program that crashed, hung, leaked or ended badly without naming a failed test is one
failure of its own, so that nothing is lost. Failures are shown with their output, skips with their reason.
"""
import json
import pathlib
import re
import sys

SUMMARY = re.compile(r"^\[  (PASSED |FAILED |SKIPPED)\s*\] (\d+) test", re.M)
SKIP = re.compile(r"^\[  SKIPPED ?\] (?!\d+ test)(.+)$", re.M)
SKIP_EXIT = 77
PASSING = re.compile(r"^\[( RUN     |       OK) \]")
LONGEST_OUTPUT = 6000


def count(entry):
    """(passed, failed, skipped) of one program."""
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    output = entry.get("stdout", "") + "\n" + entry.get("stderr", "")
    found = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    summaries = SUMMARY.findall(output)
    for word, number in summaries:
        found[word.strip()] += int(number)
    if not summaries:
        skipped = entry["result"] == "SKIP" or entry.get("returncode") == SKIP_EXIT
        return (0, 0, 1) if skipped else (int(good), int(not good), 0)
    ended_badly = not good and entry["result"] != "SKIP" and not found["FAILED"]
    return found["PASSED"], found["FAILED"] + int(ended_badly), found["SKIPPED"]


def skip_reasons(entry):
    """One line for each skipped test: cmocka's skipped tests say why in the line before, scripts in their last one."""
    lines = [line for line in entry.get("stdout", "").splitlines() if line.strip()]
    if entry["result"] == "SKIP" and not any(SKIP.match(line) for line in lines):
        return [lines[-1] if lines else "no reason given"]
    reasons, named = [], set()
    for before, line in zip([""] + lines, lines):
        match = SKIP.match(line)
        if match and match.group(1) not in named:
            named.add(match.group(1))
            reason = "" if before.startswith("[") else ": " + before.strip()
            reasons.append(match.group(1) + reason)
    return reasons


def show_failure(folder, entry):
    lines = (entry.get("stdout", "") + entry.get("stderr", "")).strip().splitlines()
    output = "\n".join(line for line in lines if not PASSING.match(line))
    if len(output) > LONGEST_OUTPUT:
        output = "...\n" + output[-LONGEST_OUTPUT:]
    print(f"\nFAILED {folder}: {entry['name']}: {entry['result']}, exit {entry.get('returncode')}\n{output}")


def read(folder):
    """The programs that were run in a build folder; None if there are none: the build itself failed."""
    log = pathlib.Path(folder, "meson-logs", "testlog.json")
    if not log.exists():
        return None
    return [json.loads(line) for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line]


def main(folders):
    passed = failed = skipped = 0
    for folder in folders:
        entries = read(folder)
        if not entries:
            print(f"\nFAILED {folder}: it was not built or ran no test")
            failed += 1
            continue
        sums = [count(entry) for entry in entries]
        for entry, (_, bad, left_out) in zip(entries, sums):
            if bad:
                show_failure(folder, entry)
            if left_out:
                for reason in skip_reasons(entry):
                    print(f"skipped {folder}: {entry['name']}: {reason}")
        here = [sum(column) for column in zip(*sums)]
        print(f"{folder}: {here[0]} passed, {here[1]} failed, {here[2]} skipped in {len(entries)} programs", flush=True)
        passed, failed, skipped = passed + here[0], failed + here[1], skipped + here[2]
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


def self_test():
    """One program of each kind of end, and what it must count as."""
    passing = "[==========] Running 3 test(s).\n[  PASSED  ] 2 test(s).\n"
    skipping = "no camera here\n[  SKIPPED ] a_camera\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] a_camera\n"
    cases = [
        ({"result": "OK", "returncode": 0, "stdout": passing}, (2, 0, 0)),
        ({"result": "OK", "returncode": 0, "stdout": passing + skipping}, (2, 0, 1)),
        ({"result": "FAIL", "returncode": 1, "stdout": passing, "stderr": "[  FAILED  ] 1 test(s), listed below:\n"},
         (2, 1, 0)),
        ({"result": "FAIL", "returncode": 23, "stdout": passing, "stderr": "LeakSanitizer: 8 bytes"}, (2, 1, 0)),
        ({"result": "ERROR", "returncode": -11, "stdout": "[ RUN      ] a_test\n"}, (0, 1, 0)),
        ({"result": "TIMEOUT", "returncode": -15, "stdout": ""}, (0, 1, 0)),
        ({"result": "OK", "returncode": 0, "stdout": "ok\n"}, (1, 0, 0)),
        ({"result": "SKIP", "returncode": 77, "stdout": "not here\n"}, (0, 0, 1)),
    ]
    wrong = [case for case, expected in cases if count(case) != expected]
    wrong += [] if skip_reasons(cases[1][0]) == ["a_camera: no camera here"] else ["the reason of a skipped test"]
    wrong += [] if skip_reasons(cases[7][0]) == ["not here"] else ["the reason of a skipped program"]
    print("\n".join(map(str, wrong)) or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(self_test() if "--self-test" in sys.argv else main(sys.argv[1:]))
