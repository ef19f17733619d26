#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fuzzes: fuzz.py BUILD [--seconds N] [TARGET...]; prints a row a target. BUILD is made by
CC=clang meson setup BUILD -Dfuzz=true -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
              "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


def fuzz(build, name, seconds):
    """Runs one target from its seeds and what earlier runs found; returns the row and whether nothing broke."""
    folder = build / "fuzz-work" / name
    found = folder / "corpus"
    found.mkdir(parents=True, exist_ok=True)
    seeds = sorted((TOP / "fuzz" / "corpus" / name).iterdir())
    subprocess.run([build / "fuzz" / f"replay_{name}", "--unpack", found, *seeds], check=True)
    command = [build / "fuzz" / f"fuzz_{name}", found, f"-max_total_time={seconds}", "-max_len=2000", "-timeout=20",
               "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
    with open(folder / "log", "w", encoding="utf-8", errors="replace") as log:
        code = subprocess.run(["nice", "-n", "19", *command], env=os.environ | SANITIZERS, stdout=log, stderr=log,
                              check=False).returncode
    text = (folder / "log").read_text(encoding="utf-8", errors="replace")
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", text)
    state = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text)
    edges, features, inputs = state[-1] if state else ("?", "?", "?")
    total = re.findall(r"\((\d+) inline 8-bit counters\)", text)
    end = "ok" if code == 0 else f"FOUND, see {folder}/log"
    print(f"{name:10} {runs[-1] if runs else '?':>10} runs  {edges:>6} of {sum(map(int, total)):>6} edges  "
          f"{features:>6} features  {inputs:>5} inputs  {end}", flush=True)
    return code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_intermixed_args()
    build = options.build.resolve()
    names = options.targets or sorted(path.name[5:] for path in build.glob("fuzz/fuzz_*") if path.is_file())
    results = [fuzz(build, name, options.seconds) for name in names]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
