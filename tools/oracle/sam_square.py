# SPDX-License-Identifier: Apache-2.0
"""What Segment Anything in the form of Meta's network, whose picture is a square, makes of the made models.

    sam_square.py MODELS MEDIA tests/golden      writes sam_square_<case>.txt, sam_square_girl-1.txt and input_sam_square.txt

Two programs say how that form is used: osam (MIT), with the files that `chiton models pull sam_vit_b` fetches, and Meta's
own example (Apache-2.0). Where they differ, Meta's way is taken, for which the network was trained:
- a side of the resized picture is rounded half up, as the decoder itself does it; osam rounds half to even;
- has_mask_input is 0 where there is no mask; osam says -1, which counts "no mask" twice.
The rest is the same in both: Pillow's BILINEAR until the longer side is 1024, R,G,B less ImageNet's mean in units of its
deviation, zeros below and to the right; points scaled as the sides are, a box as its corners with the labels 2 and 3, one
point (0,0) of label -1 behind them; without any point the middle; of the masks [1,M,H,W] in the size of the source the
first, where it is above 0.
"""
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

from mattes import blocks
from sam import CASES, PHOTOGRAPH, make_samples, mask_text, picture

MEAN, DEVIATION = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
SQUARE_CASES = dict(CASES, half=(2048, 13, [(1, 1000, 5), (200, 1, 600, 10)]))


def fitted(width, height, side):
    scale = side / max(width, height)
    return int(width * scale + .5), int(height * scale + .5)


def canvas(samples, side):
    height, width = samples.shape[:2]
    size = fitted(width, height, side)
    # In two steps: from version 13 on, Pillow goes down first where that is less work.
    across = Image.fromarray(samples).resize((size[0], height), Image.Resampling.BILINEAR)
    small = np.asarray(across.resize(size, Image.Resampling.BILINEAR), np.float32)
    square = np.zeros((side, side, 3), np.float32)
    square[:size[1], :size[0]] = (small - MEAN) / DEVIATION
    return square.transpose(2, 0, 1)


def prompts(marks, width, height, side):
    """Coordinates and labels of all points."""
    points, labels = [], []
    for mark in marks or [(1, width / 2, height / 2)]:
        if len(mark) == 3:
            points.append(mark[1:])
            labels.append(mark[0])
        else:
            points += [mark[:2], mark[2:]]
            labels += [2, 3]
    scale = np.divide(fitted(width, height, side), (width, height))
    return np.float32([np.vstack([points * scale, [0, 0]])]), np.float32([labels + [-1]])


def cut_out(encoder, decoder, samples, marks):
    height, width = samples.shape[:2]
    embeddings = encoder.run(None, {"x": canvas(samples, 1024)[None]})[0]
    points, labels = prompts(marks, width, height, 1024)
    masks = decoder.run(None, {"image_embeddings": embeddings, "point_coords": points, "point_labels": labels,
                               "mask_input": np.zeros((1, 1, 256, 256), np.float32),
                               "has_mask_input": np.zeros(1, np.float32), "orig_im_size": np.float32([height, width])})[0]
    return masks[0, 0] > 0


def main(models, media, golden):
    halves = [onnxruntime.InferenceSession(f"{models}/sam_square.{half}.onnx") for half in ("encoder", "decoder")]
    for name, (width, height, marks) in SQUARE_CASES.items():
        mask = cut_out(*halves, picture(width, height), marks)
        pathlib.Path(golden, f"sam_square_{name}.txt").write_text(mask_text(mask), encoding="ascii")
    photograph = np.asarray(Image.open(f"{media}/rembg_girl-1.jpg").convert("RGB"))
    rows = (" ".join(f"{mean:05d}" for mean in row) for row in blocks(255 * cut_out(*halves, photograph, PHOTOGRAPH)))
    pathlib.Path(golden, "sam_square_girl-1.txt").write_text("\n".join(rows) + "\n", encoding="ascii")
    planes = canvas(make_samples((29, 37, 3), 29), 32)
    text = "".join(" ".join(f"{value:.7f}" for value in row) + "\n" for plane in planes for row in plane)
    pathlib.Path(golden, "input_sam_square.txt").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
