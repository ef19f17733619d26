#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One clip, every frame: chiton beside the machine's limit and a peer program, interleaved, median of rounds.

usage: clip.py MODEL CLIP [--build build] [--rounds 5] [--peer 'python a_single.py MODEL CLIP']

Wall and CPU time of chiton are those of the whole process, from start to exit; lines of results are
counted, not frames. The peer prints a JSON object with fps, cpu_ms_per_frame and frames, which leaves
out its own start: the comparison favours it.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time


def run_chiton(binary, model, clip, lanes):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.jsonl")
        command = [binary, "detect", clip, "-m", model, "-o", out]
        if lanes:
            command += ["--lanes", str(lanes)]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        if status:
            sys.exit(f"{' '.join(command)}: exit status {status}")
        with open(out, encoding="utf-8") as file:
            frames = sum('"error"' not in line for line in file)
    return {"fps": frames / wall, "cpu_ms": (usage.ru_utime + usage.ru_stime) / frames * 1e3,
            "frames": frames, "rss_mb": usage.ru_maxrss / 1024,
            "switches": usage.ru_nvcsw}


def run_json(command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(done.stdout.splitlines()[-1])


def run_limit(build, model, clip):
    row = run_json([os.path.join(build, "bench", "bench_limit"), model, clip])
    return {"fps": row["limit_fps"], "cpu_ms": row["sum_ms"], "frames": row["frames"], **row}


def run_peer(command):
    row = run_json(shlex.split(command))
    return {"fps": row["fps"], "cpu_ms": row["cpu_ms_per_frame"], "frames": row["frames"],
            "rss_mb": row.get("peak_rss_mb", 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("clip")
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lanes", type=int, default=0)
    parser.add_argument("--peer")
    args = parser.parse_args()
    binary = os.path.join(args.build, "src", "cli", "chiton")
    runs = {"limit": lambda: run_limit(args.build, args.model, args.clip),
            "chiton": lambda: run_chiton(binary, args.model, args.clip, args.lanes)}
    if args.peer:
        runs["peer"] = lambda: run_peer(args.peer)
    rows = {name: [] for name in runs}
    for round_number in range(args.rounds):
        for name, run in runs.items():
            rows[name].append(run())
            row = rows[name][-1]
            print(f"round {round_number + 1} {name:7} {row['fps']:7.1f} frames/s "
                  f"{row['cpu_ms']:6.2f} CPU ms", file=sys.stderr)
    median = {name: {key: statistics.median(row[key] for row in list_of)
                     for key in list_of[0]} for name, list_of in rows.items()}
    ratio = statistics.median(c["fps"] / l["fps"] for c, l in zip(rows["chiton"], rows["limit"]))
    summary = {"median": median, "of_limit": round(ratio, 4)}
    if args.peer:
        pairs = list(zip(rows["chiton"], rows["peer"]))
        summary["times_peer_fps"] = round(statistics.median(c["fps"] / p["fps"] for c, p in pairs), 3)
        summary["times_less_cpu"] = round(
            statistics.median(p["cpu_ms"] / c["cpu_ms"] for c, p in pairs), 3)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
