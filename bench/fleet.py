#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many cameras for a while: what each got, what it cost, what it would cost at the least.

usage: fleet.py rtsp     MODEL CLIP... [--fps 10] [--seconds 300] [--busy]   one RTSP camera a clip, from a real server
       fleet.py paced    MODEL CLIP... [--fps 10] [--seconds 30] [--rounds 3] [--peer 'python b_cameras.py MODEL CLIP...']
       fleet.py overload MODEL [--cameras 16] [--fps 10] [--seconds 600]     more is asked for than there is
       fleet.py saving   MODEL CLIP --fps 5 [--seconds 30] [--rounds 3]      beside what decoding all frames would cost
       fleet.py idle     MODEL [--cameras 4] [--seconds 60]                  cameras that are not there
  common: [--build build] [--cpus 0] [--budget PERCENT]: the fleet keeps to these cores, to this much of one core

Clips for RTSP are made anew as cameras send them: H.264, 30 frames/s, a key picture a second, no B pictures (--camera
keeps a clip as it is). CPU is that of the process in the measured seconds, after three to warm up; frames are counted by
the engine, results in the files of lines. The least is bench_limit's in the same run. Prints a JSON object.
"""
import argparse
import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.path.join(HERE, "..", "tests", "live", "rtspserver.py")
TICKS = os.sysconf("SC_CLK_TCK")
WARM_S = 3


def thread_times(pid):
    """CPU seconds by thread number, with names."""
    times = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/stat", encoding="utf-8") as file:
                head, _, rest = file.read().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        times[task] = (head.partition("(")[2], (int(fields[11]) + int(fields[12])) / TICKS)
    return times


def process_time(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Fleet:
    """A running `chiton run` with its service."""

    def __init__(self, args, folder, cameras):
        self.path = os.path.join(folder, "fleet.yaml")
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump({"listen": "127.0.0.1:0", **args.engine, "cameras": cameras}, file)  # JSON is YAML
        command = [os.path.join(args.build, "src/cli/chiton"), "run", self.path, "--log-level", "info"]
        self.log = open(os.path.join(folder, "run.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, stderr=self.log, stdout=self.log, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.address = self.wait_for_address()

    def wait_for_address(self):
        for _ in range(200):
            with open(self.log.name, encoding="utf-8") as file:
                for line in file:
                    at = line.find("http://")
                    if at >= 0:
                        return line[at:].split()[0].rstrip("/.,")
            if self.process.poll() is not None:
                break
            time.sleep(.05)
        with open(self.log.name, encoding="utf-8") as file:
            sys.exit(f"chiton did not start: {file.read()}")

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return json.load(answer)

    def streams(self):
        return {stream["name"]: stream for stream in self.get("/api/streams")["streams"]}

    def stop(self):
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - begin


def measure(fleet, seconds, every=10):
    """Counts of each stream, CPU and memory over some seconds."""
    time.sleep(WARM_S)
    before, cpu, begin = fleet.streams(), process_time(fleet.pid), time.monotonic()
    threads = thread_times(fleet.pid)
    memory, latency = [], []
    while (left := begin + seconds - time.monotonic()) > 0:
        time.sleep(min(every, left))
        streams = fleet.streams()
        memory.append(round(rss_mb(fleet.pid), 1))
        latency.append({name: stream["latency_ms"] for name, stream in streams.items()})
    wall = time.monotonic() - begin
    cpu = process_time(fleet.pid) - cpu
    after = fleet.streams()
    by_thread = {}
    for task, (name, spent) in thread_times(fleet.pid).items():
        used = spent - threads.get(task, (name, 0))[1]
        by_thread[f"{name}/{task}"] = round(100 * used / wall, 2)
    rows = {}
    for name, stream in after.items():
        counts = {key: stream["frames"][key] - before[name]["frames"][key] for key in stream["frames"]}
        rows[name] = {"state": stream["state"], "fps": round(counts["results"] / wall, 2),
                      "source_fps": round(counts["read"] / wall, 2),
                      **{key: counts[key] for key in ("dropped", "stale", "duplicates", "failed", "lost", "undecoded")},
                      "p50_ms": stream["latency_ms"]["p50"], "p99_ms": stream["latency_ms"]["p99"]}
        frames = stream["frames"]
        ended = sum(frames[key] for key in ("results", "failed", "skipped", "dropped", "duplicates", "stale"))
        rows[name]["in_work"] = frames["read"] - ended
    worst = [max(item["p99"] for item in moment.values()) for moment in latency]
    return {"wall_s": round(wall, 1), "cpu_percent": round(100 * cpu / wall, 1), "streams": rows,
            "rss_mb": memory if len(memory) < 12 else memory[:: max(1, len(memory) // 10)],
            "p99_over_time_ms": worst if len(worst) < 12 else worst[:: max(1, len(worst) // 10)],
            "threads_percent": dict(sorted(by_thread.items(), key=lambda item: -item[1]))}


def limit_of(args, clip):
    command = [os.path.join(args.build, "bench/bench_limit"), args.model, clip]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])


def as_camera(clip, folder, index):
    """The clip as a camera would send it."""
    path = os.path.join(folder, f"camera{index}.mp4")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, "-an", "-r", "30", "-c:v", "libx264",
                    "-preset", "veryfast", "-tune", "zerolatency", "-g", "30", "-bf", "0", path], check=True)
    return path


def start_server(folder, clips):
    command = [sys.executable, SERVER, "0", *[f"cam{i}={clip}" for i, clip in enumerate(clips)]]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              stderr=open(os.path.join(folder, "server.log"), "w", encoding="utf-8"))
    return server, int(server.stdout.readline())


def camera_of(args, path, folder, name, **more):
    return {"inputs": [{"path": path, **more}], "detect": {"model": args.model, "fps": args.fps},
            "outputs": [f"jsonl:{folder}/{name}.jsonl"]}


def least_percent(args, clips, decoded_fps):
    """What decoding and inference cost alone, as a percentage of one core, with the stages' CPU ms."""
    limits = [limit_of(args, clip) for clip in clips]
    total = sum(decoded_fps * row["decode_ms"] + args.fps * (row["prepare_ms"] + row["run_ms"]) for row in limits)
    return round(total / 10, 1), limits


def run_rtsp(args, folder):
    clips = [clip if args.camera else as_camera(clip, folder, i) for i, clip in enumerate(args.clips)]
    least, limits = least_percent(args, clips, 30)
    server, port = start_server(folder, clips)
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if args.busy else None
    try:
        cameras = {f"cam{i}": camera_of(args, f"rtsp://127.0.0.1:{port}/cam{i}", folder, f"cam{i}")
                   for i in range(len(clips))}
        fleet = Fleet(args, folder, cameras)
        row = measure(fleet, args.seconds)
        row["stop_s"] = round(fleet.stop(), 2)
    finally:
        server.kill()
        if neighbour:
            neighbour.kill()
    again, _ = least_percent(args, clips, 30)
    least = (least + again) / 2
    return {**row, "least_percent": least, "times_least": round(row["cpu_percent"] / least, 3), "limits": limits}


def run_paced(args, folder):
    cameras = {f"cam{i}": camera_of(args, os.path.abspath(clip), folder, f"cam{i}", realtime=True, loop=True,
                                    rate=args.fps) for i, clip in enumerate(args.clips)}
    rounds = []
    for _ in range(args.rounds):
        fleet = Fleet(args, folder, cameras)
        ours = measure(fleet, args.seconds)
        fleet.stop()
        row = {"cpu_percent": ours["cpu_percent"], "fps": [s["fps"] for s in ours["streams"].values()],
               "p50_ms": [s["p50_ms"] for s in ours["streams"].values()],
               "p99_ms": [s["p99_ms"] for s in ours["streams"].values()], "rss_mb": ours["rss_mb"][-1]}
        for i, peer in enumerate(args.peer or []):
            done = subprocess.run(shlex.split(peer), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            answer = json.loads(done.stdout.splitlines()[-1])
            row[f"peer{i}"] = {key: answer[key] for key in ("cpu_pct", "got_fps", "lat_p50_ms", "lat_p99_ms")}
            row[f"times_less_cpu{i}"] = round(answer["cpu_pct"] / ours["cpu_percent"], 2)
        rounds.append(row)
        print(json.dumps(row), file=sys.stderr)
    return {"rounds": rounds, **{f"times_less_cpu{i}": statistics.median(row[f"times_less_cpu{i}"] for row in rounds)
                                 for i in range(len(args.peer or []))}}


def run_overload(args, folder):
    cameras = {}
    for i in range(args.cameras):
        name = f"cam{i:02}"
        path = f"synthetic:walkers?n=4&size=640x360&rate=15&seed={i + 1}&frames=0"
        cameras[name] = camera_of(args, path, folder, name)
    fleet = Fleet(args, folder, cameras)
    row = measure(fleet, args.seconds)
    row["stop_s"] = round(fleet.stop(), 2)
    fps = [stream["fps"] for stream in row["streams"].values()]
    return {**row, "share": round(max(fps) / min(fps), 3)}


def run_saving(args, folder):
    clip = args.clips[0] if args.camera else as_camera(args.clips[0], folder, 0)
    server, port = start_server(folder, [clip])
    rounds = []
    try:
        for _ in range(args.rounds):
            whole, _ = least_percent(args, [clip], 30)
            fleet = Fleet(args, folder, {"cam0": camera_of(args, f"rtsp://127.0.0.1:{port}/cam0", folder, "cam0")})
            row = measure(fleet, args.seconds)
            fleet.stop()
            rounds.append({"all_decoded_percent": whole, "cpu_percent": row["cpu_percent"], **row["streams"]["cam0"]})
    finally:
        server.kill()
    return {"rounds": rounds}


def run_idle(args, folder):
    cameras = {f"cam{i}": camera_of(args, f"rtsp://127.0.0.1:9/{i}", folder, f"cam{i}") for i in range(args.cameras)}
    fleet = Fleet(args, folder, cameras)
    row = measure(fleet, args.seconds)
    row["stop_s"] = round(fleet.stop(), 2)
    return row


RUNS = {"rtsp": run_rtsp, "paced": run_paced, "overload": run_overload, "saving": run_saving, "idle": run_idle}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=RUNS)
    parser.add_argument("model", type=os.path.abspath)
    parser.add_argument("clips", nargs="*")
    parser.add_argument("--build", default="build")
    parser.add_argument("--fps", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--camera", action="store_true")
    parser.add_argument("--peer", action="append")
    parser.add_argument("--cpus")
    parser.add_argument("--budget", type=float)
    args = parser.parse_args()
    chosen = {"cpus": args.cpus, "cpu_budget": args.budget}
    args.engine = {key: value for key, value in chosen.items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(RUNS[args.what](args, folder), indent=1))


if __name__ == "__main__":
    main()
