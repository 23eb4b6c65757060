"""Secrets that are planted, and the search for them in whatever encoding they may have got out."""

import base64
import json
import os
import re
import secrets
import urllib.parse


class Canaries:
    """A text for each place where a secret may stand: by the place's name."""

    def __init__(self):
        self.planted = {}

    def plant(self, name, length=24):
        """Letters and digits, so that it may stand anywhere."""
        self.planted[name] = secrets.token_hex(length // 2)
        return self.planted[name]

    def plant_bytes(self, name, count=32):
        self.planted[name] = os.urandom(count)
        return self.planted[name]

    def search(self, where, data, but=()):
        """Fails with the names of what was found, and never with the secrets themselves."""
        data = data.encode() if isinstance(data, str) else data
        folded = data.lower()
        found = []
        for name, planted in self.planted.items():
            if name in but:
                continue
            plain = planted.encode() if isinstance(planted, str) else planted
            exact, any_case = forms_of(plain)
            if any(form in data for form in exact) or any(form in folded for form in any_case):
                found.append(name)
        assert not found, f"{where} has {found}"


def base64_forms(plain):
    """As it looks inside of a longer text, whichever of three ways it falls."""
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + plain + bytes(2))
        skip = (0, 2, 3)[shift]
        sure = (shift + len(plain)) * 8 // 6
        yield whole[skip:sure]


def forms_of(plain):
    """Exact ones, and those whose letters may be of either case."""
    exact = {plain, plain[::-1], urllib.parse.quote_from_bytes(plain).encode()}
    exact |= {json.dumps(plain.decode("latin-1"))[1:-1].encode(), json.dumps(plain.decode("latin-1"), ensure_ascii=False)[1:-1].encode()}
    for form in base64_forms(plain):
        exact |= {form, form.translate(bytes.maketrans(b"+/", b"-_"))}
    return exact, {plain.hex().encode()}


def memory_of(pid):
    """Whatever a process can write to. Needs root: the daemon lets nobody else look."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            begin, end, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if not mode.startswith("rw"):
                continue
            memory.seek(int(begin, 16))
            try:
                yield memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                pass
