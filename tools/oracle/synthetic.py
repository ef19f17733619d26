# SPDX-License-Identifier: Apache-2.0
"""Golden answers for tensors that a formula makes, so that unit tests need no model.

    synthetic.py tests/golden

The numbers are made as in tests/unit/models/test_golden.c: a 32-bit linear congruential generator,
state = state * 1664525 + 1013904223, u = (state >> 8) / 2^24, filling each output in the order of
its memory, with a recipe for each value of an anchor:

    span(low, high)   low + (high - low) * u, in float32
    score             u squared five times, in float32: few are high
    class             floor(u * 7)
    rest              1 less the value before it, in float32, which takes no number
"""
import pathlib
import sys

import numpy as np

from families import FAMILIES, Placement, grids, line, objects
from inputs import INPUTS
from tasks import TASKS

CLASSES = 7
SCORE, CLASS, REST = "score", "class", "rest"


class Random:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return np.float32(self.state >> 8) / np.float32(1 << 24)

    def value(self, recipe, before):
        if recipe == REST:
            return np.float32(1) - before
        u = self.uniform()
        if recipe == CLASS:
            return np.float32(int(u * CLASSES))
        if recipe == SCORE:
            for _ in range(5):
                u = u * u
            return u
        low, high = np.float32(recipe[0]), np.float32(recipe[1])
        return low + (high - low) * u


def fill(random, shape, recipes, axis):
    """A tensor whose index along `axis` chooses the recipe."""
    out, value = np.empty(shape, np.float32), None
    for at in np.ndindex(*shape):
        out[at] = value = random.value(recipes[at[axis]], value)
    return out


def yolo(W, H, form, boxes):
    cells, scores = len(grids(W, H)), [SCORE] * CLASSES
    return {"yolo_planes": [((1, 4 + CLASSES, cells), boxes + scores, 1)],
            "yolo_rows": [((1, cells, 4 + CLASSES), boxes + scores, 2)],
            "yolo_objectness": [((1, 3 * cells, 5 + CLASSES), boxes + [(.2, 1)] + scores, 2)],
            "yolo_final": [((1, 60, 6), [(0, 80)] * 2 + [(80, 170)] * 2 + [(0, 1), CLASS], 2)],
            }[form]


def yolox(W, H):
    recipes = [(-.5, 1.5), (-.5, 1.5), (-1, 2), (-1, 2), (.2, 1)] + [SCORE] * CLASSES
    return [((1, len(grids(W, H)), 5 + CLASSES), recipes, 2)]


def scrfd(W, H, landmarks, rank):
    rows = [2 * -(-H // s) * -(-W // s) for s in (8, 16, 32)]
    kinds = [[SCORE], [(.5, 3)] * 4] + ([[(-2, 2)] * 10] if landmarks else [])
    return [((1, n, len(k))[3 - rank:], k, rank - 1) for k in kinds for n in rows]


def centerface(W, H):
    h, w = H // 4, W // 4
    kinds = [[SCORE], [(.5, 2.5)] * 2, [(0, 1)] * 2, [(0, 1)] * 10]
    return [((1, len(k), h, w), k, 1) for k in kinds]


def retinaface(W, H, scores):
    rows = 2 * len(grids(W, H))
    return [((1, rows, 4), [(-4, 4)] * 4, 2), ((1, rows, 2), scores, 2),
            ((1, rows, 10), [(-5, 5)] * 10, 2)]


PIXELS = [(0, 160), (0, 160), (8, 60), (8, 60)]
SHARES = [(0, 1), (0, 1), (.05, .4), (.05, .4)]
CASES = [  # name, family, seed, picture w h, canvas W H, outputs
    ("yolo_planes", "yolo_planes", 1, 320, 200, 160, 160, yolo(160, 160, "yolo_planes", PIXELS)),
    ("yolo_rows", "yolo_rows", 2, 200, 321, 160, 160, yolo(160, 160, "yolo_rows", PIXELS)),
    ("yolo_objectness", "yolo_objectness", 3, 97, 61, 160, 128,
     yolo(160, 128, "yolo_objectness", PIXELS)),
    ("yolo_final", "yolo_final", 4, 640, 480, 160, 160, yolo(160, 160, "yolo_final", PIXELS)),
    ("yolo_shares", "yolo_planes", 5, 641, 479, 160, 96, yolo(160, 96, "yolo_planes", SHARES)),
    ("yolox", "yolox", 6, 333, 500, 160, 96, yolox(160, 96)),
    ("scrfd_9", "scrfd", 7, 123, 77, 160, 160, scrfd(160, 160, True, 3)),
    ("scrfd_6", "scrfd", 8, 77, 123, 160, 96, scrfd(160, 96, False, 2)),
    ("centerface", "centerface", 9, 301, 223, 128, 96, centerface(128, 96)),
    ("detr", "detr", 13, 321, 200, 160, 96,
     [((1, 40, CLASSES), [(-6, 1)] * CLASSES, 2), ((1, 40, 4), SHARES, 2)]),
    ("detr_sized", "detr_sized", 14, 300, 200, 96, 96,
     [((1, 60), [CLASS], 0), ((1, 60, 4), [(-20, 150)] * 2 + [(140, 320)] * 2, 2),
      ((1, 60), [(0, 1)], 0)]),
    ("detr_rf", "detr_rf", 15, 97, 211, 128, 128,
     [((1, 30, 4), SHARES, 2), ((1, 30, CLASSES), [(-6, 1)] * CLASSES, 2)]),
    ("detr_joined", "detr_joined", 16, 333, 251, 160, 96,
     [((1, 300, 4 + CLASSES), SHARES + [SCORE] * CLASSES, 2)]),
    ("retinaface", "retinaface", 17, 333, 250, 96, 72, retinaface(96, 72, [SCORE, REST])),
    ("retinaface_logits", "retinaface_logits", 18, 123, 77, 96, 64,
     retinaface(96, 64, [(-4, 4)] * 2)),
]
SCORES = [SCORE] * CLASSES
TASK_CASES = [  # name, task, classes, seed, picture w h, canvas W H, outputs
    ("yolo_pose", "pose", 1, 10, 123, 200, 160, 160,
     [((1, 56, 525), PIXELS + [SCORE] + [(0, 160), (0, 160), (0, 1)] * 17, 1)]),
    ("yolo_segment", "segment", CLASSES, 11, 97, 61, 160, 128,
     [((1, 16, 420), PIXELS + SCORES + [(-1, 1)] * 5, 1),
      ((1, 5, 32, 40), [(-1, 1)] * 5, 1)]),
    ("yolo_obb", "obb", CLASSES, 12, 320, 240, 160, 160,
     [((1, 12, 525), PIXELS + SCORES + [(-.75, 2.25)], 1)]),
    ("classify", "classify", CLASSES, 19, 97, 61, 32, 32, [((1, CLASSES), [(-3, 3)], 0)]),
    ("classify_shares", "classify", 2, 20, 97, 61, 32, 32, [((1, 2), [SCORE, REST], 1)]),
]


def write(folder, name, lines):
    (pathlib.Path(folder) / (name + ".txt")).write_text("\n".join(lines) + "\n")
    print(name, len(lines), "lines")


def main(folder):
    for name, family, seed, w, h, W, H, shapes in CASES:
        random = Random(seed)
        outputs = [fill(random, *shape) for shape in shapes]
        place = Placement(FAMILIES[family].fit, w, h, W, H)
        found = objects(FAMILIES[family], outputs, place)
        lines = [line(c, score, box, marks, 4) for c, score, box, marks in found]
        write(folder, name, lines)
    for name, task, classes, seed, w, h, W, H, shapes in TASK_CASES:
        random = Random(seed)
        outputs = [fill(random, *shape) for shape in shapes]
        write(folder, name, TASKS[task](outputs, Placement("centre", w, h, W, H), classes))
    for name, make, seed, w, h, W, H in INPUTS:
        random = Random(seed)
        samples = [[[random.uniform() for _ in range(3)] for _ in range(w)] for _ in range(h)]
        picture = np.floor(np.array(samples, float) * 256)
        write(folder, "input_" + name,
              [" ".join("%.4f" % v for v in row) for plane in make(picture, W, H) for row in plane])


if __name__ == "__main__":
    main(sys.argv[1])
