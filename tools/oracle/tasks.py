# SPDX-License-Identifier: Apache-2.0
"""Independent reference of what is said beside boxes: poses, masks, turned boxes, classes.

Double precision, straight from the definitions: a mask is computed pixel by pixel over the whole
picture, likeness of turned boxes by matrices. Each function returns lines of text, best first.
"""
import numpy as np

from families import centred, overlap

CONF, IOU = .25, .45


def candidates(output, classes):
    """Box, best score, class and the values beyond, of the anchors above the threshold."""
    rows = output[0].astype(float).T
    scores = rows[:, 4:4 + classes]
    keep = scores.max(1) > CONF
    return rows[keep, :4], scores[keep].max(1), scores[keep].argmax(1), rows[keep, 4 + classes:]


def thin_out(scores, classes, likeness):
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if all(likeness(k, i) <= IOU for k in kept if classes[k] == classes[i]):
            kept.append(i)
    return kept


def upright(output, classes, place):
    """Index among the candidates, class, score, clipped corners and the values beyond."""
    boxes, scores, ids, beyond = candidates(output, classes)
    boxes = place.to_source(centred(*boxes.T).reshape(-1, 2, 2)).reshape(-1, 4)
    for i in thin_out(scores, ids, lambda a, b: overlap(boxes[a], boxes[b], 0)):
        x1, y1, x2, y2 = np.clip(boxes[i], 0, [place.w, place.h] * 2)
        if (x2 - x1) * (y2 - y1) >= 1:
            yield ids[i], scores[i], (x1, y1, x2, y2), beyond[i]


def line(name, score, corners, numbers):
    x1, y1, x2, y2 = corners
    return " ".join([str(name), "%.5f" % score] +
                    ["%.4f" % v for v in (x1, y1, x2 - x1, y2 - y1)] + list(numbers))


def pose(outputs, place, classes):
    lines = []
    for name, score, corners, beyond in upright(outputs[0], classes, place):
        points = beyond.reshape(-1, 3)
        points[:, :2] = np.clip(place.to_source(points[:, :2]), 0, [place.w, place.h])
        lines.append(line(name, score, corners, ["%.4f" % v for v in points.ravel()]))
    return lines


def enlarge(plane, place):
    """Bilinear with half-pixel centres, from the cells of the whole canvas to source pixels."""
    def axis(size, ratio, offset, cells, canvas):
        at = ((np.arange(size) + .5) * ratio + offset) * cells / canvas - .5
        at = np.clip(at, 0, cells - 1)
        low = np.minimum(np.floor(at).astype(int), cells - 2)
        weights = np.zeros((size, cells))
        weights[np.arange(size), low] = 1 - (at - low)
        weights[np.arange(size), low + 1] += at - low
        return weights
    rows = axis(place.h, place.ry, place.y, plane.shape[0], place.H)
    columns = axis(place.w, place.rx, place.x, plane.shape[1], place.W)
    return rows @ plane @ columns.T


def run_lengths(mask):
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat]).astype(int)))
    return np.diff(np.concatenate([[0], edges, [flat.size]]))


def segment(outputs, place, classes):
    prototypes, lines = outputs[1][0].astype(float), []
    ys, xs = np.mgrid[0:place.h, 0:place.w] + .5
    for name, score, corners, beyond in upright(outputs[0], classes, place):
        x1, y1, x2, y2 = corners
        share = 1 / (1 + np.exp(-np.tensordot(beyond, prototypes, 1)))
        mask = enlarge(share, place) > .5
        mask &= (xs >= x1) & (xs < x2) & (ys >= y1) & (ys < y2)
        lines.append(line(name, score, corners, [str(n) for n in run_lengths(mask)]))
    return lines


def covariance(box):
    _, _, w, h, angle = box
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([w * w / 12, h * h / 12]) @ turn.T


def likeness(a, b):
    """1 - Hellinger distance of the normal distributions, by the Bhattacharyya distance."""
    A, B, d = covariance(a), covariance(b), (a - b)[:2]
    S = (A + B) / 2
    distance = d @ np.linalg.inv(S) @ d / 8
    distance += np.log(np.linalg.det(S) / np.sqrt(np.linalg.det(A) * np.linalg.det(B))) / 2
    return 1 - np.sqrt(1 - np.exp(-distance))


def obb(outputs, place, classes):
    boxes, scores, ids, angles = candidates(outputs[0], classes)
    boxes, lines = np.concatenate([boxes, angles], 1), []
    for i in thin_out(scores, ids, lambda a, b: likeness(boxes[a], boxes[b])):
        x, y, w, h, angle = boxes[i]
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = np.array([[w, h], [w, -h], [-w, -h], [-w, h]]) / 2 @ turn + [x, y]
        points = place.to_source(points)
        corners = np.concatenate([points.min(0), points.max(0)])
        x1, y1, x2, y2 = corners = np.clip(corners, 0, [place.w, place.h] * 2)
        if (x2 - x1) * (y2 - y1) >= 1:
            lines.append(line(ids[i], scores[i], corners, ["%.4f" % v for v in points.ravel()]))
    return lines


def classify(outputs, place, classes):
    """The five surest; numbers that are no shares of 1 go through softmax."""
    shares = outputs[0].reshape(-1).astype(float)
    if shares.min() < 0 or abs(shares.sum() - 1) > .01:
        powers = np.exp(shares - shares.max())
        shares = powers / powers.sum()
    return ["%d %.5f" % (i, shares[i]) for i in np.argsort(-shares, kind="stable")[:5]]


TASKS = {"pose": pose, "segment": segment, "obb": obb, "classify": classify}
