#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cameras over HTTP for tests: httpserver.py JPEG JPEG [PEM], with certificate and key over HTTPS. Prints its port on 127.0.0.1 and "ready"; ends with its
standard input. What a path does stands in WAYS; pictures come as fast as they are read, the two in turn."""
import hashlib
import http.server
import itertools
import re
import ssl
import sys
import threading
import time

PICTURES = []
BOUNDARY = "frame"
counters = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def begin(self, kind, status=200, **headers):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def part(self, data, length=True, dashes="--"):
        told = f"Content-Length: {len(data) if length is True else length}\r\n" if length else ""
        self.wfile.write(f"{dashes}{BOUNDARY}\r\nContent-Type: image/jpeg\r\n{told}\r\n".encode() + data + b"\r\n")

    def stream(self, kind=f"multipart/x-mixed-replace; boundary={BOUNDARY}", change=None, **options):
        """Pictures without end; change(number, data): what goes out instead of a picture."""
        self.begin(kind)
        for number in itertools.count():
            data = PICTURES[number % 2]
            self.part(change(number, data) if change else data, **options)
            time.sleep(0.005)

    def whole(self, data, kind="image/jpeg"):
        self.begin(kind, Content_Length=str(len(data)))
        self.wfile.write(data)

    def hang(self):
        self.connection.recv(1)

    def count(self):
        counters[self.path] = counters.get(self.path, 0) + 1
        return counters[self.path] - 1

    def do_GET(self):
        try:
            WAYS.get(self.path, missing)(self)
        except OSError:
            pass
        self.close_connection = True


def missing(handler):
    handler.begin("text/plain", 404, Content_Length="0")


def endless_part(handler):
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    handler.wfile.write(f"--{BOUNDARY}\r\n".encode())
    while True:
        handler.wfile.write(b"X-More: of the same\r\n" * 100)


def endless_answer(handler):
    handler.send_response(200)
    while True:
        handler.send_header("X-More", "of the same")
        handler.flush_headers()


def endless_picture(handler):
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    handler.wfile.write(f"--{BOUNDARY}\r\n\r\n".encode())
    while True:
        handler.wfile.write(bytes(1 << 16))


def garbage(handler):
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    while True:
        handler.wfile.write(bytes(range(256)) * 64)


def drip(handler):
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    for byte in PICTURES[0]:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def closed_within(handler):
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    handler.part(PICTURES[0])
    handler.wfile.write(f"--{BOUNDARY}\r\nContent-Length: {len(PICTURES[1])}\r\n\r\n".encode() + PICTURES[1][:100])


def broken(number, data):
    """Whole by its ends, and no picture between them."""
    return data[:2] + bytes(len(data) - 4) + data[-2:]


def held(handler):
    """One picture of no stated length, and nothing behind it."""
    handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}")
    handler.wfile.write(f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + PICTURES[0])
    handler.hang()


def authorised(scheme):
    def run(handler):
        given = handler.headers.get("Authorization", "")
        if scheme == "basic" and given == "Basic ZXZlOmdlOmhl":  # eve:ge:he
            return handler.stream()
        fields = dict(re.findall(r'(\w+)="?([^",]+)', given))
        first = hashlib.md5(b"eve:camera:ge:he").hexdigest()
        second = hashlib.md5(f"GET:{handler.path}".encode()).hexdigest()
        if scheme == "digest" and fields.get("response") == hashlib.md5(f"{first}:abc:{second}".encode()).hexdigest():
            return handler.stream()
        challenge = 'Digest realm="camera", nonce="abc"' if scheme == "digest" else 'Basic realm="camera"'
        return handler.begin(None, 401, WWW_Authenticate=challenge, Content_Length="0")
    return run


def twice_each(handler):
    handler.whole(PICTURES[handler.count() // 2 % 2])


def broken_second(handler):
    number = handler.count()
    handler.whole(PICTURES[0][:len(PICTURES[0]) // 2] if number == 1 else PICTURES[number % 2])


def redirect(target):
    return lambda handler: handler.begin(None, 302, Location=target, Content_Length="0")


WAYS = {
    "/mjpeg": Handler.stream,
    "/nolength": lambda handler: handler.stream(length=None),
    "/dashes": lambda handler: handler.stream(f'multipart/x-mixed-replace;boundary="--{BOUNDARY}"'),
    "/moredashes": lambda handler: handler.stream(length=None, dashes="----"),
    "/untyped": lambda handler: handler.stream(None),
    "/toolong": lambda handler: handler.stream(length=90000),
    "/tooshort": lambda handler: handler.stream(length=100),
    "/nonsense": lambda handler: handler.stream(length="-5x"),
    "/damaged": lambda handler: handler.stream(change=lambda number, data: data[:200] if number % 3 == 1 else data),
    "/broken": lambda handler: handler.stream(change=broken),
    "/stalls": lambda handler: (handler.begin(f"multipart/x-mixed-replace; boundary={BOUNDARY}"),
                                handler.part(PICTURES[0]), handler.hang()),
    "/within": closed_within,
    "/held": held,
    "/garbage": garbage,
    "/endless-part": endless_part,
    "/endless-answer": endless_answer,
    "/endless-picture": endless_picture,
    "/drip": drip,
    "/silent": Handler.hang,
    "/basic": authorised("basic"),
    "/digest": authorised("digest"),
    "/snap": twice_each,
    "/snap-untyped": lambda handler: handler.whole(PICTURES[0], "application/octet-stream"),
    "/snap-broken": broken_second,
    "/redirect": redirect("/mjpeg"),
    "/loop": redirect("/loop"),
    "/elsewhere": redirect("file:///etc/hostname"),
    "/page": lambda handler: handler.whole(b"<html>no camera</html>" * 100, "text/html"),
}

if __name__ == "__main__":
    for path in sys.argv[1:3]:
        with open(path, "rb") as file:
            PICTURES.append(file.read())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    for path in sys.argv[3:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], "ready", sep="\n", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
