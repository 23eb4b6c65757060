#!/usr/bin/env python3
"""Holds every folder to the folders that its CMakeLists.txt names, and every library to its place.

    check_includes.py ROOT

Prints each broken rule as `file:line: what is wrong` and exits 1 when there is one.
docs/architecture.md has the layers; this is where they are kept.
"""

import pathlib
import re
import sys

# From the ground up. A folder may name only folders of lower layers, and the neighbours in NEIGHBOURS.
LAYERS = [
    {"base"},
    {"event"},
    {"guard", "sign", "retry", "breaker", "limit", "subscription", "access", "log", "metrics"},
    {"config"},
    {"runtime", "net", "http"},
    {"redis"},
    {"queue", "catalog"},
    {"delivery", "dead_letter"},
    {"intake", "dispatch", "admin"},
    {"daemon"},
    {"cli"},
]
NEIGHBOURS = {"http": {"net", "runtime"}, "net": {"runtime"}}
OPEN_TO_ALL = {"base", "event"}

PURE = {"base", "event", "guard", "sign", "retry", "breaker", "limit", "subscription", "access", "log", "metrics", "config"}
ASIO = re.compile(r"boost/(asio|beast)\b")
BEAST = re.compile(r"boost/beast\b")
HIREDIS = re.compile(r"hiredis/|hiredis\.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARY = re.compile(r"postrider_library\s*\(([^)]*)\)", re.S)
COMMENT = re.compile(r"#[^\n]*")
KEY_NAME = re.compile(
    r"""["'](owner|event|state|queue|lane|retry|dead|ready|due|inflight|counts|ids|remembered|history):["']""")


def layer_of(folder):
    return next((index for index, folders in enumerate(LAYERS) if folder in folders), None)


def read_dependencies(root):
    """Folder to the folders that it names, for each folder of src/."""
    named = {}
    for path in sorted(root.glob("src/*/CMakeLists.txt")):
        for arguments in LIBRARY.findall(COMMENT.sub("", path.read_text(encoding="utf-8"))):
            words = arguments.split()
            folder = words[words.index("NAME") + 1]
            depends = set()
            if "DEPENDS" in words:
                for word in words[words.index("DEPENDS") + 1:]:
                    if word.isupper():
                        break
                    depends.add(word)
            named.setdefault(folder, set()).update(depends)
    return named


def close_over(folder, named):
    """The folder, what it names, and what those name."""
    known, waiting = set(), [folder]
    while waiting:
        current = waiting.pop()
        if current not in known:
            known.add(current)
            waiting.extend(named.get(current, ()))
    return known


def faults_in_layers(named):
    for folder, depends in sorted(named.items()):
        own = layer_of(folder)
        where = f"src/{folder}/CMakeLists.txt:1"
        if own is None:
            yield f"{where}: {folder} has no layer; give it one in cmake/check_includes.py"
            continue
        for other in sorted(depends):
            layer = layer_of(other)
            below = layer is not None and layer < own
            if not below and other not in NEIGHBOURS.get(folder, ()):
                yield f"{where}: {folder} names {other}, which is not below it"


def fault_in_include(path, folder, quote, target, allowed):
    """What is wrong with one include; nothing when it is fine. `path` is relative to the root."""
    parts = target.split("/")
    if parts[0] == "postrider":
        other = parts[1] if len(parts) > 2 else ""
        reachable = allowed | (OPEN_TO_ALL if folder != "base" else set())
        if other not in reachable:
            return f"{folder} includes {target}, but names neither {other} nor a folder that does"
    elif quote == '"' and (".." in parts or layer_of(parts[0]) is not None and parts[0] != folder):
        return f"private header {target} of another folder"
    if BEAST.search(target) and folder != "http" and path != "src/runtime/asio.cpp":
        return f"{target}: Beast belongs to http alone"
    if ASIO.search(target) and folder in PURE:
        return f"{target}: {folder} is pure and knows no Asio"
    if HIREDIS.search(target) and not (path.startswith("src/redis/") and path.endswith(".cpp")):
        return f"{target}: hiredis stays inside src/redis/*.cpp"
    return None


def faults_in_file(root, file, folder, allowed):
    path = file.relative_to(root).as_posix()
    makes_keys = path in ("src/queue/keys.cpp", "include/postrider/queue/keys.h")
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        fault = fault_in_include(path, folder, *match.groups(), allowed) if match else None
        if fault is None and not makes_keys and KEY_NAME.search(line):
            fault = "a key name is made here; queue/keys is the place for that"
        if fault:
            yield f"{path}:{number}: {fault}"


def faults_in_scripts(root):
    for file in sorted(root.glob("src/queue/scripts/**/*.lua")):
        path = file.relative_to(root).as_posix()
        if path.endswith(("lib/keys.lua", "lib/names.lua")):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if KEY_NAME.search(line.split("--")[0]):
                yield f"{path}:{number}: a key name is made here; scripts/lib/keys.lua is the place for that (names.lua for a text)"


def find_faults(root):
    named = read_dependencies(root)
    yield from faults_in_layers(named)
    for folder in sorted(named):
        allowed = close_over(folder, named)
        files = [*root.glob(f"src/{folder}/**/*"), *root.glob(f"include/postrider/{folder}/**/*")]
        for file in sorted(files):
            if file.suffix in (".h", ".cpp", ".in"):
                yield from faults_in_file(root, file, folder, allowed)
    yield from faults_in_scripts(root)


def main(arguments):
    root = pathlib.Path(arguments[0]).resolve()
    faults = list(find_faults(root))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
