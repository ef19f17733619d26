# SPDX-License-Identifier: Apache-2.0
"""What rembg's own session for SAM makes of the made models of tests/models/make.py (needs rembg[cpu]).

    sam.py MODELS MEDIA tests/golden      writes sam_<case>.txt, input_sam*.txt and rembg_sam_girl-1.txt

A mask is a line a row, # where it is set; that of the photograph is means of blocks, as mattes.py has them. The cases stand in tests/ort/test_sam.c too, those of the input in
tests/unit/models/test_input.c.
"""
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

CASES = {
    "middle": (150, 101, None),
    "points": (150, 101, [(1, 40, 30), (1, 52.5, 33.25), (0, 60, 45)]),
    "box": (60, 90, [(10, 12, 44, 70)]),
    "all": (60, 90, [(1, 12, 80), (5, 5, 50, 40), (0, 30.5, 20)]),
    "wide": (1400, 24, [(1, 700, 12), (900, 2, 1250, 20)]),
}
PHOTOGRAPH = [(200, 100, 500, 390), (1, 120, 300), (0, 380, 250)]


def make_samples(shape, state):
    samples = np.zeros(np.prod(shape), np.uint8)
    for i in range(len(samples)):
        state = (state * 1664525 + 1013904223) % 2**32
        samples[i] = state >> 24
    return samples.reshape(shape)


def picture(width, height):
    """A board of fields of 8 x 8 that are red or not, with noise in all channels."""
    rows = make_samples((height, width, 3), 1) // 4
    fields = np.add.outer(np.arange(height) // 8, np.arange(width) // 8) % 2
    rows[:, :, 0] += (64 + 96 * fields).astype(np.uint8)
    return rows


def prompt(marks):
    return [{"type": "point", "label": m[0], "data": list(m[1:])} if len(m) == 3 else
            {"type": "rectangle", "data": list(m)} for m in marks]


def mask_text(mask):
    return "".join("".join("#" if v else "." for v in row) + "\n" for row in mask)


def main(models, media, golden):
    from rembg.sessions import sam  # sam_square.py, which uses what stands above, works without

    from mattes import blocks
    session = sam.SamSession.__new__(sam.SamSession)
    session.encoder, session.decoder = (onnxruntime.InferenceSession(f"{models}/sam.{half}.onnx")
                                        for half in ("encoder", "decoder"))
    for name, (width, height, marks) in CASES.items():
        said = {"sam_prompt": prompt(marks)} if marks else {}
        mask = np.array(session.predict(Image.fromarray(picture(width, height)), **said)[0])
        pathlib.Path(golden, f"sam_{name}.txt").write_text(mask_text(mask), encoding="ascii")
    photograph = Image.open(f"{media}/rembg_girl-1.jpg")
    mask = np.array(session.predict(photograph, sam_prompt=prompt(PHOTOGRAPH))[0])
    rows = (" ".join(f"{mean:05d}" for mean in row) for row in blocks(mask.astype(int)))
    pathlib.Path(golden, "rembg_sam_girl-1.txt").write_text("\n".join(rows) + "\n", encoding="ascii")
    for name, seed, width, height in (("sam", 27, 37, 29), ("sam_small", 28, 13, 11)):
        scale = min(32 / width, 24 / height)
        samples = make_samples((height, width, 3), seed)
        canvas = sam.warp_affine(samples, np.diag([scale, scale, 1])[:2], (24, 32))
        text = "".join(" ".join(map(str, pixels.ravel())) + "\n" for pixels in canvas)
        pathlib.Path(golden, f"input_{name}.txt").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
