"""Holds docs/guarantees.md to tests that exist: every promise names at least one, and none of them is skipped."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
PROMISE = re.compile(r"^\*\*(G\d+)\. .*?(?=^\*\*G\d+\. |^## )", re.M | re.S)
NAMED = re.compile(r"`([a-z_]+_test\.cpp|test_[a-z_]+\.py)::([a-z0-9_]+)`")
PROMISES = {match[1]: match[0] for match in PROMISE.finditer(PAGE)}


def source_of(file):
    (path,) = ROOT.glob(f"tests/**/{file}")
    return path.read_text(encoding="utf-8")


def test_the_promises_are_numbered_without_a_gap():
    assert list(PROMISES) == [f"G{number}" for number in range(1, len(PROMISES) + 1)]
    assert len(PROMISES) == PAGE.count("\n**G")


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_is_held_by_tests_that_exist(promise):
    named = NAMED.findall(PROMISES[promise])
    assert named, f"{promise} names no test"
    assert PROMISES[promise].count("::") == len(named), f"{promise} names a test in a form that is not read"
    for file, name in named:
        source = source_of(file)
        if file.endswith(".py"):
            place = source.find(f"\ndef {name}(")
            assert place >= 0, f"{promise}: {file} has no {name}"
            decorators = source[:place].rpartition("\n\n")[2]
            assert not decorators.startswith("@") or "skip" not in decorators, f"{promise}: {name} may be skipped"
        else:
            assert re.search(rf"\bTEST(_F|_P)?\(\w+,\s*{name}\)", source), f"{promise}: {file} has no {name}"
