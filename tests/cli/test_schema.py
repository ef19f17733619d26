# SPDX-License-Identifier: Apache-2.0
"""`chiton config schema` is a JSON Schema, and takes and refuses what `chiton config check` does: test_schema.py CHITON.
Fleets are written as JSON, which is YAML too."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: Python's jsonschema is not here; script/bootstrap test gets it")
    sys.exit(77)

CAMERA = {"inputs": [{"path": "rtsp://camera/1", "transport": "tcp"}], "detect": {"model": "people", "fps": 5}}
MODELS = {"people": {"path": "det.json", "conf": 0.3, "classes": ["person", 2]}}


def fleet(**keys):
    """A fleet of one camera in which some keys of the camera are other ones."""
    return {"models": MODELS, "cameras": {"door": {**CAMERA, **keys}}}


GOOD = [
    {},
    {"cameras": None},
    fleet(),
    fleet(detect={"model": "people", "fps": "${CT_TEST_FPS:-5}", "steps": {"again": {"model": "people"}}}),
    fleet(outputs="null:", track={"enabled": True}, restart="on_error", rotate={"keep": 2}),
    {**fleet(), "defaults": {"draw": False, "outputs": ["jsonl:{camera}.jsonl"]}, "listen": "127.0.0.1:0", "lanes": 2},
]
BAD = [
    {"camras": {}},
    {"models": {"people": {"conf": 2}}},
    {"lanes": 1.5},
    {"mqtt": {}},
    {"cameras": {"a b": CAMERA}},
    {"cameras": [CAMERA]},
    fleet(detect={"model": "people", "fps": "fast"}),
    fleet(inputs={"path": "a.mp4"}),
    fleet(inputs=[{"path": "a.mp4", "size": "big"}]),
    fleet(restart="allways"),
    fleet(zones={}),
    fleet(rotate={"keep": 0}),
]


def main():
    program = os.path.abspath(sys.argv[1])
    schema = json.loads(subprocess.run([program, "config", "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "det.json").write_text('{"chiton_fake":1,"detector":{}}', encoding="utf-8")
        for expected, fleets in ((True, GOOD), (False, BAD)):
            for one in fleets:
                path = pathlib.Path(folder, "fleet.yaml")
                path.write_text(json.dumps(one), encoding="utf-8")
                taken = subprocess.run([program, "config", "check", path], capture_output=True, check=False)
                if validator.is_valid(one) != expected or (taken.returncode == 0) != expected:
                    wrong.append(f"{json.dumps(one)}: schema {validator.is_valid(one)}, check {taken.returncode}")
    print("\n".join(wrong) or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
