# SPDX-License-Identifier: Apache-2.0
"""`chiton serve` as clients of KServe's Open Inference Protocol see it: test_kserve.py CHITON [NAME...]."""
import json
import signal
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from serving import MODELS, PATIENCE_S, PICTURE, Server, run_tests  # noqa: E402

# Types with the letter of struct; the inputs of the made model "echo" are named as ONNX calls them.
TYPES = {"INT8": ("int8", "b"), "INT16": ("int16", "h"), "INT32": ("int32", "i"), "INT64": ("int64", "q"),
         "UINT8": ("uint8", "B"), "UINT16": ("uint16", "H"), "UINT32": ("uint32", "I"), "UINT64": ("uint64", "Q"),
         "FP16": ("float16", "e"), "FP32": ("float", "f"), "FP64": ("double", "d"), "BOOL": ("bool", "?")}


def ask(server, path, body=None, **headers):
    """Status, JSON and what stands behind it."""
    method = "GET" if body is None else "POST"
    status, answered, data = server.ask(method, path, body, **headers)
    length = int(answered.get("Inference-Header-Content-Length", len(data)))
    kind = "application/octet-stream" if length < len(data) else "application/json"
    assert answered["Content-Type"] == kind, (path, answered["Content-Type"])
    return status, json.loads(data[:length]), data[length:]


def infer(server, model, request, data=b""):
    """Asks for an inference; with `data` behind the JSON."""
    head = json.dumps(request).encode()
    headers = {"Inference_Header_Content_Length": str(len(head))} if data else {"Content_Type": "application/json"}
    return ask(server, f"/v2/models/{model}/infer", head + data, **headers)


def refused(answer, status, word):
    got, body, _ = answer
    assert got == status and isinstance(body["error"], str) and word in body["error"], (got, str(body)[:500])


def tensor(name, kind, shape, data):
    return {"name": name, "datatype": kind, "shape": shape, "data": data}


def sample(kind):
    low = 0 if kind.startswith("U") or kind == "BOOL" else -2
    return [False, True, True, False] if kind == "BOOL" else [low, 1, 5, 100]


# ---- the tests: a function gets the program; what it starts it ends


def it_says_what_it_is(chiton):
    server = Server(chiton, models=("echo", "u2net"))
    status, body, _ = ask(server, "/v2")
    assert status == 200 and body["name"] == "chiton" and "binary_tensor_data" in body["extensions"], body
    assert ask(server, "/v2/health/live")[:2] == (200, {"live": True})
    assert ask(server, "/v2/health/ready")[:2] == (200, {"ready": True})
    assert ask(server, "/v2/models/conv/ready")[:2] == (200, {"name": "conv", "ready": True})
    refused(ask(server, "/v2/models/nothing/ready"), 404, "nothing")
    status, body, _ = ask(server, "/v2/models/conv")
    assert status == 200 and body["versions"] == ["1"] and body["platform"] == "onnxruntime_onnx", body
    assert body["inputs"] == [{"name": "images", "datatype": "FP32", "shape": [1, 3, 16, 16]}], body
    status, body, _ = ask(server, "/v2/models/dynamic/versions/1")
    assert body["outputs"][0]["shape"] == [-1, 3, -1, -1], body
    for path in ["/v2/models/nothing", "/v2/models/dynamic/versions/2", "/v2/nowhere", "/v2/models/..%2Fconv"]:
        refused(ask(server, path), 404, "")
    refused(ask(server, "/v2/models/conv", b"{}"), 405, "POST")
    refused(ask(server, "/v2/models/conv/infer"), 405, "GET")
    status, body, _ = ask(server, "/v2/repository/index", b"")
    assert {m["name"]: m["state"] for m in body} == {"echo": "READY", "u2net": "READY", "conv": "READY",
                                                     "dynamic": "READY"}, body
    refused(ask(server, "/v2/repository/index", b"[]"), 400, "ready")
    server.stop()


def numbers_of_every_type_come_back(chiton):
    server = Server(chiton, models=("echo",))
    inputs = [tensor(name, kind, [2, 2], sample(kind)) for kind, (name, _) in TYPES.items()]
    status, body, _ = infer(server, "echo", {"id": "42", "inputs": inputs})
    assert status == 200 and body["id"] == "42" and body["model_name"] == "echo", body
    outputs = {each["name"]: each for each in body["outputs"]}
    assert len(outputs) == 13
    for kind, (name, _) in TYPES.items():
        assert outputs[name + "_out"] == tensor(name + "_out", kind, [2, 2], sample(kind)), outputs[name + "_out"]
    assert outputs["twice"]["data"] == [-4, 2, 10, 200]
    for each in inputs:
        each["data"] = [each["data"][:2], each["data"][2:]]
    assert infer(server, "echo", {"id": "42", "inputs": inputs})[:2] == (200, body), "nested data"
    server.stop()


def binary_tensors_stand_behind_the_json(chiton):
    server = Server(chiton, models=("echo",))
    data, inputs = b"", []
    for kind, (name, letter) in TYPES.items():
        packed = struct.pack("<6" + letter, *(sample(kind) + sample(kind)[:2]))
        inputs.append({"name": name, "datatype": kind, "shape": [3, 2], "parameters": {"binary_data_size": len(packed)}})
        data += packed
    status, body, back = infer(server, "echo", {"inputs": inputs, "parameters": {"binary_data_output": True}}, data)
    assert status == 200, body
    sizes = [each["parameters"]["binary_data_size"] for each in body["outputs"]]
    assert len(back) == sum(sizes)
    places = {each["name"]: back[sum(sizes[:i]):sum(sizes[:i + 1])] for i, each in enumerate(body["outputs"])}
    at = 0
    for name, size in [(each["name"], each["parameters"]["binary_data_size"]) for each in inputs]:
        assert places[name + "_out"] == data[at:at + size], name
        at += size
    status, body, back = infer(server, "echo", {"inputs": inputs, "outputs": [
        {"name": "twice", "parameters": {"binary_data": False}}, {"name": "int8_out", "parameters": {"binary_data": True}}]},
                               data)
    assert [each["name"] for each in body["outputs"]] == ["twice", "int8_out"]
    assert body["outputs"][0]["data"] == [-4, 2, 10, 200, -4, 2] and back == struct.pack("6b", -2, 1, 5, 100, -2, 1)
    server.stop()


def models_compute_what_they_are(chiton):
    server = Server(chiton, models=("conv",))
    status, body, _ = infer(server, "conv", {"inputs": [tensor("images", "FP32", [1, 3, 16, 16], [0.25] * 768)]})
    assert status == 200 and body["outputs"][0]["data"] == [.5] * 256 + [1.5] * 256 + [2.5] * 256
    status, body, _ = infer(server, "two", {"inputs": [tensor("b", "FP32", [4], [1, 2, 3, 4]),
                                                       tensor("a", "FP32", [1, 8], [8] * 8)]})
    assert status == 200 and body["outputs"] == [tensor("out", "FP32", [], [10.5])], body
    for n in (1, 3, 2):  # any batch, any size
        status, body, _ = infer(server, "dynamic", {"inputs": [tensor("images", "FP32", [n, 3, n, 5], [-1] * (n * n * 15))]})
        assert status == 200 and body["outputs"][0]["shape"] == [n, 3, n, 5] and set(body["outputs"][0]["data"]) == {0}
    server.stop()


def what_does_not_fit_is_told(chiton):
    server = Server(chiton, models=("conv",))
    good = tensor("images", "FP32", [1, 3, 16, 16], [0] * 768)
    wrong = [
        ("conv", {"inputs": []}, 422, "images"), ("conv", {}, 422, "images"),
        ("conv", {"inputs": [good, dict(good, name="more")]}, 422, "more"),
        ("conv", {"inputs": [dict(good, datatype="INT32")]}, 422, "expected FP32"),
        ("conv", {"inputs": [dict(good, datatype="BYTES")]}, 422, "BYTES"),
        ("conv", {"inputs": [dict(good, shape=[3, 16, 16])]}, 422, "[1,3,16,16]"),
        ("conv", {"inputs": [dict(good, shape=[2, 3, 16, 16], data=[0] * 1536)]}, 422, "[2,3,16,16]"),
        ("conv", {"inputs": [dict(good, data=[0] * 767)]}, 400, "fewer"),
        ("conv", {"inputs": [dict(good, data=[0] * 769)]}, 400, "more"),
        ("conv", {"inputs": [dict(good, data=["a"] * 768)]}, 400, "number"),
        ("conv", {"inputs": [dict(good, shape=[1 << 40, 1 << 40, 1 << 40, 1 << 40])]}, 422, "shape"),
        ("conv", {"inputs": [good], "outputs": [{"name": "none"}]}, 422, "none"),
        ("conv", {"inputs": [dict(good, parameters={"shared_memory_region": "x"})]}, 422, "shared_memory"),
        ("strings", {"inputs": [tensor("images", "FP32", [1, 2], [1, 2])]}, 422, "no numbers"),
        ("fails", {"inputs": [good]}, 500, "run"),
        ("unknown_operator", {"inputs": [good]}, 500, "model"),
        ("nothing", {"inputs": [good]}, 404, "nothing"),
    ]
    for model, request, status, word in wrong:
        refused(infer(server, model, request), status, word)
    path = "/v2/models/conv/infer"
    for body in [b"", b"{", b"[]", b"{\"inputs\":[}", b"\xff", b"{}x", json.dumps({"inputs": [good]}).encode()[:-2]]:
        refused(ask(server, path, body), 400, "at byte")
    refused(ask(server, path, b"{}", Content_Type="text/plain"), 415, "application/json")
    refused(ask(server, path, b"{}", Content_Type="application/x-www-form-urlencoded"), 415, "application/json")
    refused(ask(server, path, b"{}", Content_Encoding="gzip"), 415, "gzip")
    for length in ["-1", "3", "x", "99999999999999999999"]:
        refused(ask(server, path, b"{}", Inference_Header_Content_Length=length), 400, "Inference-Header")
    for size in (0, 3071, 3073, 1 << 62, -7):
        head = {"inputs": [{"name": "images", "datatype": "FP32", "shape": [1, 3, 16, 16],
                            "parameters": {"binary_data_size": size}}]}
        status, body, _ = infer(server, "conv", head, b"x" * 3072)
        assert status in (400, 422), (size, body)
    assert infer(server, "conv", {"inputs": [good]})[0] == 200
    server.stop()


def sizes_have_limits(chiton):
    server = Server(chiton, "--max-body", "10000", "--max-tensors", "4000", models=("conv",))
    numbers = tensor("images", "FP32", [1, 3, 16, 16], [0] * 768)
    assert infer(server, "conv", {"inputs": [numbers]})[0] == 200
    refused(infer(server, "conv", {"inputs": [dict(numbers, data=[.123456789012345678901234567] * 768)]}), 413, "10000")
    refused(infer(server, "dynamic", {"inputs": [tensor("images", "FP32", [1, 3, 16, 21], [0] * 1008)]}), 413, "4000")
    # An answer may be larger than its question.
    refused(infer(server, "blow", {"inputs": [tensor("size", "INT64", [1], [1001])]}), 413, "outputs")
    assert infer(server, "blow", {"inputs": [tensor("size", "INT64", [1], [1000])]})[0] == 200
    server.stop()


def a_full_queue_refuses(chiton):
    server = Server(chiton, "--lanes", "1", "--max-queue", "1")
    held = [server.begin(b"x") for _ in range(2)]
    refused(infer(server, "conv", {}), 429, "wait already")
    for raw in held:
        raw.close()
    server.wait_for(lambda: infer(server, "conv", {})[0] == 422)
    server.stop()


def a_server_that_is_about_to_end_says_so(chiton):
    server = Server(chiton)
    held = server.begin(b"x")
    server.process.send_signal(signal.SIGTERM)
    server.wait_for(lambda: ask(server, "/v2/health/ready")[:2] == (503, {"ready": False}))
    assert ask(server, "/v2/health/live")[0] == 200
    assert ask(server, "/v2/models/u2net/ready")[0] == 503
    refused(infer(server, "u2net", {}), 503, "about to end")
    held.close()
    assert server.process.wait(PATIENCE_S) == 0, server.process.stderr.read()


def what_takes_too_long_is_given_up(chiton):
    server = Server(chiton, "--deadline", "0.001", models=("deep",))
    head = {"inputs": [tensor("images", "FP32", [1, 48, 64, 64], [0] * 196608)]}
    server.wait_for(lambda: infer(server, "deep", head)[0] == 503)
    refused(infer(server, "deep", head), 503, "t")  # "it took too long", or "longer than"
    server.stop()


def a_model_file_needs_no_family_and_no_folder(chiton):
    server = Server(chiton, models=(MODELS + "/two.onnx", "u2net"))
    status, body, _ = infer(server, "two", {"inputs": [tensor("a", "FP32", [1, 8], [0] * 8),
                                                       tensor("b", "FP32", [4], [0] * 4)]})
    assert status == 200, body
    status, _, body = server.post(file=PICTURE)  # the first model has no mattes
    assert status == 422, body
    status, _, body = server.post(file=PICTURE, model="u2net")
    assert status == 200, body
    server.stop()
    for options, word in [(("-m", "nothing"), "nothing"), (("-m", "two", "-m", MODELS + "/two.onnx"), "two models"),
                          (("--max-tensors", "0"), "max-tensors")]:
        ended = subprocess.run([chiton, "serve", "--listen", "127.0.0.1:0", "--model-dir", MODELS, *options],
                               capture_output=True, text=True, timeout=PATIENCE_S)
        assert ended.returncode in (1, 2) and word in ended.stderr, ended


def models_tell_their_memory(chiton):
    names = ['chiton_model_memory_bytes{model="deep"}', 'chiton_model_uses_total{model="deep"}']
    server = Server(chiton, models=("deep",))
    infer(server, "deep", {"inputs": [tensor("images", "FP32", [1, 48, 64, 64], [0] * 196608)]})
    status, _, body = server.ask("GET", "/api/models")
    model = json.loads(body)["models"][0]
    assert status == 200 and model["name"] == "deep" and model["loaded"] and model["uses"] >= 1, body
    assert model["memory_bytes"] > 0 and server.metric(names[0]) > 0, body
    assert server.metric(names[1]) >= 1
    server.stop()
    server = Server(chiton, "--idle-unload", "1", models=("deep",))
    server.wait_for(lambda: server.metric(names[0]) == 0)
    assert server.metric("chiton_serve_models") == 0
    assert json.loads(server.ask("GET", "/api/models")[2])["models"][0]["loaded"] is False
    server.stop()


def inferences_are_counted(chiton):
    server = Server(chiton, models=("conv",))
    good = {"inputs": [tensor("images", "FP32", [1, 3, 16, 16], [0] * 768)]}
    for _ in range(3):
        assert infer(server, "conv", good)[0] == 200
    refused(infer(server, "nothing", good), 404, "nothing")
    assert server.metric('chiton_infer_requests_total{status="200"}') == 3
    assert server.metric('chiton_infer_requests_total{status="404"}') == 1
    assert server.metric('chiton_remove_requests_total{status="200"}') == 0
    server.stop()


def large_tensors_in_json_are_quick(chiton):
    """Says how long it took; a machine that is busy proves nothing."""
    server = Server(chiton, models=("dynamic",))
    count = 3 * 416 * 416
    numbers = [(i * 7919 % 100003) / 100003 for i in range(count)]
    body = json.dumps({"inputs": [tensor("images", "FP32", [1, 3, 416, 416], numbers)]}).encode()
    begin = time.monotonic()
    status, _, back = server.ask("POST", "/v2/models/dynamic/infer", body, Content_Type="application/json")
    took = time.monotonic() - begin
    assert status == 200
    same = json.loads(back)["outputs"][0]["data"]
    assert all(struct.pack("f", a) == struct.pack("f", b) for a, b in zip(numbers, same)), "other numbers"
    print(f"{len(body)} bytes in, {len(back)} back: {took:.3f} s")
    server.stop()


TESTS = [
    it_says_what_it_is, numbers_of_every_type_come_back, binary_tensors_stand_behind_the_json, models_compute_what_they_are,
    what_does_not_fit_is_told, sizes_have_limits, a_full_queue_refuses,
    a_server_that_is_about_to_end_says_so, what_takes_too_long_is_given_up,
    a_model_file_needs_no_family_and_no_folder, models_tell_their_memory, inferences_are_counted,
    large_tensors_in_json_are_quick,
]

if __name__ == "__main__":
    run_tests(TESTS, "echo", "blow", "conv", "u2net")
