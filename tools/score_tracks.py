#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores --track against the truth of synthetic worlds, beside the ByteTrack of `supervision` on the same detections.

By hand, in an environment of its own:  pip install motmetrics==1.4.0 supervision==0.25.1
    tools/score_tracks.py build/src/cli/chiton [--seeds 1] [--clip CLIP --model MODEL]
Each world is walked through from so many seeds, and the sums of all are compared: where boxes are equally near, a
rounding decides who is whom, and one seed says little. With a clip there is no truth: then the two are held against
each other.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import warnings

warnings.filterwarnings("ignore")
import motmetrics
import numpy
import supervision

WORLDS = [
    ("few, slow", "n=4&speed=.5", 7, {"noise": 0.01, "miss": 0.02, "false": 0.02}),
    ("many, crossing", "n=24&speed=1.5", 8, {"noise": 0.01, "miss": 0.02, "false": 0.05}),
    ("many, noisy", "n=20&speed=1", 9, {"noise": 0.04, "miss": 0.15, "false": 1}),
]
LEAST_VISIBLE = 0.1  # who is hidden more than this is never found


def run(chiton, source, model, *options):
    """The lines of a tracked run; the detector's weak objects are wanted too."""
    command = [chiton, "detect", "-m", str(model), source, "--track", "--conf", ".1", *options]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def ours(lines):
    return [[(o["id"], o["box"]) for o in line["objects"] if "id" in o] for line in lines]


def reference(lines, fps):
    """The same objects through supervision's ByteTrack, with the thresholds of ours."""
    tracker = supervision.ByteTrack(track_activation_threshold=0.45, minimum_matching_threshold=0.8,
                                    lost_track_buffer=30, frame_rate=round(fps), minimum_consecutive_frames=1)
    tracker.det_thresh = 0.45  # else a tenth above the threshold that it was given
    frames = []
    for line in lines:
        found = tracker.update_with_detections(supervision.Detections(
            xyxy=corners([(0, o["box"]) for o in line["objects"]]), confidence=numpy.array([o["score"] for o in line["objects"]], float),
            class_id=numpy.array([o["class"] for o in line["objects"]], int)))
        frames.append([(int(i), [b[0], b[1], b[2] - b[0], b[3] - b[1]])
                       for i, b in zip(found.tracker_id, found.xyxy)])
    return frames


def clipped(truth, width, height):
    x, y, w, h = truth["box"]
    left, top = max(x, 0), max(y, 0)
    return [left, top, min(x + w, width) - left, min(y + h, height) - top]


def truth_of(lines):
    return [[(t["id"], clipped(t, line["width"], line["height"])) for t in line["truth"]
             if t["visible"] >= LEAST_VISIBLE] for line in lines]


def corners(tracks):
    boxes = numpy.array([b for _, b in tracks], float).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def distances(real, seen):
    """1 - IoU; NaN where they cannot be the same."""
    if not real or not seen:
        return numpy.empty((len(real), len(seen)))
    overlap = supervision.box_iou_batch(corners(real), corners(seen))
    return numpy.where(overlap >= 0.5, 1 - overlap, numpy.nan)


def accumulate(truth, tracks):
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for real, seen in zip(truth, tracks):
        accumulator.update([i for i, _ in real], [i for i, _ in seen], distances(real, seen))
    return accumulator


def score(name, accumulators):
    """Of all of them together."""
    metrics = ["mota", "idf1", "num_switches", "num_fragmentations", "num_false_positives", "num_misses"]
    rows = motmetrics.metrics.create().compute_many(accumulators, metrics=metrics, generate_overall=True)
    row = rows.loc["OVERALL"]
    print(f"{name:32} MOTA {row.mota:6.4f}  IDF1 {row.idf1:6.4f}  switches {int(row.num_switches):4}"
          f"  fragments {int(row.num_fragmentations):4}  false {int(row.num_false_positives):5}"
          f"  missed {int(row.num_misses):5}")
    return row


def score_worlds(chiton, frames, seeds):
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name, world, first, mistakes in WORLDS:
            model = pathlib.Path(folder, "detector.json")
            model.write_text(json.dumps({"chiton_fake": 1, "detector": mistakes}))
            mine, other = [], []
            for seed in range(first, first + 10 * seeds, 10):
                lines = run(chiton, f"synthetic:walkers?{world}&seed={seed}&frames={frames}&size=1280x720", model)
                mine.append(accumulate(truth_of(lines), ours(lines)))
                other.append(accumulate(truth_of(lines), reference(lines, 30)))
            mine, other = score(f"{name}: chiton", mine), score(f"{name}: supervision", other)
            good &= mine.mota >= other.mota and mine.idf1 >= other.idf1 and mine.num_switches <= other.num_switches
    return good


def compare_clip(chiton, clip, model):
    lines = run(chiton, clip, model)
    fps = (len(lines) - 1) / (lines[-1]["pts"] - lines[0]["pts"])
    mine, other = ours(lines), reference(lines, fps)
    for name, tracks in (("chiton", mine), ("supervision", other)):
        count = len({i for frame in tracks for i, _ in frame})
        print(f"{name:32} {count} ids, {sum(map(len, tracks))} tracked boxes in {len(lines)} frames")
    score("chiton against supervision", [accumulate(other, mine)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chiton")
    parser.add_argument("--frames", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--clip")
    parser.add_argument("--model")
    options = parser.parse_args()
    good = score_worlds(options.chiton, options.frames, options.seeds)
    if options.clip:
        compare_clip(options.chiton, options.clip, options.model)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
