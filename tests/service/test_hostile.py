# SPDX-License-Identifier: Apache-2.0
"""`chiton serve` and people who mean no good, or whose machines are ill: test_hostile.py CHITON [NAME...].
Others are answered meanwhile, what is held is bounded, and the program lives."""
import contextlib
import resource
import selectors
import socket
import struct
import sys
import threading
import time
import zlib

sys.dont_write_bytecode = True
from serving import FORM, PATIENCE_S, PICTURE, Server, chunk, form, png, run_tests, say_no_more, status_of  # noqa: E402

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
MOST_GROWTH = 600e6  # bytes that the program may grow by, whatever comes; a sanitizer alone keeps 256 MB of what was freed
BOMB = 1 << 30       # bytes that a megabyte becomes


def connect(server, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S, source_address=(source, 0))


def peak(server):
    """The most memory that the program ever had, in bytes."""
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def is_alive(server):
    return server.ask("GET", "/healthz")[0] == 200


def is_answered(server):
    status, _, body = server.post(file=PICTURE)
    return status == 200 or (status == 429 and b"wait already" in body)


class Dripper:
    """Sends a byte to each of its connections again and again until the server has closed them all."""

    def __init__(self, raws):
        self.open = set(raws)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def drip(self, raw):
        try:
            raw.send(b"a")
            raw.setblocking(False)
            return raw.recv(4096) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def run(self):
        while self.open and not self.ended.wait(0.05):
            self.open = {raw for raw in self.open if self.drip(raw)}

    def stop(self):
        self.ended.set()
        self.thread.join()


def drip(server, raws):
    """Others are served while bytes drip in, and who drips is sent away."""
    dripper = Dripper(raws)
    assert is_alive(server)
    server.wait_for(lambda: is_answered(server))
    server.wait_for(lambda: not dripper.open)
    dripper.stop()
    for raw in raws:
        raw.close()
    server.wait_for(lambda: server.post(file=PICTURE)[0] == 200)


# ---- the tests: a function gets the program; what it starts it ends


def headers_that_drip_in_are_cut_off(chiton):
    server = Server(chiton, "--timeout", "1")
    raws = [connect(server) for _ in range(50)]
    for raw in raws:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    drip(server, raws)
    server.stop()


def bodies_that_drip_in_are_cut_off(chiton):
    server = Server(chiton, "--timeout", "1", "--lanes", "1", "--max-queue", "4")
    drip(server, [server.begin(b"", declared=1000000) for _ in range(4)])
    server.stop()


def chunked_bodies_that_drip_in_are_cut_off(chiton):
    server = Server(chiton, "--timeout", "1", "--max-queue", "8")
    raws = [connect(server) for _ in range(4)]
    for raw in raws:
        raw.sendall(b"POST /v2/models/u2net/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"fffff\r\n")
    drip(server, raws)
    server.stop()


def answers_that_are_not_taken_give_their_place_back(chiton):
    """Two clients take a little at a time of what fills no buffer; both places are theirs until they are sent away."""
    server = Server(chiton, "--timeout", "1", "--lanes", "1", "--max-queue", "1", models=("u2net", "blow"))
    body = b'{"inputs":[{"name":"size","datatype":"INT64","shape":[1],"data":[700000]}],"parameters":{"binary_data_output":true}}'
    raws = [socket.socket() for _ in range(2)]
    for raw in raws:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.settimeout(PATIENCE_S)
        raw.connect(("127.0.0.1", server.port))
        raw.sendall(b"POST /v2/models/blow/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert raw.recv(1) == b"H"
    server.wait_for(lambda: server.post(file=PICTURE)[0] == 429)
    taken = 0
    while server.post(file=PICTURE)[0] == 429:
        time.sleep(0.1)  # a rate, not a hope: slower than clients may be, quicker than silence
        for raw in raws:
            with contextlib.suppress(ConnectionError):
                taken += len(raw.recv(2048))
    assert taken < 2 * 2800000 and is_alive(server), f"{taken} bytes were taken"
    for raw in raws:
        raw.close()
    server.stop()


def silent_connections_are_closed(chiton):
    server = Server(chiton, "--timeout", "1")
    raws = [connect(server) for _ in range(20)]
    assert is_answered(server)
    for raw in raws:
        assert raw.recv(1) == b"", "it said something"
        raw.close()
    server.stop()


def connections_that_are_half_closed_are_ended(chiton):
    server = Server(chiton, "--timeout", "1")
    for said in [b"", b"GET /hea", b"POST /api/remove HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                 b"Content-Length: 100\r\n\r\n--b0" % FORM.encode()]:
        raw = connect(server)
        raw.sendall(said)
        say_no_more(raw)
        with contextlib.suppress(ConnectionError):
            while raw.recv(4096):
                pass
        raw.close()
    raw = connect(server)
    raw.sendall(GET)
    say_no_more(raw)
    assert status_of(raw)[0] == 200
    raw.close()
    server.stop()


def who_goes_before_the_answer_hurts_nobody(chiton):
    server = Server(chiton)
    for linger in (False, True):
        for _ in range(20):
            raw = server.begin(form(file=PICTURE))
            raw.sendall(form(file=PICTURE))
            if linger:  # a reset instead of an end
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()
    server.wait_for(lambda: server.post(file=PICTURE)[0] == 200)
    server.wait_for(lambda: server.metric("chiton_serve_working") == 0)
    server.stop()


def what_is_no_http_is_sent_away(chiton):
    server = Server(chiton, "--timeout", "1")
    nonsense = [
        b"\0" * 1000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500, b"GET\r\n\r\n", b"\r\n" * 100,
        b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 20000 + b"\r\n",
        b"POST /api/remove HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/remove HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /v2/models/u2net/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
        b"POST /v2/models/u2net/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"ffffffffffffffffff\r\n",
        b"POST /v2/models/u2net/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"GET /api/remove?url=%zz%00&model=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    for said in nonsense:
        raw = connect(server)
        with contextlib.suppress(ConnectionError):
            raw.sendall(said)
            say_no_more(raw)
            answer = raw.recv(65536)
            assert not answer or answer.startswith(b"HTTP/1."), answer[:100]
            assert b" 200 " not in answer[:20], (said[:80], answer[:100])
        raw.close()
        assert is_alive(server), said[:80]
    server.stop()


def forms_that_are_spoilt_anywhere_are_told(chiton):
    """Each byte of the form's frame changed, dropped, doubled; what is left is answered one way or the other."""
    server = Server(chiton)
    body = form(model="u2net", file=PICTURE, a="false")
    frame = [i for i in range(len(body)) if not body.find(PICTURE) <= i < body.find(PICTURE) + len(PICTURE)]
    for place in frame[::3]:
        for spoilt in (body[:place] + b"\0" + body[place + 1:], body[:place] + body[place + 1:], body[:place],
                       body[:place] + body[place:place + 2] * 2 + body[place + 2:]):
            status, _, answer = server.ask("POST", "/api/remove", spoilt, Content_Type=FORM)
            assert status in (200, 400, 415, 422), (place, status, answer[:200])
    many = b"".join(b'--b0\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % i for i in range(5000))
    for spoilt in (many + b"--b0--", b"--b0\r\n" * 20000, b"\r\n--b0" * 20000,
                   b'--b0\r\nContent-Disposition: form-data; name="' + b"a" * 500000 + b'"\r\n\r\n1\r\n--b0--'):
        assert server.ask("POST", "/api/remove", spoilt, Content_Type=FORM)[0] in (400, 422)
    for kind in ("multipart/form-data; boundary=" + "b" * 300, 'multipart/form-data; boundary="', "multipart/mixed"):
        assert server.ask("POST", "/api/remove", body, Content_Type=kind)[0] in (400, 415)
    server.stop()


def many_zeros():
    squeeze = zlib.compressobj(6)
    return b"".join([squeeze.compress(bytes(1 << 24)) for _ in range(BOMB >> 24)] + [squeeze.flush()])


def bomb_png(width, height, **chunks):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    extra = b"".join(chunk(name.encode(), data) for name, data in chunks.items())
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IEND", b"")


def jpeg_head(width, height):
    return (b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01"
            b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0" + b"\0" * 100)


def tiff_head(width, height, offset, size):
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 8), (262, 3, 1), (273, 4, offset), (277, 3, 1),
            (278, 4, height), (279, 4, size)]
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags))
            + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags) + b"\0\0\0\0")


def pictures_that_are_larger_than_they_look_are_refused(chiton):
    server = Server(chiton, "--max-pixels", "4000000")
    assert server.post(file=PICTURE)[0] == 200
    before = peak(server)
    zeros = many_zeros()
    huge = [
        ("PNG of 65,000 x 65,000", bomb_png(65000, 65000, IDAT=zeros)),
        ("PNG with more data than pixels", bomb_png(64, 48, IDAT=zeros)),
        ("PNG with a huge profile", bomb_png(64, 48, iCCP=b"a\0\0" + zeros, IDAT=zlib.compress(bytes(64 * 48 * 3 + 48)))),
        ("PNG with a huge text", bomb_png(64, 48, zTXt=b"a\0\0" + zeros, IDAT=zlib.compress(bytes(64 * 48 * 3 + 48)))),
        ("PNG of 0 x 0", bomb_png(0, 0, IDAT=zeros)),
        ("PNG of 2^31", bomb_png(1 << 31, 1 << 31, IDAT=zeros)),
        ("JPEG of 65,500 x 65,500", jpeg_head(65500, 65500)),
        ("GIF of 65,535 x 65,535", b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"),
        ("WebP of 16,384 x 16,384", b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0"),
        ("TIFF of 60,000 x 60,000", tiff_head(60000, 60000, 122, len(zeros)) + zeros),
        ("TIFF with more data than pixels", tiff_head(64, 48, 122, len(zeros)) + zeros),
        ("BMP of 65,000 x 65,000", b"BM" + struct.pack("<IHHIIiiHH", 100, 0, 0, 54, 40, 65000, 65000, 1, 24) + b"\0" * 46),
        ("EXR of nothing", b"v/1\x01\x02\0\0\0" + b"a" * 1000),
        ("plain pixels of 60,000 x 60,000", b"P6 60000 60000 255\n" + b"\0" * 1000),
        ("a picture in many frames", b"".join(PICTURE for _ in range(100))),
    ]
    for name, data in huge:
        status, _, body = server.post(file=data)
        assert status in (200, 413, 415, 422), (name, status, body[:200])
        assert is_alive(server), name
    grown = peak(server) - before
    print(f"grown by {grown / 1e6:.0f} MB")
    assert grown < MOST_GROWTH, grown
    assert server.post(file=PICTURE)[0] == 200
    server.stop()


def tensors_that_are_larger_than_they_look_are_refused(chiton):
    server = Server(chiton, "--max-tensors", "1000000", models=("blow", "dynamic"))
    before = peak(server)
    head = '{"inputs":[{"name":"images","datatype":"FP32","shape":%s,"data":%s}]}'
    nested = "[" * 30 + "1" + "]" * 30
    for shape, data in [("[1,3,30000,30000]", "[0]"), ("[1099511627776,3,1,1]", "[0]"), ("[1,3,1,1]", nested),
                        ("[1,3,1,1]", "[" * 1000000), ("[0,3,4611686018427387904,4]", "[]"), ("[1,3,1,1]", "[1e99999]"),
                        ("[1,3,1,1]", "[" + "1" * 1000000 + "]"), ("[" + "1," * 100000 + "1]", "[0]"),
                        ("[1,3,500,500]", "[" + "0," * 749999 + "0]")]:
        status, _, body = server.ask("POST", "/v2/models/dynamic/infer", head % (shape, data), Content_Type="application/json")
        assert status in (400, 413, 422), (shape[:50], data[:50], status, body[:200])
    assert peak(server) - before < MOST_GROWTH
    assert is_alive(server)
    server.stop()


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def many_connections_are_all_answered(chiton):
    """As many as the machine lets a process have, 10,000 at most; from addresses of loopback, 200 each."""
    count = max(100, min(10000, raise_limit() - 256))
    server = Server(chiton, "--max-clients", str(count), "--timeout", "600")
    before = peak(server)
    raws = [connect(server, f"127.0.{1 + i // 200 // 250}.{1 + i // 200 % 250}") for i in range(count)]
    assert is_answered(server)
    for raw in raws:
        raw.sendall(GET)
    waiting = selectors.DefaultSelector()
    for raw in raws:
        waiting.register(raw, selectors.EVENT_READ)
    answered = 0
    while answered < count:
        ready = waiting.select(PATIENCE_S)
        assert ready, f"{answered} of {count} were answered"
        for key, _ in ready:
            assert key.fileobj.recv(4096).startswith(b"HTTP/1.1 200"), "another answer"
            waiting.unregister(key.fileobj)
            answered += 1
    print(f"{count} connections: {(peak(server) - before) / count / 1024:.1f} KiB each")
    assert is_answered(server)
    for raw in raws:
        raw.close()
    server.stop()


def more_connections_than_one_address_may_have_hurt_nobody(chiton):
    raise_limit()
    server = Server(chiton, "--timeout", "1")
    raws = []
    for _ in range(300):
        with contextlib.suppress(OSError):
            raws.append(connect(server, "127.0.0.9"))
    assert is_answered(server)
    for raw in raws:
        with contextlib.suppress(ConnectionError):
            assert raw.recv(1) == b"", "it said something"
        raw.close()
    server.wait_for(lambda: is_answered(server))
    server.stop()


TESTS = [
    headers_that_drip_in_are_cut_off, bodies_that_drip_in_are_cut_off, chunked_bodies_that_drip_in_are_cut_off,
    answers_that_are_not_taken_give_their_place_back, silent_connections_are_closed, connections_that_are_half_closed_are_ended, who_goes_before_the_answer_hurts_nobody,
    what_is_no_http_is_sent_away, forms_that_are_spoilt_anywhere_are_told,
    pictures_that_are_larger_than_they_look_are_refused, tensors_that_are_larger_than_they_look_are_refused,
    many_connections_are_all_answered, more_connections_than_one_address_may_have_hurt_nobody,
]

if __name__ == "__main__":
    run_tests(TESTS, "u2net", "blow")
