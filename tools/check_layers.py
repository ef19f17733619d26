#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what each folder of src/ may include, and the walls around libraries and threads."""
import re
import sys

import tree

BELOW_PIPELINE = "base frame image media runtime models track filters sources sinks"

# What a folder may include beside itself and <chiton/...>, bottom to top.
MAY_INCLUDE = {
    "base": "",
    "frame": "base",
    "image": "base frame",
    "media": "base frame",
    "runtime": "base frame",
    "models": "base frame image",
    "track": "base frame image",
    "filters": "base frame image",
    "sources": "base frame media",
    "sinks": "base frame image media filters",
    "pipeline": BELOW_PIPELINE,
    "config": "base pipeline models filters sources sinks",
    "service": "base",
    "cli": "base",
}

# What is used in these places only: a pattern in the code, where it may stand, and what to call it.
WALLS = [
    (r'#\s*include\s*[<"]libav', ["src/media/"], "libav"),
    (r'#\s*include\s*[<"]libsw', ["src/media/"], "libswscale"),
    (r'#\s*include\s*[<"](?:turbojpeg|jpeglib|spng|png|openexr|isa-l/\w+|lcms2|webp/\w+)\.h',
     ["src/media/"], "an image codec"),
    (r'#\s*include\s*[<"].*onnxruntime', ["src/runtime/ort"], "ONNX Runtime"),
    (r'#\s*include\s*[<"]jansson', ["src/runtime/fake.c"], "jansson"),
    (r'#\s*include\s*[<"]libfyaml', ["src/base/yaml.c"], "libfyaml"),
    (r'#\s*include\s*[<"]nettle', ["src/base/hash.c"], "nettle"),
    (r'#\s*include\s*[<"]microhttpd', ["src/service/http.c", "src/service/request."], "libmicrohttpd"),
    (r'#\s*include\s*[<"]curl', ["src/cli/fetch.c", "src/cli/top.c", "src/service/fetch.c"], "libcurl"),
    (r'#\s*include\s*[<"](?:pipewire|spa)/', ["src/sources/pipewire"], "PipeWire"),
    (r"\bdlopen\s*\(", ["src/runtime/", "src/base/load.c"], "dlopen"),
    (r"\bpthread_create\s*\(|\bthrd_create\s*\(", ["src/base/thread.c"], "starting a thread"),
    (r"\bpthread_\w+|#\s*include\s*<threads\.h>",
     ["src/base/", "src/frame/", "src/media/av.c", "src/media/filter.c", "src/media/shells.c", "src/media/spool.c",
      "src/runtime/session.c", "src/runtime/ort_library.c", "src/sinks/cutout.c",
      "src/sinks/targets.c", "src/sources/pipewire_library.c", "src/pipeline/",
      "src/service/", "src/cli/run.c"], "a lock"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(name, text):
    """An internal include names its folder; the folder must be allowed. Examples see the public headers alone."""
    folder = name.split("/")[1] if name.startswith("src/") else None
    public = name.startswith(("include/", "examples/"))
    for match in INCLUDE.finditer(text):
        quoted, target = match.group(1) == '"', match.group(2)
        where = f"{name}:{line_of(text, match.start())}"
        other = target.split("/")[0]
        if public and (quoted or other in MAY_INCLUDE):
            yield f"{where}: includes {target}: only <chiton/...> and the C library are public"
        if not folder or not quoted:
            continue
        if folder not in MAY_INCLUDE:
            yield f"{where}: folder {folder} has no line in tools/check_layers.py"
        elif "/" not in target:
            yield f'{where}: includes "{target}": name the folder too'
        elif other != folder and other not in MAY_INCLUDE[folder].split():
            yield f'{where}: {folder} includes "{target}": it may include {MAY_INCLUDE[folder] or "nothing"}'


def check_walls(name, text):
    if not name.startswith("src/"):
        return
    for pattern, places, what in WALLS:
        if any(name.startswith(place) for place in places):
            continue
        for match in re.finditer(pattern, text):
            yield f"{name}:{line_of(text, match.start())}: {what} belongs in {', '.join(places)} only"


def check(top):
    problems = []
    for name in tree.files(top):
        if not name.endswith((".c", ".h")) or not name.startswith(("src/", "include/", "examples/")):
            continue
        text = tree.code(tree.read(top, name))
        problems += check_includes(name, text)
        problems += check_walls(name, text)
    return problems


FIXTURES = [
    ({"src/frame/a.c": '#include "base/mem.h"\n#include "frame/b.h"\n#include <chiton/frame.h>\n'}, ""),
    ({"src/base/a.c": '// dlopen() and #include "frame/b.h" in a comment\n'}, ""),
    ({"src/base/a.c": '#include "frame/b.h"\n'}, "may include nothing"),
    ({"src/models/a.c": '#include "runtime/backend.h"\n'}, "models includes"),
    ({"src/cli/a.c": '#include "pipeline/lane.h"\n'}, "cli includes"),
    ({"src/new/a.c": '#include "base/mem.h"\n'}, "has no line"),
    ({"src/base/a.c": '#include "mem.h"\n'}, "name the folder"),
    ({"src/sinks/a.c": "#include <libavcodec/avcodec.h>\n"}, "libav belongs"),
    ({"src/pipeline/a.c": "#include <onnxruntime_c_api.h>\n"}, "ONNX Runtime belongs"),
    ({"src/pipeline/a.c": "void f(void) { pthread_create(0, 0, 0, 0); }\n"}, "starting a thread"),
    ({"src/sinks/a.c": "#include <pthread.h>\nstatic pthread_mutex_t lock;\n"}, "a lock belongs"),
    ({"include/chiton/a.h": '#include "frame/b.h"\n'}, "are public"),
    ({"examples/a.c": '#include "base/mem.h"\n'}, "are public"),
]

if __name__ == "__main__":
    sys.exit(tree.run(check, FIXTURES))
