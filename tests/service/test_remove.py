# SPDX-License-Identifier: Apache-2.0
"""`chiton serve` as rembg's clients see it, and as people do who mean no good: test_remove.py CHITON [NAME...].
Needs the made models (CHITON_TEST_MODELS). Nothing here waits for a clock but for what must come in the end."""
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
import prometheus  # noqa: E402
from serving import FORM, MODELS, PATIENCE_S, PICTURE, Server, form, png, refused, run_tests, say_no_more, status_of  # noqa: E402


def cutout(chiton, *options):
    """What `chiton cutout` makes of the same picture."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.png"), pathlib.Path(folder, "out.png")
        source.write_bytes(PICTURE)
        subprocess.run([chiton, "cutout", source, "-o", target, "--model-dir", MODELS, "-m", "u2net", "--threads", "1",
                        *options], check=True)
        return target.read_bytes()


# ---- the tests: a function gets the program; what it starts it ends


def answers_are_those_of_the_command_line(chiton):
    server = Server(chiton)
    for fields, options in [
            ({}, ()), ({"om": "true"}, ("--only-mask",)), ({"ppm": "1"}, ("--post-process-mask",)),
            ({"bgc": "10,20,30,255"}, ("--bgcolor", "10,20,30,255")), ({"a": "yes", "ae": "3"}, ("-a", "-e", "3")),
            ({"model": "u2net", "a": "false", "af": "240", "ab": "10", "extras": "{}"}, ())]:
        status, headers, body = server.post(file=PICTURE, **fields)
        assert status == 200 and headers["Content-Type"] == "image/png", (status, body[:300])
        assert body == cutout(chiton, *options), fields
    status, _, body = server.post("/api/remove?bgc=10,20,30,255&om=false", file=PICTURE)
    assert status == 200 and body == cutout(chiton, "--bgcolor", "10,20,30,255"), "fields of the address"
    assert server.metric('chiton_remove_requests_total{status="200"}') == 7
    assert server.metric("chiton_serve_work_seconds_count") == 7
    server.stop()


def sam_is_told_what_is_meant(chiton):
    """As rembg's clients do it: the prompts of a request are its own."""
    server = Server(chiton)
    box = '{"sam_prompt": [{"type": "rectangle", "data": [5, 5, 60, 40]}]}'
    point = '{"sam_prompt": [{"type": "point", "data": [50, 40], "label": 1}], "sam_quant": false}'
    for model in ("sam", "sam_square"):
        seen = set()
        for extras, options in [(box, ("--box", "5,5,60,40")), (point, ("--point", "50,40")), ("{}", ()),
                                (box, ("--box", "5,5,60,40"))]:
            status, _, body = server.post(file=PICTURE, model=model, extras=extras)
            assert status == 200, body
            assert body == cutout(chiton, "-m", model, *options), (model, extras)
            seen.add(body)
        assert len(seen) == 3
    query = urllib.parse.urlencode({"model": "sam", "extras": point})
    assert server.post("/api/remove?" + query, file=PICTURE)[2] == cutout(chiton, "-m", "sam", "--point", "50,40")
    assert server.metric("chiton_serve_models") == 3
    for extras, word in [('{"sam_prompt": [{"type": "circle"}]}', "type = circle: expected point or rectangle"),
                         ('{"sam_prompt": [{"type": "point", "data": [500, 40], "label": 1}]}', "500,40 lies outside"),
                         ('{"sam_model": "../x"}', "no model is called ../x"), ("{", "extras"),
                         ('{"sam_quant": true}', "no model is called sam_vit_b_01ec64.encoder.quant.onnx")]:
        refused(server.post(file=PICTURE, model="sam", extras=extras), 422, word)
    refused(server.post(file=PICTURE, extras=box), 422, "takes no points and boxes")
    server.stop()


def it_says_how_it_is(chiton):
    server = Server(chiton)
    assert server.ask("GET", "/healthz")[::2] == (200, b"ok\n")
    assert server.ask("GET", "/readyz")[::2] == (200, b"ready\n")
    assert server.metric("chiton_serve_models") == 1
    prometheus.check(server.ask("GET", "/metrics")[2].decode())
    refused(server.ask("GET", "/nowhere"), 404, "nothing is called")
    refused(server.ask("PUT", "/api/remove", b"x"), 405, "PUT")
    refused(server.ask("POST", "/metrics", b"x"), 405, "POST")
    refused(server.ask("GET", "/metrics", Host="evil.example"), 403, "localhost")
    refused(server.ask("POST", "/api/remove", form(file=PICTURE), Content_Type=FORM, Host="evil.example"), 403, "host")
    server.stop()


def what_is_no_picture_is_told_so(chiton):
    server = Server(chiton, "--max-pixels", "5000000")
    refused(server.post(file=b"hello"), 415, "no picture")
    refused(server.post(file=b""), 415, "no picture")
    refused(server.post(file=PICTURE[:100]), 422, "picture")
    refused(server.post(file=png(60000, 60000, b"\0" * 1000)), 413, "picture")
    refused(server.post(file=png(65000, 65000, b"")), 413, "picture")
    refused(server.post(file=png(3000, 2000, b"")), 413, "picture")
    refused(server.ask("POST", "/api/remove", PICTURE, Content_Type="image/png"), 415, "multipart")
    server.stop()


def fields_that_cannot_be_are_told(chiton):
    server = Server(chiton)
    refused(server.post(picture=PICTURE), 422, "file")
    for name, value in [("a", "perhaps"), ("af", "256"), ("ab", "-1"), ("ae", "x"), ("bgc", "1,2"), ("bgc", "1,2,3,400"),
                        ("dc", "true"), ("vm", "1"), ("extras", '{"a": 1}'), ("om", "1" * 100), ("bgc", "1\0002")]:
        refused(server.post(file=PICTURE, **{name: value}), 422, name)
    for name in ["nothing", "../u2net", "/etc/passwd", ".hidden", "u2net/", "a b"]:
        refused(server.post(file=PICTURE, model=name), 422, "no model is called")
    refused(server.post(file=PICTURE, model="yolov8"), 422, "mattes")
    server.wait_for(lambda: server.metric("chiton_serve_models") == 2)
    server.stop()


def broken_forms_are_told(chiton):
    server = Server(chiton)
    for body in [b"", b"x", b"--b0", b"--b0\r\n\r\n\r\n--b0--", form(file=PICTURE)[:-8],
                 b"--b0\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b0--"]:
        refused(server.ask("POST", "/api/remove", body, Content_Type=FORM), 400, "form")
    refused(server.ask("POST", "/api/remove", form(file=PICTURE), Content_Type="multipart/form-data"), 400, "boundary")
    server.stop()


def bodies_have_a_limit(chiton):
    server = Server(chiton, "--max-body", "20000")
    refused(server.ask("POST", "/api/remove", form(file=b"x" * 20000), Content_Type=FORM), 413, "20000 bytes")
    # A length that nobody has announced.
    pieces = iter([form(file=b"x" * 4000)] * 8)
    refused(server.ask("POST", "/api/remove", pieces, Content_Type=FORM), 413, "20000 bytes")
    status, _, _ = server.ask("POST", "/api/remove", iter([form(file=PICTURE)]), Content_Type=FORM)
    assert status == 200
    server.stop()


def a_full_queue_refuses(chiton):
    server = Server(chiton, "--lanes", "1", "--max-queue", "1")
    body = form(file=PICTURE)
    held = [server.begin(body) for _ in range(2)]
    refused(server.post(file=PICTURE), 429, "wait already")
    for raw in held:
        raw.sendall(body)
        assert status_of(raw)[0] == 200
        raw.close()
    server.wait_for(lambda: server.post(file=PICTURE)[0] == 200)
    server.stop()


def a_body_that_breaks_off_gives_its_place_back(chiton):
    server = Server(chiton, "--lanes", "1", "--max-queue", "1")
    body = form(file=PICTURE)
    for _ in range(4):
        raw = server.begin(body)
        raw.sendall(body[:-20])
        raw.close()
        server.wait_for(lambda: server.post(file=PICTURE)[0] == 200)
    server.stop()


def who_has_said_all_may_close_its_side(chiton):
    server = Server(chiton)
    body = form(file=PICTURE)
    raw = server.begin(body)
    raw.sendall(body)
    say_no_more(raw)
    assert status_of(raw)[0] == 200
    raw.close()
    server.stop()


def what_takes_too_long_is_given_up(chiton):
    server = Server(chiton, "--deadline", "0.001")
    body = form(file=PICTURE)
    raw = server.begin(body)
    time.sleep(0.005)  # at least as long as it may take in all
    raw.sendall(body)
    status, text = status_of(raw)
    assert status == 503 and b"deadline" in text, (status, text)
    raw.close()
    server.stop()


def addresses_of_this_machine_are_not_fetched(chiton):
    server = Server(chiton)
    quote = urllib.parse.quote
    for host in ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "192.168.0.1", "[::ffff:127.0.0.1]",
                 "[2002:7f00:1::]", "224.0.0.1", "0.0.0.0", "2130706433"]:
        refused(server.ask("GET", "/api/remove?url=" + quote(f"http://{host}:{server.port}/healthz", "")), 400, "public")
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "a.png"]:
        refused(server.ask("GET", "/api/remove?url=" + quote(url, "")), 400, "url")
    refused(server.ask("GET", "/api/remove"), 422, "url")
    refused(server.ask("GET", "/api/remove?url=http://1.1.1.1/&a=perhaps"), 422, "perhaps")
    server.stop()


def a_model_that_nobody_uses_goes_and_comes_back(chiton):
    server = Server(chiton, "--idle-unload", "0.5")
    for _ in range(2):
        assert server.post(file=PICTURE)[0] == 200
        server.wait_for(lambda: server.metric("chiton_serve_models") == 0)
    server.stop()


def what_was_taken_is_answered_before_the_end(chiton):
    server = Server(chiton)
    body = form(file=PICTURE)
    raw = server.begin(body)
    server.process.send_signal(signal.SIGTERM)
    server.wait_for(lambda: server.ask("GET", "/readyz")[0] == 503)
    refused(server.post(file=PICTURE), 503, "about to end")
    raw.sendall(body)
    assert status_of(raw)[0] == 200
    raw.close()
    assert server.process.wait(PATIENCE_S) == 0, server.process.stderr.read()


def ctrl_c_is_an_interruption(chiton):
    server = Server(chiton)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(PATIENCE_S) == 130, server.process.stderr.read()


def many_clients_are_all_answered(chiton):
    server = Server(chiton, "--lanes", "2", "--max-queue", "100")
    body, expected = form(file=PICTURE), cutout(chiton)
    held = [server.begin(body) for _ in range(40)]
    for raw in held:
        raw.sendall(body)
    for raw in held:
        assert status_of(raw) == (200, expected)
        raw.close()
    server.stop()


def a_model_that_is_not_there_is_told_at_once(chiton):
    ended = subprocess.run([chiton, "serve", "--listen", "127.0.0.1:0", "--model-dir", MODELS, "-m", "nothing"],
                           capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 1 and "nothing" in ended.stderr, ended
    ended = subprocess.run([chiton, "serve", "--listen", "0.0.0.0:0", "--model-dir", MODELS, "-m", "u2net"],
                           capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 2 and "token" in ended.stderr, ended


TESTS = [
    answers_are_those_of_the_command_line, sam_is_told_what_is_meant, it_says_how_it_is, what_is_no_picture_is_told_so,
    fields_that_cannot_be_are_told,
    broken_forms_are_told, bodies_have_a_limit, a_full_queue_refuses, a_body_that_breaks_off_gives_its_place_back,
    who_has_said_all_may_close_its_side, what_takes_too_long_is_given_up, addresses_of_this_machine_are_not_fetched,
    a_model_that_nobody_uses_goes_and_comes_back, what_was_taken_is_answered_before_the_end, ctrl_c_is_an_interruption, many_clients_are_all_answered,
    a_model_that_is_not_there_is_told_at_once,
]

if __name__ == "__main__":
    run_tests(TESTS, "u2net")
