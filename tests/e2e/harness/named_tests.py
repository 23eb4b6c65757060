"""Holds a page to the tests that it names, as `file::name`: they exist, and none of them may be skipped."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`([a-z_]+_test\.cpp|test_[a-z_]+\.py)::([A-Za-z0-9_]+)`")


def read_page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def check_named(who, text):
    """`who` says so in `text`, which must name at least one test."""
    named = NAMED.findall(text)
    assert named, f"{who} names no test"
    assert text.count("::") == len(named), f"{who} names a test in a form that is not read"
    for file, name in named:
        source = _source_of(file)
        if file.endswith(".py"):
            place = source.find(f"\ndef {name}(")
            assert place >= 0, f"{who}: {file} has no {name}"
            decorators = source[:place].rpartition("\n\n")[2]
            assert not decorators.startswith("@") or "skip" not in decorators, f"{who}: {name} may be skipped"
        else:
            assert re.search(rf"\bTEST(_F|_P)?\(\w+,\s*{name}\)", source), f"{who}: {file} has no {name}"


def _source_of(file):
    """Some folders have files of one name."""
    found = [path.read_text(encoding="utf-8") for path in ROOT.glob(f"tests/**/{file}")]
    assert found, f"there is no {file}"
    return "\n".join(found)
