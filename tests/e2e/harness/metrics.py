"""Reads the text format of Prometheus strictly: a line that does not parse is an error."""

import re

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.types = {}
        self.samples = []  # (name, labels, value)
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.types[name] = kind
            elif line and not line.startswith("#"):
                self.samples.append(self._parse(line))

    @staticmethod
    def _parse(line):
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        found = LABEL.findall(labels or "")
        assert sum(len(k) + len(v) + 3 for k, v in found) + max(0, len(found) - 1) in (
            len(labels or ""), len(labels or "") - 1), f"odd labels: {line!r}"
        return name, dict(found), float(value)

    def series(self, name, **labels):
        return [(own, value) for sample, own, value in self.samples
                if sample == name and all(own.get(k) == v for k, v in labels.items())]

    def sum(self, name, **labels):
        return sum(value for _, value in self.series(name, **labels))
