"""Holds docs/faults.md to tests that exist: every fault of its table names at least one, and none of them is skipped."""

import pytest

from harness.named_tests import check_named, read_page

ROWS = {cells[0].strip(): cells for line in read_page("faults.md").splitlines()
        if line.startswith("| ") and len(cells := line.strip("|").split("|")) == 4 and not line.startswith("| fault ")}


def test_the_table_is_read():
    assert len(ROWS) >= 30


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_is_held_by_tests_that_exist(fault):
    _, must_show, tests, measured = ROWS[fault]
    check_named(fault, tests)
    assert must_show.strip() and measured.strip(), f"{fault} says too little"
