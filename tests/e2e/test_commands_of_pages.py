"""The commands of the pages are run, word for word, in a network and a folder of their own.

Each block that is fenced as `sh` is run, block after block of a page, unless a comment on the line above says

    <!-- a terminal of its own -->                 it goes on while those after it run
    <!-- run by tests/e2e/test_quickstart.py -->   another test does
    <!-- not run: REASON -->

Blocks fenced as `console` or `text` are shown, not run. Commands and options are checked in all of them (test_documentation.py).
"""

import re
import tempfile

import pytest

from harness import pages
from harness.daemon import ROOT
from harness.sandbox import Sandbox, read
from harness.settings import SECRET
from harness.waiting import until

pytestmark = pytest.mark.pages

TERMINAL = "a terminal of its own"
START_THEIR_OWN = {"README.md", "docs/quickstart.md"}
SHELL = {page: blocks for page in pages.PAGES if (blocks := list(pages.blocks(page, "sh")))}
RUN = {page: [block for block in blocks if block.mark in ("", TERMINAL)] for page, blocks in SHELL.items()}


@pytest.fixture
def sandbox(directory, closing):
    closing.append(Sandbox(directory))
    return closing[-1]


@pytest.fixture(scope="module")
def business():
    """One daemon for all pages that have not their own."""
    with tempfile.TemporaryDirectory(prefix="pr-e2e-", dir="/tmp") as folder:
        place = Sandbox(folder)
        try:
            place.open_for_business()
            yield place
        finally:
            place.close()


@pytest.mark.parametrize("page", SHELL)
def test_each_block_is_run_or_says_why_not(page):
    for block in SHELL[page]:
        elsewhere = re.fullmatch(r"run by (tests/[\w/]+\.py)", block.mark)
        assert block.mark in ("", TERMINAL) or re.fullmatch(r"not run: .+", block.mark) \
            or (elsewhere and (ROOT / elsewhere[1]).exists()), f"{block}: {block.mark}"


@pytest.mark.parametrize("page", [page for page, blocks in RUN.items() if blocks and page not in START_THEIR_OWN])
def test_the_commands_of_a_page_work(page, business):
    run_all(page, business)


def test_the_quickstart_by_hand_works(sandbox):
    configure(sandbox, "docs/quickstart.md")
    sandbox.substituted["whsec_…"] = SECRET
    run_all("docs/quickstart.md", sandbox)


def test_the_first_event_of_the_readme_arrives_verified(sandbox):
    """What a newcomer sees."""
    configure(sandbox, "README.md")
    by_hand, by_curl = RUN["README.md"]
    log = sandbox.begin(by_hand.text + "wait\n")
    until(lambda: " verified " in read(log), "the event that was sent by hand arrived")
    sandbox.run(by_curl.text)
    until(lambda: read(log).count(" verified ") >= 2 and "case-4711" in read(log), "both events arrived and were verified")


def configure(sandbox, page):
    config, = pages.blocks(page, "yaml")
    (sandbox.folder / "postrider.yaml").write_text(config.text)


def run_all(page, sandbox):
    for block in RUN[page]:
        if block.mark == TERMINAL:
            sandbox.begin(block.text)
        else:
            sandbox.run(block.text, str(block))
