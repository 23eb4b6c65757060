"""Which keys the daemon's configuration has, asked of `postrider check`: beside an unknown key it names the known ones."""

import functools
import json
import re
import subprocess
import tempfile
from pathlib import Path

from .daemon import BINARY

TOLD = re.compile(r'/(\d+)-(\d)\.yaml:\d+:\d+: unknown key "zzz".*allowed here: (.*)$', re.M)
SAME = {("defaults",), ("webhook",)}  # an endpoint's keys, as under webhooks
FORMS = [lambda value: value, lambda value: [value], lambda value: {"chosen": value}]  # a map, in a list, by a name


@functools.cache
def maps():
    """{path: its keys} for every map; a path passes over the items of lists and over names that the operator chooses."""
    found = {}
    level = [((), lambda value: value)]
    while level:
        answers = _ask([document for _, document in level])
        following = []
        for number, (path, document) in enumerate(level):
            if number in answers:
                form, keys = answers[number]
                found[path] = keys
                following += [((*path, key), _within(document, form, key)) for key in keys if path not in SAME]
        level = following
    return found


def keys():
    """The path of every key."""
    return {(*path, key) for path, names in maps().items() for key in names}


def _within(document, form, key):
    return lambda value: document(FORMS[form]({key: value}))


def _ask(documents):
    """Checks a file for each document and form, with an unknown key in it: {number: (form, the known keys)}."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, document in enumerate(documents):
            for form, wrap in enumerate(FORMS):
                files.append(Path(folder) / f"{number}-{form}.yaml")
                files[-1].write_text(json.dumps(document(wrap({"zzz": 1}))))
        said = subprocess.run([BINARY, "check", *files], capture_output=True, text=True, timeout=60).stderr
    told = {}
    for number, form, allowed in TOLD.findall(said):
        told.setdefault(int(number), (int(form), allowed.split(", ")))
    return told
