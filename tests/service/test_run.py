# SPDX-License-Identifier: Apache-2.0
"""`chiton run` as a browser, a program and a monitor see it, and its metrics as Prometheus does: test_run.py CHITON
[NAME...]. Nothing here waits for a clock but for what must come in the end."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
import prometheus  # noqa: E402

PATIENCE_S = 60
CAMERA = {"inputs": [{"path": "synthetic:walkers?n=2&size=160x96&frames=0", "rate": 50}],
          "detect": {"model": "det.json", "fps": 25}}


class Fleet:
    """A fleet of two cameras at work in an empty folder."""

    def __init__(self, chiton, folder, *options):
        with open(os.path.join(folder, "det.json"), "w", encoding="utf-8") as file:
            json.dump({"chiton_fake": 1, "detector": {}}, file)
        with open(os.path.join(folder, "fleet.yaml"), "w", encoding="utf-8") as file:
            json.dump({"listen": "127.0.0.1:0", "metrics": "run.prom", "cameras": {"door": CAMERA, "yard": CAMERA}},
                      file)
        self.process = subprocess.Popen([chiton, "run", "fleet.yaml", *options], cwd=folder, stderr=subprocess.PIPE,
                                        text=True)
        for line in self.process.stderr:
            if line.startswith("listening at "):
                self.address = line.split()[-1].rstrip("/")
                return
            print(line, end="")
        raise SystemExit("chiton run has not started")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def open(self, path):
        return urllib.request.urlopen(self.address + path, timeout=PATIENCE_S)

    def get(self, path):
        """Type and body."""
        with self.open(path) as answer:
            return answer.headers["Content-Type"], answer.read()

    def await_live(self):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            streams = json.loads(self.get("/api/streams")[1])["streams"]
            if all(stream["state"] == "live" and stream["frames"]["results"] > 2 for stream in streams):
                return streams
            time.sleep(0.02)
        raise AssertionError(f"not live: {streams}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stderr.read()
        code = self.process.wait(PATIENCE_S)
        assert code == 0, f"ended with {code}: {rest}"
        assert "Sanitizer" not in rest, rest


# ---- the tests: a function gets the program and an empty folder


def a_browser_gets_page_and_pictures(chiton, folder):
    with Fleet(chiton, folder) as fleet:
        kind, page = fleet.get("/")
        assert kind.startswith("text/html") and b"<title>" in page, kind
        fleet.await_live()
        kind, picture = fleet.get("/api/door/latest.jpg")
        assert kind == "image/jpeg" and picture[:2] == b"\xff\xd8" and picture[-2:] == b"\xff\xd9", kind
        with fleet.open("/api/door/mjpeg") as answer:
            assert answer.headers["Content-Type"].startswith("multipart/x-mixed-replace"), answer.headers
            assert b"\xff\xd8" in answer.read(2000)
        with fleet.open("/api/events") as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            line = next(line for line in answer if line.startswith(b"data:"))
            assert json.loads(line[5:])["source"] in ("door", "yard")
        fleet.stop()


def a_program_gets_what_it_asks_for(chiton, folder):
    with Fleet(chiton, folder) as fleet:
        names = [stream["name"] for stream in fleet.await_live()]
        assert names == ["door", "yard"], names
        one = json.loads(fleet.get("/api/streams/door")[1])
        assert one["name"] == "door" and one["frames"]["read"] > 0, one
        assert json.loads(fleet.get("/api/stats")[1])
        assert b"det.json" in fleet.get("/api/config")[1]
        assert json.loads(fleet.get("/api/config/schema.json")[1])["title"] == "FLEET.yaml of chiton"
        for path in ("/healthz", "/readyz"):
            assert fleet.get(path)[1].endswith(b"\n")
        for path, status in (("/nothing", 404), ("/api/attic/latest.jpg", 404)):
            try:
                fleet.get(path)
                raise AssertionError(f"{path} is there")
            except urllib.error.HTTPError as error:
                assert error.code == status and "error" in json.load(error), (path, error.code)
        fleet.stop()


def a_monitor_gets_metrics(chiton, folder):
    with Fleet(chiton, folder) as fleet:
        fleet.await_live()
        kind, text = fleet.get("/metrics")
        assert kind.startswith("text/plain"), kind
        served = prometheus.check(text.decode())
        fleet.stop()
    with open(os.path.join(folder, "run.prom"), encoding="utf-8") as file:
        written = prometheus.check(file.read())
    door = ("chiton_frames_total", (("camera", "door"),))
    assert 0 < served[door[0]].samples[door] <= written[door[0]].samples[door]
    for name in ("chiton_frames_dropped_total", "chiton_stream_up", "chiton_stream_reconnects_total",
                 "chiton_end_to_end_latency_seconds", "chiton_inference_duration_seconds", "chiton_lane_busy_ratio",
                 "chiton_cpu_seconds_total", "chiton_objects_total"):
        assert served[name].samples and written[name].samples, name


def a_job_writes_metrics(chiton, folder):
    with open(os.path.join(folder, "det.json"), "w", encoding="utf-8") as file:
        json.dump({"chiton_fake": 1, "detector": {}}, file)
    subprocess.run([chiton, "detect", "synthetic:walkers?n=2&size=160x96&frames=20", "-m", "det.json", "-o", "null:",
                    "--metrics", "job.prom"], cwd=folder, check=True)
    with open(os.path.join(folder, "job.prom"), encoding="utf-8") as file:
        families = prometheus.check(file.read())
    assert list(families["chiton_frames_total"].samples.values()) == [20]


TESTS = (a_browser_gets_page_and_pictures, a_program_gets_what_it_asks_for, a_monitor_gets_metrics, a_job_writes_metrics)

if __name__ == "__main__":
    for test in TESTS:
        if len(sys.argv) < 3 or test.__name__ in sys.argv[2:]:
            with tempfile.TemporaryDirectory() as place:
                test(os.path.abspath(sys.argv[1]), place)
            print("ok", test.__name__, flush=True)
