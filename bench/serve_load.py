#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many clients ask a server to remove backgrounds, for a while: how much it does, how long it lets them wait, what it costs.

usage: serve_load.py --pid PID [--url http://127.0.0.1:7000] [--clients 64] [--seconds 60] [--sizes 320x240,1280x720,1920x1080]
                     [--model NAME] [--pictures FILE...]
       serve_load.py --build build [--options '--lanes 2 ...']      starts `chiton serve` itself
       serve_load.py --peer URL --pid PID                            another server that has /api/remove
       serve_load.py ... --idle 10000                                so many further connections stay open, and are used at the end

Each client has one connection, sends a picture, waits for its answer and sends the next; pictures of the sizes take turns.
Who is refused (429, 503) counts as refused and asks again after a pause; what gets no answer at all is lost, and should be
none. Memory and CPU are those of the server's process, from /proc. Clients are coroutines that read no more of an answer
than its head and length. Prints a JSON object.
"""
import argparse
import asyncio
import contextlib
import json
import os
import resource
import shlex
import signal
import statistics
import struct
import subprocess
import sys
import time
import urllib.parse
import zlib

TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
BOUNDARY = "chitonload"
PAUSE_S = 0.05    # of a client that was refused
PATIENCE_S = 120  # until an answer counts as lost
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
        return round(int(file.read().split()[1]) * PAGE / 1e6, 1)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height):
    """Stripes that move on from row to row."""
    row = bytes(v for x in range(width) for v in (x * 7 % 256, x * 3 % 256, x % 256))
    rows = b"".join(b"\0" + row[3 * (y % width):] + row[:3 * (y % width)] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def request(host, picture, model):
    fields = [b'--%s\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
              b"Content-Type: image/png\r\n\r\n%s\r\n" % (BOUNDARY.encode(), picture)]
    if model:
        fields.append(b'--%s\r\nContent-Disposition: form-data; name="model"\r\n\r\n%s\r\n'
                      % (BOUNDARY.encode(), model.encode()))
    body = b"".join(fields) + b"--%s--\r\n" % BOUNDARY.encode()
    return (f"POST /api/remove HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Load:
    """What all clients share."""

    def __init__(self, args, bodies):
        url = urllib.parse.urlsplit(args.peer or args.url)
        self.host, self.port = url.hostname, url.port or 80
        self.requests = [request(url.netloc, body, args.model) for body in bodies]
        self.until = time.monotonic() + args.seconds
        self.times, self.refused, self.lost, self.next = [], {}, {}, 0

    def take(self):
        self.next += 1
        return self.requests[self.next % len(self.requests)]

    def note(self, kind, what):
        kind[str(what)] = kind.get(str(what), 0) + 1


async def read_answer(reader):
    """Status, and whether the connection may be used again."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    length = headers.get("content-length")
    if length is None and "chunked" in headers.get("transfer-encoding", ""):
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    else:
        left = int(length or 0)
        while left:
            piece = await reader.read(min(left, 1 << 18))
            if not piece:
                raise ConnectionError("an answer breaks off")
            left -= len(piece)
    return int(lines[0].split()[1]), headers.get("connection") != "close"


async def exchange(reader, writer, data):
    """Sends while it reads: who refuses does so before all is sent."""
    writer.write(data)
    answer = await read_answer(reader)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    return answer


async def client(load):
    writer = None
    while time.monotonic() < load.until:
        begin = time.monotonic()
        try:
            if not writer:
                reader, writer = await asyncio.open_connection(load.host, load.port, limit=1 << 20)
            status, keeps = await asyncio.wait_for(exchange(reader, writer, load.take()), PATIENCE_S)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            load.note(load.lost, type(error).__name__)
            status, keeps = 0, False
        if status == 200:
            load.times.append(time.monotonic() - begin)
        elif status:
            load.note(load.refused, status)
            await asyncio.sleep(PAUSE_S)
        # A body that was refused half-way is not read to its end by every server.
        if writer and (not keeps or status in (413, 429, 503)):
            writer.close()
            writer = None
    if writer:
        writer.close()


async def watch(pid, until, samples):
    while pid and time.monotonic() < until:
        samples.append(rss_mb(pid))
        await asyncio.sleep(max(1, (until - time.monotonic()) / 200))


async def hold(load, count):
    """Opens further connections that say nothing, from addresses of loopback, 200 of each."""
    held = []
    for i in range(count):
        source = (f"127.0.{1 + i // 200 // 250}.{1 + i // 200 % 250}", 0)
        held.append(await asyncio.open_connection(load.host, load.port, local_addr=source))
    return held


async def use(held):
    """How many of them are answered in the end."""
    answered = 0
    for _, writer in held:
        writer.write(GET)
    for reader, writer in held:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            status, _ = await asyncio.wait_for(read_answer(reader), PATIENCE_S)
            answered += status == 200
        writer.close()
    return answered


def quantile(times, share):
    return round(1000 * times[min(len(times) - 1, int(share * len(times)))], 1) if times else None


async def run(args, bodies, pid):
    load, samples = Load(args, bodies), []
    held = await hold(load, args.idle)
    cpu, begin = cpu_seconds(pid) if pid else 0, time.monotonic()
    load.until = begin + args.seconds
    await asyncio.gather(watch(pid, load.until, samples), *(client(load) for _ in range(args.clients)))
    took = time.monotonic() - begin
    cpu = cpu_seconds(pid) - cpu if pid else None
    done, times = len(load.times), sorted(load.times)
    result = {"clients": args.clients, "seconds": round(took, 1), "images": done, "images_per_s": round(done / took, 2),
              "p50_ms": quantile(times, .5), "p99_ms": quantile(times, .99), "most_ms": quantile(times, 1),
              "refused": load.refused, "lost": sum(load.lost.values()), "lost_why": load.lost}
    if pid:
        result |= {"rss_mb": samples, "rss_first_mb": samples[0], "rss_most_mb": max(samples), "rss_last_mb": rss_mb(pid),
                   "rss_median_mb": statistics.median(samples),
                   "cpu_s_per_image": round(cpu / done, 4) if done else None, "cores_used": round(cpu / took, 2)}
    if held:
        result |= {"idle_connections": len(held), "idle_answered": await use(held)}
    return result


@contextlib.contextmanager
def server(args):
    """The address and process that were named, or a server of our own for as long as this lasts."""
    if not args.build:
        yield args.pid
        return
    command = [os.path.join(args.build, "src/cli/chiton"), "serve", "--listen", "127.0.0.1:0", *shlex.split(args.options)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("listening at "):
                args.url = line.split()[-1].rstrip("/")
                break
        else:
            raise SystemExit("chiton serve has not started")
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def read_args():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--url", default="http://127.0.0.1:7000")
    parser.add_argument("--peer", help="address of another server")
    parser.add_argument("--pid", type=int, help="the server's process")
    parser.add_argument("--build", help="build folder: start chiton serve from it")
    parser.add_argument("--options", default="", help="for chiton serve")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sizes", default="320x240,640x480,1280x720,1920x1080")
    parser.add_argument("--pictures", nargs="*", default=[], help="files instead of made pictures")
    parser.add_argument("--model")
    parser.add_argument("--idle", type=int, default=0, help="further connections that stay open")
    return parser.parse_args()


def main():
    args = read_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bodies = [png(*map(int, size.split("x"))) for size in args.sizes.split(",")]
    if args.pictures:
        bodies = []
        for path in args.pictures:
            with open(path, "rb") as file:
                bodies.append(file.read())
    with server(args) as pid:
        result = asyncio.run(run(args, bodies, pid))
    print(json.dumps(result))
    return 1 if result["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
