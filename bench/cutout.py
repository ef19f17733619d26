#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cut-outs: chiton beside rembg, beside inference alone, and alpha matting beside pymatting.

usage: cutout.py cold    MODEL PICTURE... [--rounds 5]     a process a picture, as a shell or a cron job does it
       cutout.py warm    MODEL PICTURE... [--rounds 5]     many pictures, beside rembg as a library
       cutout.py folder  MODEL PICTURE... [--count 200]    a folder: its share of what inference alone allows, memory
       cutout.py mask    MODEL PICTURE...                  how far masks are from rembg's
       cutout.py large   MODEL PICTURE [--size 6000x4000]  one large picture, by stage
       cutout.py matting PICTURE TRIMAP [--sizes 1920x1080,3840x2160] [--rounds 3]
  common: [--build build] [--peers bin folder of rembg and pymatting's Python]

MODEL is u2netp.onnx; rembg finds it in the same folder. Rounds are interleaved, medians are printed, and ratios are
medians of a round's ratios. CPU and memory are those of the whole process; chiton's pictures a second count from its
start to its exit, but beside rembg's library, whose start is not counted, from its first picture's end (warm_per_s).
Inference alone is bench_limit's. Prints a JSON object.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

REMBG = """
import json, resource, sys, time
import rembg
rounds, files = int(sys.argv[1]), sys.argv[2:]
data = [open(file, "rb").read() for file in files]
session = rembg.new_session("u2netp")
rembg.remove(data[0], session=session)
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
wall, spent = time.perf_counter(), cpu()
for _ in range(rounds):
    for picture in data:
        rembg.remove(picture, session=session)
count = rounds * len(data)
print(json.dumps({"per_s": count / (time.perf_counter() - wall), "cpu_s": (cpu() - spent) / count,
                  "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""

# Copies of the pictures, each of another size.
VARY = """
import os, sys
from PIL import Image
folder, count, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
for i in range(count):
    picture = Image.open(files[i % len(files)]).convert("RGB")
    part = .75 + .5 * (i * 37 % 101) / 100
    size = [max(8, round(side * part)) for side in picture.size]
    picture.resize(size, Image.LANCZOS).save(os.path.join(folder, f"{i:04}.jpg"), quality=92)
"""

# A picture of any size; grain, since an enlarged photograph is smoother than a camera's.
SCALE = """
import sys
import numpy as np
from PIL import Image
source, target, width, height, kind = sys.argv[1:6]
picture = Image.open(source).convert("L" if kind == "trimap" else "RGB")
picture = picture.resize((int(width), int(height)), Image.NEAREST if kind == "trimap" else Image.LANCZOS)
if kind == "grain":
    pixels = np.asarray(picture, np.float32)
    grain = np.random.default_rng(1).normal(0, 3, pixels.shape[:2] + (1,))
    picture = Image.fromarray(np.clip(pixels + grain + .5, 0, 255).astype(np.uint8))
picture.save(target, **({"quality": 92} if target.endswith(".jpg") else {"compress_level": 1}))
"""

COMPARE = """
import json, sys
import numpy as np
from PIL import Image
ours, peer = (np.asarray(Image.open(path), np.int16) for path in sys.argv[1:3])
away = np.abs(ours - peer)
print(json.dumps({"mean": float(away.mean()), "most": int(away.max()), "equal": float((away == 0).mean())}))
"""

# Writes alpha and foreground as bench_matting does; what is compiled when first used is compiled before.
PYMATTING = """
import json, sys, time
import numpy as np
from PIL import Image
from pymatting import estimate_alpha_cf, estimate_foreground_ml
image = np.asarray(Image.open(sys.argv[1]).convert("RGB")) / 255.
trimap = np.asarray(Image.open(sys.argv[2]).convert("L")) / 255.
small = np.zeros((48, 48))
small[:, 16:32], small[:, 32:] = .5, 1
estimate_foreground_ml(np.random.default_rng(1).random((48, 48, 3)), estimate_alpha_cf(
    np.random.default_rng(1).random((48, 48, 3)), small))
begin = time.perf_counter()
alpha = estimate_alpha_cf(image, trimap)
middle = time.perf_counter()
foreground = estimate_foreground_ml(image, alpha)
end = time.perf_counter()
with open(sys.argv[3], "wb") as file:
    file.write(alpha.astype(np.float32).tobytes())
    file.write(np.ascontiguousarray(foreground, np.float32).tobytes())
print(json.dumps({"alpha_s": middle - begin, "foreground_s": end - middle}))
"""

# Colours count where something of them is seen.
DIFFER = """
import json, sys
import numpy as np
width, height = int(sys.argv[3]), int(sys.argv[4])
ours, peer = (np.fromfile(path, np.float32) for path in sys.argv[1:3])
size = width * height
alpha = np.abs(ours[:size] - peer[:size]) * 255
shown = np.minimum(ours[:size], peer[:size])[:, None]
colour = (np.abs(ours[size:] - peer[size:]) * 255).reshape(size, 3) * shown
print(json.dumps({"alpha_mean": float(alpha.mean()), "alpha_most": float(alpha.max()),
                  "colour_mean": float(colour.mean()), "colour_most": float(colour.max())}))
"""


def spend(command, environment=None, **more):
    """Runs a command to its end: wall and CPU seconds, and the most memory it had."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, **more)
    trouble = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = status
    if status:
        sys.exit(f"{' '.join(command)}: exit status {status}: {trouble.decode()}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "rss_mb": usage.ru_maxrss / 1024}


def answer_of(command, environment=None):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def median_of(rows):
    return {key: round(statistics.median(row[key] for row in rows), 4) for key in rows[0]}


def ratio_of(rows, key, over, under):
    return round(statistics.median(row[over][key] / row[under][key] for row in rows), 3)


def tell(row):
    print(json.dumps(row), file=sys.stderr)


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.chiton = os.path.join(args.build, "src", "cli", "chiton")
        self.environment = {**os.environ, "U2NET_HOME": os.path.dirname(args.inputs[0])}
        self.model = args.inputs[0]
        self.pictures = args.inputs[1:]

    def path(self, name):
        return os.path.join(self.folder, name)

    def python(self, program, *arguments):
        return [os.path.join(self.args.peers, "python"), "-c", program, *map(str, arguments)]

    def rembg(self, *arguments):
        return [os.path.join(self.args.peers, "rembg"), "i", "-m", "u2netp", *arguments]

    def cutout(self, *arguments):
        return [self.chiton, "cutout", "-m", self.model, *arguments]

    def limit(self, picture, runs):
        row = answer_of([os.path.join(self.args.build, "bench", "bench_limit"), self.model, picture, "0", str(runs)])
        return {**row, "infer_per_s": row["cores"] * 1e3 / row["run_ms"], "infer_cpu_s": row["run_ms"] / 1e3}

    def cut_folder(self, pictures):
        """All pictures of a folder by one process: pictures a second, also from the first's end on, CPU, memory over time."""
        out = tempfile.mkdtemp(dir=self.folder)
        memory, ended = [], threading.Event()
        begin = time.perf_counter()
        process = subprocess.Popen(self.cutout(pictures, "-o", out + "/"), stderr=subprocess.DEVNULL)

        def watch():
            while not ended.wait(.5):
                with open(f"/proc/{process.pid}/statm", encoding="utf-8") as file:
                    memory.append(round(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1))

        watcher = threading.Thread(target=watch)
        watcher.start()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - begin
        ended.set()
        watcher.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        done = sorted(entry.stat().st_mtime for entry in os.scandir(out))
        count = len(done)
        if status or count != len(os.listdir(pictures)):
            sys.exit(f"chiton cutout: exit status {status}, {count} pictures")
        cpu = usage.ru_utime + usage.ru_stime
        row = {"per_s": count / wall, "warm_per_s": (count - 1) / (done[-1] - done[0]), "cpu_s": cpu / count,
               "rss_mb": usage.ru_maxrss / 1024}
        return row, [size for size in memory if size]  # 0: it had ended


def run_cold(bench):
    rows = []
    for _ in range(bench.args.rounds):
        row = {"chiton": [], "rembg": []}
        for picture in bench.pictures:
            row["chiton"].append(spend(bench.cutout(picture, "-o", bench.path("ours.png"))))
            row["rembg"].append(spend(bench.rembg(picture, bench.path("peer.png")), bench.environment))
        rows.append({name: {key: statistics.mean(item[key] for item in list_of) for key in list_of[0]}
                     for name, list_of in row.items()})
        tell(rows[-1])
    return {"pictures": len(bench.pictures), "rounds": len(rows),
            **{name: median_of([row[name] for row in rows]) for name in rows[0]},
            **{f"times_less_{key}": ratio_of(rows, key, "rembg", "chiton") for key in rows[0]["chiton"]}}


def run_warm(bench):
    folder, repeats = bench.path("pictures"), bench.args.repeats
    os.mkdir(folder)
    for i in range(repeats):
        for picture in bench.pictures:
            os.symlink(os.path.abspath(picture), os.path.join(folder, f"{i:03}_{os.path.basename(picture)}"))
    rows = []
    for _ in range(bench.args.rounds):
        limits = [bench.limit(picture, bench.args.runs) for picture in bench.pictures]
        alone = {"per_s": statistics.mean(row["infer_per_s"] for row in limits),
                 "cpu_s": statistics.mean(row["infer_cpu_s"] for row in limits)}
        peer = answer_of(bench.python(REMBG, repeats, *bench.pictures), bench.environment)
        rows.append({"chiton": bench.cut_folder(folder)[0], "rembg": peer, "inference": alone})
        tell(rows[-1])
    return {"pictures": repeats * len(bench.pictures), "rounds": len(rows),
            **{name: median_of([row[name] for row in rows]) for name in rows[0]},
            "times_rembg": round(statistics.median(row["chiton"]["warm_per_s"] / row["rembg"]["per_s"] for row in rows), 3),
            "times_less_cpu": ratio_of(rows, "cpu_s", "rembg", "chiton"),
            "of_inference": ratio_of(rows, "per_s", "chiton", "inference")}


def run_folder(bench):
    folder = bench.path("pictures")
    os.mkdir(folder)
    subprocess.run(bench.python(VARY, folder, bench.args.count, *bench.pictures), check=True)
    rows, memory = [], []
    for i in range(bench.args.rounds):
        before = bench.limit(bench.pictures[i % len(bench.pictures)], bench.args.runs)
        ours, memory = bench.cut_folder(folder)
        after = bench.limit(bench.pictures[i % len(bench.pictures)], bench.args.runs)
        alone = {"per_s": (before["infer_per_s"] + after["infer_per_s"]) / 2,
                 "cpu_s": (before["infer_cpu_s"] + after["infer_cpu_s"]) / 2}
        rows.append({"chiton": ours, "inference": alone})
        tell(rows[-1])
    return {"pictures": bench.args.count, "rounds": len(rows),
            **{name: median_of([row[name] for row in rows]) for name in rows[0]},
            "of_inference": ratio_of(rows, "per_s", "chiton", "inference"),
            "rss_over_time_mb": memory[:: max(1, len(memory) // 12)]}


def run_mask(bench):
    rows = {}
    for picture in bench.pictures:
        spend(bench.cutout(picture, "-o", bench.path("ours.png"), "--only-mask"))
        spend(bench.rembg("-om", picture, bench.path("peer.png")), bench.environment)
        rows[os.path.basename(picture)] = answer_of(bench.python(COMPARE, bench.path("ours.png"),
                                                                 bench.path("peer.png")))
    return {"in": "255ths", "pictures": rows, "mean": statistics.mean(row["mean"] for row in rows.values())}


def stages_of(metrics):
    """Milliseconds of each stage from a file of metrics."""
    pattern = r'chiton_stage_duration_seconds_sum\{stage="(\w+)"\} (\S+)'
    with open(metrics, encoding="utf-8") as file:
        return {name: round(float(value) * 1e3, 1) for name, value in re.findall(pattern, file.read())}


def run_large(bench):
    width, height = bench.args.size.split("x")
    for ending in ("jpg", "png"):
        target = bench.path(f"large.{ending}")
        subprocess.run(bench.python(SCALE, bench.pictures[0], target, width, height, "grain"), check=True)
    forms = {"jpg_to_png": ("jpg", "png", []), "png_to_png": ("png", "png", []), "jpg_to_webp": ("jpg", "webp", []),
             "jpg_to_mask": ("jpg", "png", ["--only-mask"]), "jpg_to_jpg": ("jpg", "jpg", ["--bgcolor", "255,255,255"])}
    rows = {name: [] for name in forms}
    for _ in range(bench.args.rounds):
        for name, (source, target, more) in forms.items():
            row = spend(bench.cutout(bench.path(f"large.{source}"), "-o", bench.path(f"out.{target}"), "--overwrite",
                                     "--metrics", bench.path("metrics"), *more))
            stages = stages_of(bench.path("metrics"))
            rest = row["wall_s"] * 1e3 - sum(stages.values())
            rows[name].append({**row, **{f"{stage}_ms": ms for stage, ms in stages.items()}, "rest_ms": rest})
            tell({name: rows[name][-1]})
    return {"size": bench.args.size, "rounds": bench.args.rounds,
            **{name: median_of(list_of) for name, list_of in rows.items()}}


def run_matting(bench):
    rows = {}
    for size in bench.args.sizes.split(","):
        width, height = size.split("x")
        image, trimap = bench.path("image.png"), bench.path("trimap.png")
        subprocess.run(bench.python(SCALE, bench.args.inputs[0], image, width, height, "grain"), check=True)
        subprocess.run(bench.python(SCALE, bench.args.inputs[1], trimap, width, height, "trimap"), check=True)
        rounds = []
        for _ in range(bench.args.rounds):
            program = os.path.join(bench.args.build, "bench", "bench_matting")
            done = subprocess.run([program, image, trimap, bench.path("ours")], check=True, stdout=subprocess.PIPE,
                                  text=True)
            pattern = r"(\d+) threads: alpha (\S+) s .*foreground (\S+) s"
            threads, alpha, foreground = re.findall(pattern, done.stdout)[-1]
            ours = {"alpha_s": float(alpha), "foreground_s": float(foreground)}
            peer = answer_of(bench.python(PYMATTING, image, trimap, bench.path("peer")))
            for row in (ours, peer):
                row["all_s"] = row["alpha_s"] + row["foreground_s"]
            rounds.append({"chiton": ours, "pymatting": peer})
            tell({size: rounds[-1]})
        rows[size] = {"threads": int(threads), **{name: median_of([row[name] for row in rounds]) for name in rounds[0]},
                      "times_faster": ratio_of(rounds, "all_s", "pymatting", "chiton"),
                      "difference_in_255ths": answer_of(bench.python(DIFFER, bench.path("ours"), bench.path("peer"),
                                                                     width, height))}
    return {"rounds": bench.args.rounds, **rows}


RUNS = {"cold": run_cold, "warm": run_warm, "folder": run_folder, "mask": run_mask, "large": run_large,
        "matting": run_matting}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=RUNS)
    parser.add_argument("inputs", nargs="+", type=os.path.abspath)
    parser.add_argument("--build", default="build")
    parser.add_argument("--peers", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=10, help="how often warm takes each picture")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--runs", type=int, default=10, help="of inference alone, on each core")
    parser.add_argument("--size", default="6000x4000")
    parser.add_argument("--sizes", default="1920x1080,3840x2160")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(RUNS[args.what](Bench(args, folder)), indent=1))


if __name__ == "__main__":
    main()
