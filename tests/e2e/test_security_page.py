"""Holds docs/security.md to what exists: each attack of its tables names tests and fuzz targets that are there."""

import re

import pytest

from harness.named_tests import ROOT, check_named, read_page

PAGE = read_page("security.md")
FUZZ = ROOT / "tests/fuzz"
TARGETS = {path.name.removesuffix("_target.cpp") for path in FUZZ.glob("*_target.cpp")}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def table(head):
    """The rows of every table that begins so."""
    rows = []
    for block in re.findall(rf"^\| {head} \|.*?(?=\n\n)", PAGE + "\n\n", re.M | re.S):
        rows += [cells(line) for line in block.splitlines()[2:]]
    return rows


ATTACKS = {row[0]: row for row in table("attack")}
FOUND = {row[0]: row for row in table("found")}
FUZZED = {row[0].strip("`"): row for row in table("target")}


def test_the_tables_are_read():
    assert len(ATTACKS) >= 45 and len(ATTACKS) == len(table("attack"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_stopped_by_something_that_tests_show(attack):
    _, stopped_by, tests = ATTACKS[attack]
    assert stopped_by
    named, _, fuzzed = tests.partition("fuzz target")
    if "::" in named:
        check_named(attack, named)
    targets = re.findall(r"`(\w+)`", fuzzed)
    assert "::" in named or targets, f"{attack} names no test"
    assert set(targets) <= TARGETS and (not fuzzed or targets), f"{attack}: there is no such fuzz target"


@pytest.mark.parametrize("found", FOUND)
def test_what_was_found_is_held_by_tests(found):
    *said, tests = FOUND[found]
    assert len(said) == 3 and all(said)
    check_named(found, tests)


def test_every_fuzz_target_has_figures_seeds_and_a_corpus():
    assert set(FUZZED) == TARGETS
    for target in TARGETS:
        kept = [path for folder in ("seeds", "corpus") for path in (FUZZ / folder / target).glob("*")]
        assert len(kept) > 4, target
        corpus = list((FUZZ / "corpus" / target).glob("*"))
        assert len(corpus) <= 120 and sum(path.stat().st_size for path in corpus) <= 200 * 1024, target


def test_the_policy_leads_to_the_page():
    assert "docs/security.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
