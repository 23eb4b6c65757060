"""Holds docs/guarantees.md to tests that exist: every promise names at least one, and none of them is skipped."""

import re

import pytest

from harness.named_tests import check_named, read_page

PAGE = read_page("guarantees.md")
PROMISE = re.compile(r"^\*\*(G\d+)\. .*?(?=^\*\*G\d+\. |^## )", re.M | re.S)
PROMISES = {match[1]: match[0] for match in PROMISE.finditer(PAGE)}


def test_the_promises_are_numbered_without_a_gap():
    assert list(PROMISES) == [f"G{number}" for number in range(1, len(PROMISES) + 1)]
    assert len(PROMISES) == PAGE.count("\n**G")


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_is_held_by_tests_that_exist(promise):
    check_named(promise, PROMISES[promise])
