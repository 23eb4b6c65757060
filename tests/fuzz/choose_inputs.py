#!/usr/bin/env python3
"""Chooses the inputs that together reach most, out of what libFuzzer noted of each in the control file of a merge.

    choose_inputs.py CONTROL MOST_FILES MOST_BYTES

Prints their paths, the one that adds most first. Small ones go before large ones of the same worth.
"""

import sys
from pathlib import Path


def read_control(path):
    """Path to what it reaches."""
    lines = Path(path).read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    files = lines[2:2 + int(lines[0])]
    reached = {}
    for line in lines[2 + len(files):]:
        words = line.split()
        if words and words[0] == "FT":
            reached[files[int(words[1])]] = {int(word) for word in words[2:]}
    return reached


def choose(reached, most_files, most_bytes):
    sizes = {path: Path(path).stat().st_size for path in reached}
    chosen, covered, taken = [], set(), 0
    while len(chosen) < most_files and reached:
        best = max(reached, key=lambda path: (len(reached[path] - covered), -sizes[path]))
        gained = reached.pop(best) - covered
        if not gained:
            break
        if taken + sizes[best] > most_bytes:
            continue
        chosen.append(best)
        covered |= gained
        taken += sizes[best]
    return chosen


if __name__ == "__main__":
    print("\n".join(choose(read_control(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
