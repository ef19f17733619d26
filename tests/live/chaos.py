#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trouble with cameras, outputs and clients of a running fleet, and what the others notice of it.

usage: chaos.py CHITON [--long] [--model MODEL] [--fps 10]

Four cameras, each a real RTSP server of its own, beside eight that misbehave, one whose size changes and one whose
output is a full disk. The server of one camera is killed, stopped and taken away for a while; clients are slow or many;
the fleet is reloaded. Prints a line an event: how the others' rates compare with those before, and how long the camera
took to return. Fails where something is not as it should be whatever the machine's speed: a state, a count, a camera that
does not return, a frame that is counted twice. --long waits as long as a person would (a minute away), and then fails for
more than 2 % of the others' frames or 2 s too, which a quiet machine is needed for. Exits with 77 where the server's
modules are missing.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = [sys.executable, os.path.join(HERE, "rtspserver.py")]
PATIENCE_S = 60
failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print(f"FAILED: {text}", flush=True)


def make_clip(path, size, seconds=4):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
                    f"testsrc2=size={size}:rate=30:duration={seconds}", "-c:v", "libx264", "-preset", "veryfast", "-tune",
                    "zerolatency", "-g", "30", "-bf", "0", path], check=True)


class Server:
    def __init__(self, *arguments):
        self.arguments, self.port, self.addresses = arguments, 0, {}
        self.start()

    def start(self):
        self.process = subprocess.Popen([*SERVER, str(self.port), *self.arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(self.process.wait())
        self.port = int(line)
        while (line := self.process.stdout.readline().strip()) and line != "ready":
            name, address = line.split()
            self.addresses[name] = address

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Fleet:
    def __init__(self, chiton, folder, document):
        self.path = os.path.join(folder, "fleet.yaml")
        self.write(document)
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([chiton, "run", self.path, "--log-level", "info"], stderr=self.log)
        self.address = self.find_address()

    def find_address(self):
        begin = time.monotonic()
        while time.monotonic() - begin < PATIENCE_S and self.process.poll() is None:
            with open(self.log.name, encoding="utf-8") as log:
                found = [line.split()[-1].rstrip("/") for line in log if line.startswith("listening at http")]
            if found:
                return found[0]
            time.sleep(.05)
        sys.exit("the fleet does not start")

    def write(self, document):
        self.document = document
        temporary = self.path + ".new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(document, file)
        os.rename(temporary, self.path)

    def streams(self):
        with urllib.request.urlopen(self.address + "/api/streams", timeout=30) as answer:
            return {stream["name"]: stream for stream in json.load(answer)["streams"]}

    def await_state(self, name, test, what):
        begin = time.monotonic()
        while time.monotonic() - begin < PATIENCE_S:
            stream = self.streams().get(name)
            if stream and test(stream):
                return time.monotonic() - begin
            time.sleep(.05)
        check(False, f"{name}: not {what} after {PATIENCE_S} s: {stream and stream['state']}")
        return PATIENCE_S

    def results(self, name):
        return self.streams()[name]["frames"]["results"]

    def connect(self, path):
        host, port = self.address.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        return client


class Rates:
    """Results a second of the cameras that nothing happens to."""

    def __init__(self, fleet, names):
        self.fleet, self.names = fleet, names
        self.begin, self.first = time.monotonic(), fleet.streams()

    def read(self):
        last, wall = self.fleet.streams(), time.monotonic() - self.begin
        return {name: (last[name]["frames"]["results"] - self.first[name]["frames"]["results"]) / wall
                for name in self.names}


def watch(fleet, others, base, what, event, long):
    """Runs an event and tells what the others noticed; `event` returns how long the return took, or None."""
    rates = Rates(fleet, others)
    took = event()
    if time.monotonic() - rates.begin < 4:
        time.sleep(4)
    share = {name: rate / base[name] for name, rate in rates.read().items()}
    worst = min(share.values())
    print(f"{what:44} others at least {100 * worst:5.1f} %" + (f", back after {took:.2f} s" if took is not None else ""),
          flush=True)
    for name in others:
        enough = rates.first[name]["frames"]["results"] + 10
        fleet.await_state(name, lambda s, enough=enough: s["state"] == "live" and s["frames"]["results"] >= enough,
                          "going on")
    if long:
        check(worst > .98, f"{what}: the others fell to {share}")
        check(took is None or took <= 2, f"{what}: back after {took} s")


def hears(client):
    """Whether an event comes on a connection."""
    client.settimeout(PATIENCE_S)
    heard = b""
    while b"data:" not in heard and (more := client.recv(65536)):
        heard += more
    return b"data:" in heard


def is_live_again(fleet, name, before):
    return fleet.await_state(name, lambda s: s["state"] == "live" and s["frames"]["results"] > before, "live again")


def events(args, fleet, server, others, base):
    def killed():
        server.kill()
        fleet.await_state("cam0", lambda s: s["state"] == "waiting" and s["reason"], "waiting with a reason")
        time.sleep(3)
        server.start()
        return is_live_again(fleet, "cam0", fleet.results("cam0"))

    def stopped():
        server.signal(signal.SIGSTOP)
        fleet.await_state("cam0", lambda s: s["state"] == "stalled", "stalled")
        fleet.await_state("cam0", lambda s: s["state"] in ("waiting", "connecting"), "opened again")
        server.signal(signal.SIGCONT)
        return is_live_again(fleet, "cam0", fleet.results("cam0"))

    def away():
        server.kill()
        fleet.await_state("cam0", lambda s: s["state"] == "waiting", "waiting")
        time.sleep(60 if args.long else 5)
        server.start()
        return is_live_again(fleet, "cam0", fleet.results("cam0"))

    def slow_client():
        clients = [fleet.connect("/api/cam1/mjpeg") for _ in range(2)]
        time.sleep(8 if args.long else 4)
        for client in clients:
            client.close()

    def many_clients():
        clients = [fleet.connect("/api/events") for _ in range(200)]
        time.sleep(8 if args.long else 4)
        heard = sum(hears(client) for client in clients[::20])
        check(heard == 10, f"of ten clients of events {heard} heard something")
        for client in clients:
            client.close()

    def reload():
        before = fleet.streams()
        document = json.loads(json.dumps(fleet.document))
        document["cameras"]["cam0"]["detect"]["fps"] = args.fps / 2
        fleet.write(document)
        fleet.process.send_signal(signal.SIGHUP)
        took = fleet.await_state("cam0", lambda s: s["wanted_fps"] == args.fps / 2 and s["frames"]["results"] > 0, "reloaded")
        after = fleet.streams()
        for name in others:
            check(after[name]["number"] == before[name]["number"], f"{name} was begun anew by a reload")
        with open(fleet.path, "a", encoding="utf-8") as file:
            file.write("\nthis: is: no: fleet\n")
        fleet.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        check(fleet.streams().keys() == after.keys(), "a fleet that does not parse changed something")
        return took

    for what, event in (("a server is killed and starts again", killed), ("a server is stopped and goes on", stopped),
                        ("a camera is away for a while", away), ("clients of pictures that do not read", slow_client),
                        ("200 clients of events", many_clients), ("a reload, and one that does not parse", reload)):
        watch(fleet, others, base, what, event, args.long)


def check_end(fleet, folder):
    streams = fleet.streams()
    for name, stream in streams.items():
        frames = stream["frames"]
        ended = sum(frames[key] for key in ("results", "failed", "skipped", "dropped", "duplicates", "stale"))
        check(0 <= frames["read"] - ended <= 2, f"{name}: {frames} do not add up")
    check(streams["sizes"]["frames"]["failed"] == 0, "a change of size failed frames")
    with open(os.path.join(folder, "sizes.jsonl"), encoding="utf-8") as file:
        sizes = {(line["width"], line["height"]) for line in map(json.loads, file)}
    check(len(sizes) == 2, f"sizes seen: {sizes}")
    check(streams["full"]["frames"]["unwritten"] > 0 and streams["full"]["state"] == "live", "a full disk stopped its camera")
    for name in ("silent", "garbage", "closes", "drip"):
        check(streams[name]["frames"]["results"] == 0 and streams[name]["state"] != "live", f"{name} is live")
    begin = time.monotonic()
    fleet.process.send_signal(signal.SIGTERM)
    code = fleet.process.wait(timeout=PATIENCE_S)
    print(f"ended after {time.monotonic() - begin:.2f} s, exit status {code}")
    check(code == 0, f"exit status {code}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chiton")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--model")
    parser.add_argument("--fps", type=float, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = args.model and os.path.abspath(args.model)
        if not model:
            model = os.path.join(folder, "detector.json")
            with open(model, "w", encoding="utf-8") as file:
                json.dump({"chiton_fake": 1, "detector": {}}, file)
        small, large = os.path.join(folder, "small.mp4"), os.path.join(folder, "large.mp4")
        make_clip(small, "320x240")
        make_clip(large, "640x360", 2)
        servers = [Server(f"cam={small}") for _ in range(4)]
        servers.append(Server(f"cam={small}", f"sizes={small},{large}", "--misbehave"))
        inputs = {f"cam{i}": f"rtsp://127.0.0.1:{servers[i].port}/cam" for i in range(4)}
        inputs["sizes"] = f"rtsp://127.0.0.1:{servers[4].port}/sizes"
        inputs["full"] = f"rtsp://127.0.0.1:{servers[4].port}/cam"
        inputs.update(servers[4].addresses)
        cameras = {name: {"inputs": [{"path": path, "timeout_ms": 3000}], "outputs": [f"jsonl:{folder}/{name}.jsonl"],
                          "detect": {"model": model, "fps": args.fps}} for name, path in inputs.items()}
        cameras["full"]["outputs"] = ["jsonl:/dev/full"]
        fleet = None
        try:
            fleet = Fleet(os.path.abspath(args.chiton), folder, {"listen": "127.0.0.1:0", "cameras": cameras})
            others = ["cam1", "cam2", "cam3"]
            for name in ["cam0", "sizes", "full", *others]:
                fleet.await_state(name, lambda s: s["state"] == "live" and s["frames"]["results"] > 5, "live")
            rates = Rates(fleet, others)
            time.sleep(10 if args.long else 5)
            base = rates.read()
            print("before:", ", ".join(f"{name} {rate:.2f}" for name, rate in base.items()), "results a second")
            events(args, fleet, servers[0], others, base)
            check_end(fleet, folder)
        finally:
            if fleet:
                fleet.process.kill()
            for server in servers:
                server.kill()
    print("all as it should be" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
