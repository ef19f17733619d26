#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what chiton writes with the programs that the formats are for: check_outputs.py CHITON MODEL INPUT...

Needs, in an environment of its own: python3 -m venv pv && pv/bin/pip install pycocotools motmetrics trackeval
Then: pv/bin/python tools/check_outputs.py build/src/cli/chiton yolox_nano.onnx clip.mp4 photo.jpg
The lines of JSON are the truth that csv, pycocotools' loadRes, motmetrics' loadtxt and TrackEval have to agree with.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import motmetrics
import numpy
import trackeval
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def near(a, b):
    return abs(a - b) < 1e-6


def check_csv(path, lines):
    """Each row is an object of the lines, in their order."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    objects = [(line, found) for line in lines for found in line["objects"]]
    assert len(rows) == len(objects), (len(rows), len(objects))
    for row, (line, found) in zip(rows, objects):
        assert row["source"] == line["source"] and int(row["frame"]) == line["frame"]
        assert row["label"] == found["label"] and int(row["class"]) == found["class"]
        values = [float(row[key]) for key in ("x", "y", "width", "height", "score")]
        assert all(map(near, values, found["box"] + [found["score"]]))
        assert row["id"] == str(found.get("id", ""))
    return f"{len(rows)} rows"


def check_coco(path, lines):
    """loadRes takes the file; against a truth made of the same boxes every score is perfect."""
    results = json.load(open(path, encoding="utf-8"))
    truth = {
        "info": {}, "annotations": [],
        "images": [{"id": number, "width": line["width"], "height": line["height"]}
                   for number, line in enumerate(lines, 1)],
        "categories": [{"id": number, "name": str(number)} for number in range(1, 91)],
    }
    places = iter((number, found) for number, line in enumerate(lines, 1) for found in line["objects"])
    for element, (number, found) in zip(results, places):
        if element["image_id"] != number:  # a picture called by a number
            truth["images"][number - 1]["id"] = element["image_id"]
        assert element["bbox"] == found["box"] and near(element["score"], found["score"])
        truth["annotations"].append({
            "id": len(truth["annotations"]) + 1, "iscrowd": 0, "area": element["bbox"][2] * element["bbox"][3],
            **{key: element[key] for key in ("image_id", "category_id", "bbox")}})
    coco = COCO()
    coco.dataset = truth
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(str(path)), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] > 0.999, evaluation.stats[0]
    return f"{len(results)} results, AP {evaluation.stats[0]:.3f} against themselves"


def check_mot(path, lines):
    """motmetrics gives back the boxes of the lines, and TrackEval's reader the same numbers."""
    table = motmetrics.io.loadtxt(str(path), fmt="mot15-2D")
    expected = [(number, found) for number, line in enumerate(lines, 1) for found in line["objects"] if "id" in found]
    assert len(table) == len(expected), (len(table), len(expected))
    raw = numpy.loadtxt(path, delimiter=",", ndmin=2)
    for (frame, identity), row, numbers, (number, found) in zip(table.index, table.itertuples(), raw, expected):
        assert frame == number and identity == found["id"]
        assert all(abs(a - b) < 1e-2 for a, b in zip((row.X, row.Y, row.Width, row.Height), found["box"]))
        assert near(row.Confidence, found["score"]) and row.ClassId == found["class"] + 1
        assert len(numbers) == 9
    return f"{len(table)} lines"


def check_trackeval(path, lines, folder):
    """TrackEval scores the tracks of class 1 against themselves: all perfect. Needs a run with ids."""
    rows = [line for line in open(path, encoding="utf-8") if line.split(",")[7] == "1"]
    truth, tracks = folder / "gt/seq/gt", folder / "tr/chiton/data"
    truth.mkdir(parents=True)
    tracks.mkdir(parents=True)
    (truth / "gt.txt").write_text("".join(",".join(r.split(",")[:6]) + ",1,1,1\n" for r in rows))
    (tracks / "seq.txt").write_text("".join(rows))
    dataset = trackeval.datasets.MotChallenge2DBox({
        "GT_FOLDER": str(folder / "gt"), "TRACKERS_FOLDER": str(folder / "tr"), "SKIP_SPLIT_FOL": True,
        "SEQ_INFO": {"seq": len(lines)}, "PRINT_CONFIG": False, "DO_PREPROC": False})
    evaluator = trackeval.Evaluator({"PRINT_RESULTS": False, "PRINT_CONFIG": False, "TIME_PROGRESS": False,
                                     "OUTPUT_SUMMARY": False, "OUTPUT_DETAILED": False, "PLOT_CURVES": False})
    quiet = {"PRINT_CONFIG": False}
    results, _ = evaluator.evaluate([dataset], [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet)])
    scores = results["MotChallenge2DBox"]["chiton"]["COMBINED_SEQ"]["pedestrian"]
    hota, mota = scores["HOTA"]["HOTA"].mean(), scores["CLEAR"]["MOTA"]
    assert hota > 0.999 and mota > 0.999, (hota, mota)
    return f"{len(rows)} lines, HOTA {hota:.3f}, MOTA {mota:.3f} against themselves"


def main(chiton, model, *inputs):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        outputs = [folder / ending for ending in ("r.jsonl", "r.csv", "r.coco.json", "r.mot.txt")]
        command = [chiton, "detect", *inputs, "-m", model, "--track"]
        subprocess.run(command + [f"-o{path}" for path in outputs], check=True)
        lines = [json.loads(line) for line in open(outputs[0], encoding="utf-8")]
        answers = {
            "csv": check_csv(outputs[1], lines),
            "pycocotools": check_coco(outputs[2], lines),
            "motmetrics": check_mot(outputs[3], lines),
            "trackeval": check_trackeval(outputs[3], lines, folder),
        }
    for reader, answer in answers.items():
        print(f"{reader}: {answer}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
