# SPDX-License-Identifier: Apache-2.0
"""Independent reference of the families' pre-processing, decoding and suppression, in numpy.

Everything after the model is computed in double precision, straight from the definitions; nothing
is shared with the engine's C. A decoder returns (boxes [n,4] as corners on the canvas, scores,
classes, landmarks [n,5,2] or None), in the order of anchors.
"""
import math

import numpy as np

STRIDES = (8, 16, 32)


# --- Placement ---

class Placement:
    """Where a picture of (w, h) lies on a canvas of (W, H), and the way back."""

    def __init__(self, fit, w, h, W, H):
        self.w, self.h, self.W, self.H = w, h, W, H
        self.x = self.y = 0
        if fit == "stretch":
            self.nw, self.nh, self.rx, self.ry = W, H, W / w, H / h
        elif fit == "floor":
            ratio = h / w
            if ratio > H / W:
                self.nh, self.nw = H, int(H / ratio)
            else:
                self.nw, self.nh = W, int(W * ratio)
            self.nw, self.nh = max(self.nw, 1), max(self.nh, 1)
            self.rx = self.ry = self.nh / h
        else:
            r = min(W / w, H / h)
            self.nw = min(max(math.floor(w * r + .5), 1), W)
            self.nh = min(max(math.floor(h * r + .5), 1), H)
            self.rx = self.ry = r
            if fit == "centre":
                self.x, self.y = (W - self.nw) // 2, (H - self.nh) // 2

    def draw(self, bgr, pad):
        import cv2
        canvas = np.full((self.H, self.W, 3), pad, np.uint8)
        small = cv2.resize(bgr, (self.nw, self.nh), interpolation=cv2.INTER_LINEAR)
        canvas[self.y:self.y + self.nh, self.x:self.x + self.nw] = small
        return canvas

    def to_source(self, points):
        return (points - [self.x, self.y]) / [self.rx, self.ry]


# --- Decoders ---

def grids(W, H):
    """(column, row, stride) of every cell of the three grids, row major."""
    cells = []
    for s in STRIDES:
        ys, xs = np.mgrid[0:-(-H // s), 0:-(-W // s)]
        cells.append(np.stack([xs.ravel(), ys.ravel(), np.full(xs.size, s)], 1))
    return np.concatenate(cells).astype(float)


def centred(cx, cy, w, h):
    return np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 1)


def pick(boxes, scores, conf, coordinates, place):
    """Best class of each anchor; coordinates that never pass 1.001 are shares of the canvas."""
    classes = scores.argmax(1)
    best = scores.max(1)
    keep = best > conf
    boxes, best, classes = boxes[keep], best[keep], classes[keep]
    if keep.any() and coordinates[keep].max() <= 1.001:
        boxes = boxes * [place.W, place.H, place.W, place.H]
    return boxes, best, classes, None


def yolo_planes(outputs, place, conf):
    return yolo_rows([outputs[0].transpose(0, 2, 1)], place, conf)


def yolo_rows(outputs, place, conf):
    out = outputs[0][0].astype(float)
    return pick(centred(*out[:, :4].T), out[:, 4:], conf, out[:, :4], place)


def yolo_objectness(outputs, place, conf):
    out = outputs[0][0].astype(float)
    return pick(centred(*out[:, :4].T), out[:, 5:] * out[:, 4:5], conf, out[:, :4], place)


def yolo_final(outputs, place, conf):
    out = outputs[0][0].astype(float)
    out = out[out[:, 4] > conf]
    return out[:, :4], out[:, 4], out[:, 5].astype(int), None


def yolox(outputs, place, conf):
    out = outputs[0][0].astype(float)
    x, y, s = grids(place.W, place.H).T
    boxes = centred((out[:, 0] + x) * s, (out[:, 1] + y) * s, np.exp(out[:, 2]) * s,
                    np.exp(out[:, 3]) * s)
    scores = out[:, 5:] * out[:, 4:5]
    keep = scores.max(1) > conf
    return boxes[keep], scores[keep].max(1), scores[keep].argmax(1), None


def scrfd(outputs, place, conf):
    flat = [o.reshape(-1, o.shape[-1]).astype(float) for o in outputs]
    by_channels = {c: np.concatenate(sorted((f for f in flat if f.shape[1] == c),
                                            key=lambda f: -len(f)) or [np.zeros((0, c))])
                   for c in (1, 4, 10)}
    cells = grids(place.W, place.H).repeat(2, 0)
    s = cells[:, 2:]
    centre = cells[:, :2] * s
    d = by_channels[4] * s
    boxes = np.concatenate([centre - d[:, :2], centre + d[:, 2:]], 1)
    scores = by_channels[1][:, 0]
    keep = scores >= conf
    points = None
    if len(by_channels[10]):
        points = (centre[:, None] + by_channels[10].reshape(-1, 5, 2) * s[:, None])[keep]
    return boxes[keep], scores[keep], np.zeros(keep.sum(), int), points


def centerface(outputs, place, conf):
    heat, scale, offset, marks = (o[0].astype(float) for o in outputs)
    i, j = np.nonzero(heat[0] > conf)
    h, w = np.exp(scale[0, i, j]) * 4, np.exp(scale[1, i, j]) * 4
    x = (j + offset[1, i, j] + .5) * 4 - w / 2
    y = (i + offset[0, i, j] + .5) * 4 - h / 2
    points = np.stack([np.stack([x + marks[2 * k + 1, i, j] * w, y + marks[2 * k, i, j] * h], 1)
                       for k in range(5)], 1) if len(i) else np.zeros((0, 5, 2))
    return np.stack([x, y, x + w, y + h], 1), heat[0, i, j], np.zeros(len(i), int), points


def corners_of_shares(boxes, place):
    return centred(*boxes.T) * np.array([place.W, place.H, place.W, place.H])


def detr(outputs, place, conf):
    """The classes of a query are independent of each other: each that passes is an object."""
    logits, boxes = (o[0].astype(float) for o in outputs)
    scores = 1 / (1 + np.exp(-logits))
    query, classes = np.nonzero(scores > conf)
    return corners_of_shares(boxes[query], place), scores[query, classes], classes, None


def detr_rf(outputs, place, conf):
    return detr(outputs[::-1], place, conf)


def detr_sized(outputs, place, conf):
    """Labels, boxes and scores from a graph that was told the picture's size."""
    labels, boxes, scores = (o[0] for o in outputs)
    keep = scores > conf
    return boxes[keep].astype(float), scores[keep].astype(float), labels[keep].astype(int), None


def detr_joined(outputs, place, conf):
    """One row a query: its box in shares, then a score for each class."""
    boxes, scores = outputs[0][0, :, :4].astype(float), outputs[0][0, :, 4:].astype(float)
    keep = scores.max(1) > conf
    return (corners_of_shares(boxes[keep], place), scores[keep].max(1), scores[keep].argmax(1),
            None)


def priors(W, H):
    """cx, cy, w, h of RetinaFace's priors in shares of the canvas, two a cell."""
    rows = []
    for step, sides in zip(STRIDES, ((16, 32), (64, 128), (256, 512))):
        for i in range(math.ceil(H / step)):
            for j in range(math.ceil(W / step)):
                rows += [((j + .5) * step / W, (i + .5) * step / H, side / W, side / H)
                         for side in sides]
    return np.array(rows)


def retinaface(outputs, place, conf):
    """Steps from priors with the variances .1 and .2; the second of two shares is a face's."""
    loc, shares, marks = (o[0].astype(float) for o in outputs)
    prior = priors(place.W, place.H)
    keep = shares[:, 1] > conf
    prior, loc, marks = prior[keep], loc[keep], marks[keep].reshape(-1, 5, 2)
    centre = prior[:, :2] + loc[:, :2] * .1 * prior[:, 2:]
    size = prior[:, 2:] * np.exp(loc[:, 2:] * .2)
    points = (prior[:, None, :2] + marks * .1 * prior[:, None, 2:]) * [place.W, place.H]
    boxes = corners_of_shares(np.concatenate([centre, size], 1), place)
    return boxes, shares[keep, 1], np.zeros(keep.sum(), int), points


def retinaface_logits(outputs, place, conf):
    loc, logits, marks = outputs
    powers = np.exp(logits.astype(float))
    return retinaface([loc, powers / powers.sum(2, keepdims=True), marks], place, conf)


# --- Families ---

class Family:
    """iou None: nothing is suppressed; own: boxes come in pixels of the picture."""

    def __init__(self, decode, fit, pad, blob, conf, iou, one=0, own=False):
        self.decode, self.fit, self.pad, self.blob = decode, fit, pad, blob
        self.conf, self.iou, self.one, self.own = conf, iou, one, own


def planes(image):
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def rgb_unit(bgr):
    return planes(bgr[:, :, ::-1]) / np.float32(255)


def bgr_less_means(bgr):
    return planes(bgr) - np.array([104, 117, 123], np.float32)[:, None, None]


YOLO = dict(fit="centre", pad=114, blob=rgb_unit, conf=.25, iou=.45)
FAMILIES = {
    "yolo_planes": Family(yolo_planes, **YOLO),
    "yolo_rows": Family(yolo_rows, **YOLO),
    "yolo_objectness": Family(yolo_objectness, **YOLO),
    "yolo_final": Family(yolo_final, **{**YOLO, "iou": None}),
    "yolox": Family(yolox, "top-left", 114, planes, .25, .45),
    "scrfd": Family(scrfd, "floor", 0,
                    lambda bgr: (planes(bgr[:, :, ::-1]) - np.float32(127.5)) / np.float32(128),
                    .5, .4, one=1),
    "centerface": Family(centerface, "stretch", 0, lambda bgr: planes(bgr[:, :, ::-1]), .5, .3),
    "detr": Family(detr, "stretch", 0, rgb_unit, .5, None),
    "detr_rf": Family(detr_rf, "stretch", 0, None, .5, None),  # its picture: inputs.py
    "detr_sized": Family(detr_sized, "stretch", 0, rgb_unit, .5, None, own=True),
    "detr_joined": Family(detr_joined, "stretch", 0, rgb_unit, .5, None),
    "retinaface": Family(retinaface, "top-left", 114, bgr_less_means, .5, .4, one=1),
    "retinaface_logits": Family(retinaface_logits, "top-left", 114, bgr_less_means, .5, .4, one=1),
}


# --- From candidates to objects ---

def overlap(a, b, one):
    w = max(0., min(a[2], b[2]) - max(a[0], b[0]) + one)
    h = max(0., min(a[3], b[3]) - max(a[1], b[1]) + one)
    area = lambda c: (c[2] - c[0] + one) * (c[3] - c[1] + one)
    return w * h / (area(a) + area(b) - w * h + 1e-9)


def objects(family, outputs, place):
    """List of (class, score, [x, y, w, h], landmarks or None) in source pixels, best first."""
    boxes, scores, classes, points = family.decode(outputs, place, family.conf)
    if not family.own:
        boxes = place.to_source(boxes.reshape(-1, 2, 2)).reshape(-1, 4)
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        rivals = (k for k in kept if classes[k] == classes[i])
        if family.iou is None or all(overlap(boxes[k], boxes[i], family.one) <= family.iou
                                     for k in rivals):
            kept.append(i)
    found = []
    for i in kept:
        limit = np.array([place.w, place.h, place.w, place.h])
        x1, y1, x2, y2 = np.clip(boxes[i], 0, limit)
        if (x2 - x1) * (y2 - y1) < 1:
            continue
        marks = None
        if points is not None:
            marks = np.clip(place.to_source(points[i]), 0, [place.w, place.h])
        found.append((int(classes[i]), float(scores[i]), [x1, y1, x2 - x1, y2 - y1], marks))
    return found


def line(name, score, box, marks, decimals):
    numbers = list(box) + ([] if marks is None else list(marks.ravel()))
    return " ".join([str(name), "%.5f" % score] + ["%.*f" % (decimals, v) for v in numbers])
