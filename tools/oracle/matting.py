#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pymatting, scipy and scikit-image answer, for tests/golden: matting.py MEDIA GOLDEN

Numbers are ten-thousandths. The made picture and mask are those of tests/unit/image/scene.h.
"""
import pathlib
import sys

import numpy as np
from PIL import Image
from pymatting import estimate_alpha_cf, estimate_foreground_ml
from scipy.ndimage import binary_erosion, gaussian_filter
from skimage.morphology import disk, opening

WIDTH, HEIGHT = 40, 32
EVERY = 29


def scene():
    """A disc with a soft, uneven edge before a gradient, with noise, its trimap and a rough mask."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    trimap = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    state = 1
    for y in range(HEIGHT):
        for x in range(WIDTH):
            d = (x - 20) ** 2 + (y - 16) ** 2
            a = min(max((110 - d) * 4 + 128, 0), 256)
            if (x * 7 + y * 3) % 5 == 0:
                a = a * 3 // 4
            trimap[y, x] = 255 if d < 60 else 0 if d > 200 else 128
            for c in range(3):
                state = (state * 1664525 + 1013904223) % 2**32
                front, back = 200 - 40 * c, 40 + 3 * (x if c == 0 else y)
                image[y, x, c] = (a * front + (256 - a) * back) // 256 + (state >> 30)
            state = (state * 1664525 + 1013904223) % 2**32
            wide = (x - 18) ** 2 + (y - 12) ** 2
            mask[y, x] = min(max((260 - wide) * 2 + 128, 0), 255) if (state >> 24) > 1 else state >> 16 & 255
    return image, trimap, mask


def matte(image, trimap):
    image = image / 255.0
    alpha = estimate_alpha_cf(image, trimap / 255.0)
    return alpha, estimate_foreground_ml(image, alpha)


def numbers(values):
    return " ".join(str(round(float(v) * 10000)) for v in values)


def make_trimap(mask, foreground, background, erode):
    structure = np.ones((erode, erode)) if erode else None
    sure = binary_erosion(mask > foreground, structure=structure)
    none = binary_erosion(mask < background, structure=structure, border_value=1)
    return np.where(none, ".", np.where(sure, "#", "?"))


def picture(rows):
    return "".join("".join(row) + "\n" for row in rows)


def masks(mask):
    cases = [(240, 10, 10), (240, 10, 3), (200, 40, 4), (240, 10, 0)]
    parts = [f"trimap {f} {b} {e}\n" + picture(make_trimap(mask, f, b, e)) for f, b, e in cases]
    smooth = gaussian_filter(opening(mask, disk(1)).astype(np.float64), sigma=2)
    return "".join(parts) + "smooth\n" + picture(np.where(smooth < 127, ".", "#"))


def main(media, golden):
    golden = pathlib.Path(golden)
    image, trimap, mask = scene()
    alpha, front = matte(image, trimap)
    lines = [numbers([alpha[y, x], *front[y, x]]) for y in range(HEIGHT) for x in range(WIDTH)]
    (golden / "matting.txt").write_text("\n".join(lines) + "\n")
    (golden / "matting_masks.txt").write_text(masks(mask))
    image = np.asarray(Image.open(f"{media}/lemur.png").convert("RGB"))
    trimap = np.asarray(Image.open(f"{media}/lemur_trimap.png").convert("L"))
    alpha, front = matte(image, trimap)
    unknown = np.argwhere((trimap > 25) & (trimap < 230))[::EVERY]
    lines = [f"{x} {y} " + numbers([alpha[y, x], *front[y, x]]) for y, x in unknown]
    (golden / "real_matting_lemur.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
