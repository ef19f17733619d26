# SPDX-License-Identifier: Apache-2.0
"""Golden answers of real models on real pictures and frames, by ONNX Runtime, OpenCV and numpy.

    real.py MODELS MEDIA CENTERFACE.onnx tests/golden

Writes real_<model>_<picture>.txt, or real_<model>_<clip>_<frame>.txt, a line an object, best first:
label (spaces as _), score, x, y, w, h in source pixels, then the landmarks' x y.
"""
import pathlib
import subprocess
import sys

import cv2
import numpy as np
import onnxruntime

from families import FAMILIES, Placement, line, objects

COCO = """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,
fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,
bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,
sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,
wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,
hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,
mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,
vase,scissors,teddy bear,hair drier,toothbrush""".replace("\n", "").split(",")

OBJECTS = ["dog.jpg", "t1.jpg", ("mark_people_1080p.mp4", 0), ("mark_people_1080p.mp4", 200),
           ("mark_crowd_30.mp4", 100)]
FACES = ["t1.jpg", ("mark_faces_30.mp4", 0), ("mark_faces_30.mp4", 150)]
JOBS = [  # model file, family, input (w, h), pictures
    ("yolox_nano.onnx", "yolox", (416, 416), OBJECTS),
    ("yolov8n_int8.onnx", "yolo_planes", (640, 640), OBJECTS),
    ("scrfd_500m_bnkps.onnx", "scrfd", (640, 640), FACES),
    ("scrfd_2.5g.onnx", "scrfd", (640, 640), FACES),
    ("centerface.onnx", "centerface", None, FACES),
]


def probe(clip):
    entries = "stream=width,height,color_space,color_range"
    text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                           entries, "-of", "default=nk=0:nw=1", clip], check=True,
                          capture_output=True, text=True).stdout
    return dict(row.split("=", 1) for row in text.split())


def read_frame(clip, number):
    """A frame in BGR by the stream's own matrix and range: cv2.VideoCapture always takes BT.601."""
    about = probe(clip)
    w, h = int(about["width"]), int(about["height"])
    matrix = {"bt709": "bt709", "smpte170m": "bt601", "bt470bg": "bt601", "bt2020nc": "bt2020"}.get(
        about.get("color_space"), "bt601" if h < 720 else "bt709")
    level = "pc" if about.get("color_range") == "pc" else "tv"
    chain = (f"select=eq(n\\,{number}),scale=in_color_matrix={matrix}:in_range={level}:"
             "flags=bilinear+accurate_rnd+full_chroma_int,format=bgr24")
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-vf", chain, "-frames:v", "1", "-f",
                          "rawvideo", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(h, w, 3)


def read(media, what):
    if isinstance(what, str):
        return cv2.imread(str(media / what)), pathlib.Path(what).stem
    clip, number = what
    return read_frame(str(media / clip), number), f"{pathlib.Path(clip).stem}_{number:04d}"


def centerface_size(w, h):
    ratio = min(1, 640 / max(w, h))
    return tuple(max(1, int(side * ratio / 32 + .5)) * 32 for side in (w, h))


def run(session, family, bgr, size):
    h, w = bgr.shape[:2]
    place = Placement(family.fit, w, h, *(size or centerface_size(w, h)))
    blob = family.blob(place.draw(bgr, family.pad))
    return objects(family, session.run(None, {session.get_inputs()[0].name: blob}), place)


def main(models, media, centerface, folder):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    for name, kind, size, pictures in JOBS:
        path = centerface if kind == "centerface" else models / name
        session = onnxruntime.InferenceSession(str(path), options,
                                               providers=["CPUExecutionProvider"])
        for what in pictures:
            bgr, stem = read(media, what)
            found = run(session, FAMILIES[kind], bgr, size)
            label = (lambda c: "face") if kind in ("scrfd", "centerface") else COCO.__getitem__
            lines = [line(label(c).replace(" ", "_"), *rest, 2) for c, *rest in found]
            target = folder / f"real_{pathlib.Path(name).stem}_{stem}.txt"
            target.write_text("".join(row + "\n" for row in lines))
            print(target.name, len(lines), "objects")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:5]))
