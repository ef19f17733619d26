# SPDX-License-Identifier: Apache-2.0
"""The client of NVIDIA's Triton (tritonclient[http]) talks to `chiton serve`: test_tritonclient.py CHITON FOLDER [NAME...].
FOLDER holds the client, as script/bootstrap test puts it there."""
import sys

sys.dont_write_bytecode = True
CLIENT = sys.argv.pop(2)
sys.path.append(CLIENT)
try:
    import numpy
    import tritonclient.http as triton
except ImportError as error:
    print(f"skipped: {error.name} is not in {CLIENT}; script/bootstrap test puts it there")
    sys.exit(77)

from serving import Server, run_tests  # noqa: E402

TYPES = {"int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64", "uint8": "UINT8", "uint16": "UINT16",
         "uint32": "UINT32", "uint64": "UINT64", "float16": "FP16", "float": "FP32", "double": "FP64", "bool": "BOOL"}


def array_of(name):
    kind = {"float": "float32", "double": "float64"}.get(name, name)
    return numpy.arange(-4, 6).reshape(5, 2).astype(kind)


def give(name, array, kind, binary):
    given = triton.InferInput(name, list(array.shape), kind)
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def infer(client, model, inputs, binary, outputs=(), **more):
    wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in outputs]
    return client.infer(model, inputs, outputs=wanted or None, **more)


def it_says_what_it_is(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("echo") and not client.is_model_ready("nothing")
    assert client.get_server_metadata()["name"] == "chiton"
    told = client.get_model_metadata("conv")
    assert told["inputs"][0] == {"name": "images", "datatype": "FP32", "shape": [1, 3, 16, 16]}, told
    assert "echo" in [each["name"] for each in client.get_model_repository_index()]


def every_type_comes_back(client):
    for binary in (True, False):
        inputs = [give(name, array_of(name), kind, binary or kind == "FP16") for name, kind in TYPES.items()]
        answer = infer(client, "echo", inputs, binary, [name + "_out" for name in TYPES] + ["twice"], request_id="7")
        assert answer.get_response()["id"] == "7"
        for name in TYPES:
            back = answer.as_numpy(name + "_out")
            assert back.shape == (5, 2) and numpy.array_equal(back, array_of(name)), (binary, name, back)
            assert back.dtype == array_of(name).dtype, (binary, name, back.dtype)
        assert numpy.array_equal(answer.as_numpy("twice"), 2 * array_of("float"))


def models_compute_what_they_are(client):
    picture = numpy.random.default_rng(5).random((1, 3, 16, 16), numpy.float32)
    expected = 2 * picture + numpy.arange(3, dtype=numpy.float32).reshape(1, 3, 1, 1)
    for binary in (True, False):
        answer = infer(client, "conv", [give("images", picture, "FP32", binary)], binary, ["out"])
        assert numpy.allclose(answer.as_numpy("out"), expected, atol=1e-6)
    # All outputs, as the server likes.
    assert numpy.allclose(infer(client, "conv", [give("images", picture, "FP32", True)], True).as_numpy("out"), expected)


def many_at_once_are_answered(client):
    a, b = numpy.full((1, 8), 3, numpy.float32), numpy.full((4,), 4, numpy.float32)
    asked = [client.async_infer("two", [give("a", a * i, "FP32", True), give("b", b, "FP32", True)]) for i in range(20)]
    for i, each in enumerate(asked):
        assert each.get_result().as_numpy("out") == 3 * i + 4


def errors_have_their_sentence(client):
    picture = numpy.zeros((1, 3, 16, 15), numpy.float32)
    for model, name, status, word in [("conv", "images", "422", "[1,3,16,16]"), ("conv", "x", "422", "none such"),
                                      ("nothing", "images", "404", "nothing")]:
        try:
            infer(client, model, [give(name, picture, "FP32", True)], True)
            raise SystemExit(f"{model} {name} was answered")
        except triton.InferenceServerException as error:
            assert error.status() == status and word in error.message(), (error.status(), error.message())


def all_of_it(chiton):
    server = Server(chiton, models=("echo",))
    client = triton.InferenceServerClient(f"127.0.0.1:{server.port}", concurrency=4)
    for test in (it_says_what_it_is, every_type_comes_back, models_compute_what_they_are, many_at_once_are_answered,
                 errors_have_their_sentence):
        test(client)
        print("ok", test.__name__)
    client.close()
    server.stop()


if __name__ == "__main__":
    run_tests([all_of_it], "echo", "conv")
