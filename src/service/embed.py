#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py PAGE.html OUT.c: the page as an array of bytes, and the policy that lets a browser run this page's own
script and style and nothing else."""
import base64
import hashlib
import re
import sys


def allowed(page, tag):
    parts = re.findall(rf"<{tag}>(.*?)</{tag}>".encode(), page, re.S)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(part).digest()).decode()}'" for part in parts)


def policy(page):
    return (f"default-src 'none'; script-src {allowed(page, 'script')}; style-src {allowed(page, 'style')}; "
            "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'")


def source(page):
    rows = [", ".join(str(byte) for byte in page[i:i + 20]) for i in range(0, len(page), 20)]
    return ('#include "service/page.h"\n\n'
            f'const char ct__page_policy[] =\n    "{policy(page)}";\n\n'
            "const unsigned char ct__page_data[] = {\n    " + ",\n    ".join(rows) + "};\n\n"
            f"const size_t ct__page_size = {len(page)};\n")


def main(arguments):
    with open(arguments[1], "rb") as file:
        page = file.read()
    with open(arguments[2], "w", encoding="ascii") as file:
        file.write(source(page))


if __name__ == "__main__":
    main(sys.argv)
