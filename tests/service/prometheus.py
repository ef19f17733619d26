# SPDX-License-Identifier: Apache-2.0
"""Whether a text is what Prometheus takes: its format to the letter, and what a histogram means. `promtool check metrics`
has its say too where it is there."""
import math
import re
import shutil
import subprocess

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)$")
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)$")


class Family:
    def __init__(self, name):
        self.name, self.help, self.kind, self.samples = name, None, None, {}

    def add(self, name, labels, value):
        endings = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}.get(self.kind, ("",))
        assert name in [self.name + ending for ending in endings], f"{name} in {self.kind} {self.name}"
        key = (name, tuple(sorted(labels)))
        assert len(dict(labels)) == len(labels) and key not in self.samples, f"twice: {key}"
        self.samples[key] = value

    def check(self):
        assert self.help and self.kind in ("counter", "gauge", "histogram", "summary"), f"{self.name}: {self.kind} {self.help}"
        assert (self.kind == "counter") == self.name.endswith("_total"), f"{self.kind} {self.name}"
        if self.kind != "gauge":
            assert all(value >= 0 for value in self.samples.values()), f"{self.name} below 0"
        if self.kind == "histogram":
            self.check_histogram()

    def check_histogram(self):
        rows = {}
        for (name, labels), value in self.samples.items():
            row = rows.setdefault(tuple(label for label in labels if label[0] != "le"), {"buckets": []})
            if name.endswith("_bucket"):
                row["buckets"].append((float(dict(labels)["le"]), value))
            else:
                row[name] = value
        for labels, row in rows.items():
            bounds, counts = zip(*row["buckets"])
            assert list(bounds) == sorted(set(bounds)) and bounds[-1] == math.inf, f"{self.name}{labels}: bounds {bounds}"
            assert list(counts) == sorted(counts), f"{self.name}{labels}: counts {counts}"
            assert row[self.name + "_count"] == counts[-1], f"{self.name}{labels}: its count is not that of +Inf"
            assert self.name + "_sum" in row, f"{self.name}{labels}: no sum"


def read(text):
    """Families by name; AssertionError where it is not to the letter."""
    assert text.endswith("\n"), "the last line has no end"
    families, family = {}, None
    for line in text[:-1].split("\n"):
        comment, sample = COMMENT.match(line), SAMPLE.match(line)
        assert comment or sample, f"neither comment nor sample: {line!r}"
        if comment:
            word, name, rest = comment.groups()
            if not family or family.name != name:
                assert name not in families, f"{name} stands in two places"
                family = families[name] = Family(name)
            attribute = {"HELP": "help", "TYPE": "kind"}[word]
            assert getattr(family, attribute) is None and not family.samples, f"late or twice: {line}"
            setattr(family, attribute, rest)
        else:
            assert family, f"nobody has announced {line!r}"
            family.add(sample[1], re.findall(LABEL, sample[2] or ""), float(sample[len(sample.groups())]))
    return families


def check(text):
    families = read(text)
    for family in families.values():
        family.check()
    if shutil.which("promtool"):
        told = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert told.returncode == 0 and not told.stderr, told.stdout + told.stderr
    return families
