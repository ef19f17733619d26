# SPDX-License-Identifier: Apache-2.0
"""rembg's own mattes of its example pictures, for the suite `real` (needs rembg[cpu] and Pillow).

    mattes.py golden U2NETP.onnx MEDIA tests/golden     writes rembg_<picture>.txt: means of 32 x 32 blocks
    mattes.py compare U2NETP.onnx PICTURE MATTE.pgm     tells the mean and the largest difference of two mattes

A line is a row of blocks, a block five digits: 100 times the mean of its bytes. Block i of a side of n pixels begins at
pixel i n / 32, cut off.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import numpy as np
from PIL import Image

BLOCKS = 32


def make_session(model):
    """A session of rembg's on this file: it takes files only from a folder of its own."""
    home = pathlib.Path(tempfile.mkdtemp())
    for folder in (home, home / "models" / "u2netp"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(model, folder / "u2netp.onnx")
    os.environ.update(U2NET_HOME=str(home), OMP_NUM_THREADS="1")
    import rembg
    session = rembg.new_session("u2netp")
    return lambda picture: np.array(rembg.remove(Image.open(picture), session=session, only_mask=True)).astype(int)


def blocks(matte):
    cuts = [[i * side // BLOCKS for i in range(BLOCKS + 1)] for side in matte.shape]
    return [[round(100 * matte[t:b, l:r].mean()) for l, r in zip(cuts[1], cuts[1][1:])]
            for t, b in zip(cuts[0], cuts[0][1:])]


def main(job, model, *rest):
    run = make_session(model)
    if job == "compare":
        apart = abs(run(rest[0]) - np.array(Image.open(rest[1])).astype(int))
        print(f"mean {apart.mean():.4f}, largest {apart.max()} of 255")
        return
    for picture in sorted(pathlib.Path(rest[0]).glob("rembg_*.jpg")):
        rows = (" ".join(f"{mean:05d}" for mean in row) for row in blocks(run(picture)))
        pathlib.Path(rest[1], picture.stem + ".txt").write_text("\n".join(rows) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
