# SPDX-License-Identifier: Apache-2.0
"""Independent reference of what families make of a picture, in double precision.

A maker takes a picture [h,w,3] of R,G,B from 0 to 255 and gives planes [3,H,W] for the model.
"""
import numpy as np

from families import Placement

MEAN, DEVIATION = np.array([.485, .456, .406]), np.array([.229, .224, .225])


def resize(picture, w, h):
    """Bilinear with half-pixel centres, without antialiasing."""
    def axis(size, source):
        at = np.clip((np.arange(size) + .5) * source / size - .5, 0, source - 1)
        low = np.minimum(np.floor(at).astype(int), source - 2)
        weights = np.zeros((size, source))
        weights[np.arange(size), low] = 1 - (at - low)
        weights[np.arange(size), low + 1] += at - low
        return weights
    return np.einsum("yr,rcb,xc->yxb", axis(h, picture.shape[0]), picture,
                     axis(w, picture.shape[1]))


def middle(picture, shorter, W, H):
    """The shorter side becomes `shorter`, the longer one is truncated; W x H of the middle."""
    h, w = picture.shape[:2]
    nw, nh = (shorter, int(shorter * h / w)) if w <= h else (int(shorter * w / h), shorter)
    x, y = int(round((nw - W) / 2)), int(round((nh - H) / 2))
    return resize(picture, nw, nh)[y:y + H, x:x + W]


def planes(picture):
    return picture.transpose(2, 0, 1)


def detr(picture, W, H):
    return planes(resize(picture, W, H) / 255)


def detr_rf(picture, W, H):
    return planes((resize(picture, W, H) / 255 - MEAN) / DEVIATION)


def retinaface(picture, W, H):
    place = Placement("top-left", picture.shape[1], picture.shape[0], W, H)
    canvas = np.full((H, W, 3), 114.)
    canvas[:place.nh, :place.nw] = resize(picture, place.nw, place.nh)
    return planes(canvas[:, :, ::-1] - [104, 117, 123])


def classify(picture, W, H):
    return planes((middle(picture, int(W * 256 / 224), W, H) / 255 - MEAN) / DEVIATION)


def classify_own(picture, W, H):
    """Ultralytics' own classifiers: no border is left over, nothing but shares of 255."""
    return planes(middle(picture, W, W, H) / 255)


INPUTS = [  # name, maker, seed, picture w h, canvas W H
    ("detr", detr, 21, 37, 29, 16, 12),
    ("detr_rf", detr_rf, 22, 29, 37, 16, 16),
    ("retinaface", retinaface, 23, 37, 29, 24, 32),
    ("classify", classify, 24, 37, 29, 14, 14),
    ("classify_tall", classify, 25, 19, 40, 14, 14),
    ("classify_own", classify_own, 26, 37, 29, 16, 16),
]
