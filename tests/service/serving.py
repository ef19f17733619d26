# SPDX-License-Identifier: Apache-2.0
"""What the tests of `chiton serve` share: the program, pictures and forms. Needs the made models (CHITON_TEST_MODELS).
Nothing here waits for a clock but for what must come in the end."""
import atexit
import contextlib
import errno
import http.client
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import zlib

MODELS = os.environ.get("CHITON_TEST_MODELS", "")
PATIENCE_S = 60


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows=None):
    """A picture of colours that change from place to place; its pixels are left out where `rows` are given."""
    if rows is None:
        rows = b"".join(b"\0" + bytes(v for x in range(width) for v in (x * 7 % 256, y * 5 % 256, (x + y) % 256))
                        for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = png(64, 48)
FORM = "multipart/form-data; boundary=b0"


def form(**fields):
    parts = [b'--b0\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
             % (name.encode(), b'; filename="a.png"' if name == "file" else b"",
                value if isinstance(value, bytes) else value.encode()) for name, value in fields.items()]
    return b"".join(parts) + b"--b0--\r\n"


class Server:
    """A running `chiton serve`, of u2net unless models are named."""

    def __init__(self, chiton, *options, models=("u2net",)):
        named = [word for model in models for word in ("-m", model)]
        self.process = subprocess.Popen(
            [chiton, "serve", "--listen", "127.0.0.1:0", "--model-dir", MODELS, *named, *options],
            stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # a test that fails ends without stop()
        for line in self.process.stderr:
            if line.startswith("listening at "):
                self.port = urllib.parse.urlsplit(line.split()[-1]).port
                return
            print(line, end="")
        raise SystemExit("chiton serve has not started")

    def ask(self, method, path, body=None, **headers):
        """Status, headers and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            # Who is refused by its headers may find nobody who takes its body; the answer is there all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def post(self, path="/api/remove", **fields):
        return self.ask("POST", path, form(**fields), Content_Type=FORM)

    def begin(self, body, declared=None):
        """A connection that has sent its headers and was told to go on, so that it has its place."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        raw.sendall(b"POST /api/remove HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
                    b"Expect: 100-continue\r\n\r\n" % (FORM.encode(), declared or len(body)))
        said = raw.recv(4096)
        assert said.startswith(b"HTTP/1.1 100"), said
        return raw

    def metric(self, name):
        text = self.ask("GET", "/metrics")[2].decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name + " ")))

    def wait_for(self, holds):
        until = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < until, "it has not come"
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stderr.read()
        code = self.process.wait(PATIENCE_S)
        assert code == 0, f"ended with {code}: {rest}"
        assert "Sanitizer" not in rest, rest


def say_no_more(raw):
    """Closes our side of a connection, which a server that refuses at once may have reset before."""
    try:
        raw.shutdown(socket.SHUT_WR)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def status_of(raw):
    answer = http.client.HTTPResponse(raw)
    answer.begin()
    return answer.status, answer.read()


def refused(answer, status, word):
    got, headers, body = answer
    assert got == status, f"{got} {body[:300]}: expected {status}"
    assert headers["Content-Type"] == "application/json" and word in body.decode(), body
    if status in (429, 503):
        assert int(headers["Retry-After"]) > 0


def run_tests(tests, *needed):
    """Runs functions that get the program, those that the command line names, else all."""
    for name in needed:
        if not pathlib.Path(MODELS, name + ".onnx").is_file():
            print(f"skipped: {name}.onnx is not in CHITON_TEST_MODELS; script/test makes it")
            sys.exit(77)
    for test in tests:
        if len(sys.argv) < 3 or test.__name__ in sys.argv[2:]:
            test(sys.argv[1])
            print("ok", test.__name__)
