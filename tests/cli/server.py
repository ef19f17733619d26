#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server on 127.0.0.1 that misbehaves as its path says: server.py [FILE]. Prints its port; writes a line for each
request ("/path RANGE") to the file `requests`; ends when its standard input does. It serves FILE, or bytes that tests/cli/server.c makes too."""
import http.server
import re
import sys
import threading

SIZE = 300000
CONTENT = bytes((7 * i + i // 251) % 256 for i in range(SIZE))


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", declared=None, **headers):
        """One whole answer; `declared`: what Content-Length says, False: none."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if declared is not False:
            self.send_header("Content-Length", str(len(body) if declared is None else declared))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def send_range(self, content, most=None):
        """What was asked for of `content`, but at most so many bytes of it."""
        begin = self.begin()
        if begin and begin >= len(content):
            return self.answer(416, Content_Range=f"bytes */{len(content)}")
        rest = content[begin:]
        headers = {"Content_Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"} if begin else {}
        return self.answer(206 if begin else 200, rest[:most], len(rest), **headers)

    def begin(self):
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(match.group(1)) if match else 0

    def hang(self):
        """Until the client goes away."""
        self.connection.recv(1)

    def do_GET(self):
        path = re.sub(r"^http://[^/]*", "", self.path)
        with open("requests", "a", encoding="ascii") as log:
            log.write(f"{self.path} {self.headers.get('Range', '-')}\n")
        match = re.fullmatch(r"/redirect/(\d+)", path)
        if match:
            left = int(match.group(1))
            self.answer(302, b"elsewhere", Location=f"/redirect/{left - 1}" if left else "/good")
        elif path in WAYS:
            WAYS[path](self)
        else:
            self.answer(404, b"no such thing")


def stop_at_third(handler):
    if handler.begin():
        handler.answer(503)
    else:
        handler.send_range(CONTENT, len(CONTENT) // 3)


def stall(handler):
    if not handler.begin():
        handler.send_range(CONTENT, len(CONTENT) // 2)
    handler.hang()


def wait_at_gate(handler):
    with open("gate", encoding="ascii") as gate:
        gate.read()
    handler.send_range(CONTENT)


WAYS = {
    "/good": lambda handler: handler.send_range(CONTENT),
    "/norange": lambda handler: handler.answer(200, CONTENT),
    "/norange-wrong": lambda handler: handler.answer(200, CONTENT[::-1]),
    "/break": lambda handler: handler.send_range(CONTENT, 100000),
    "/third": stop_at_third,
    "/short": lambda handler: handler.send_range(CONTENT[:1000]),
    "/long": lambda handler: handler.answer(200, CONTENT + b"more", False),
    "/long-declared": lambda handler: handler.answer(200, CONTENT, len(CONTENT) + 1),
    "/wrong": lambda handler: handler.send_range(CONTENT[::-1]),
    "/loop": lambda handler: handler.answer(302, Location="/loop"),
    "/elsewhere": lambda handler: handler.answer(302, Location="file:///etc/hostname"),
    "/busy": lambda handler: handler.answer(503, b"later"),
    "/silent": Handler.hang,
    "/stall": stall,
    "/gate": wait_at_gate,
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        with open(sys.argv[1], "rb") as file:
            CONTENT = file.read()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
