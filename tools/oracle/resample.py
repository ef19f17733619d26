# SPDX-License-Identifier: Apache-2.0
"""What Pillow's LANCZOS and BILINEAR make of made pictures, for tests/unit/image/test_resample.c.

    resample.py tests/golden/resample.txt

A line a case: filter, channels, width, height, width and height of the result, then its bytes in hexadecimal, or its
SHA-256 behind a # where it is large. The pictures come from the same generator as in the test.
"""
import hashlib
import sys

import numpy as np
from PIL import Image

LARGEST = 400  # bytes that are written out
CASES = [  # channels, from, to
    (1, (9, 7), (3, 2)), (1, (7, 9), (13, 17)), (1, (1, 1), (5, 4)), (1, (2, 3), (2, 11)), (1, (16, 16), (1, 1)),
    (1, (33, 5), (5, 33)), (3, (11, 8), (7, 9)), (3, (8, 8), (8, 8)), (3, (37, 23), (11, 5)), (3, (5, 40), (9, 12)),
    (1, (320, 320), (1113, 739)), (1, (1024, 1024), (333, 1025)), (3, (1001, 667), (320, 320)),
    (3, (3840, 90), (320, 77)), (3, (75, 2000), (768, 768)), (1, (4, 3), (640, 480)), (3, (640, 427), (1024, 1024)),
]


def picture(seed, channels, size):
    """Noise in which black and white, where sums overshoot, come often."""
    count = channels * size[0] * size[1]
    values = np.empty(count, np.uint8)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        kind, value = state >> 29, state >> 16 & 255
        values[i] = 0 if kind == 0 else 255 if kind == 1 else value
    shape = (size[1], size[0], 3) if channels == 3 else (size[1], size[0])
    return Image.fromarray(values.reshape(shape))


def main(path):
    cases = [(Image.Resampling.LANCZOS, *case) for case in CASES] + [(Image.Resampling.BILINEAR, *case) for case in CASES]
    with open(path, "w", encoding="ascii") as out:
        for seed, (method, channels, size, to) in enumerate(cases):
            # In two steps: from version 13 on, Pillow goes down first where that is less work.
            across = picture(seed, channels, size).resize((to[0], size[1]), method)
            data = across.resize(to, method).tobytes()
            text = data.hex() if len(data) <= LARGEST else "#" + hashlib.sha256(data).hexdigest()
            print(method.name.lower(), channels, *size, *to, text, file=out)


if __name__ == "__main__":
    main(sys.argv[1])
