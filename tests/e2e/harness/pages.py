"""The documentation as data: pages, headings, links, fenced blocks, inline code, and the programs that guides contain."""

import functools
import re
from dataclasses import dataclass

from .daemon import ROOT

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<mark><!-- [^\n]* -->\n)?(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
                   re.M | re.S)
SPAN = re.compile(r"(`+)(.+?)\1", re.S)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    page: str
    line: int  # of its first fence
    language: str
    text: str
    mark: str  # the comment on the line above; empty: none

    def __str__(self):
        return f"{self.page}:{self.line}"


@functools.cache
def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page, language=None):
    text = read(page)
    for match in FENCE.finditer(text):
        found = match["language"].strip()
        if language in (None, found):
            line = text.count("\n", 0, match.start("indent")) + 1
            mark = (match["mark"] or "").removeprefix("<!-- ").removesuffix(" -->\n")
            yield Block(page, line, found, match["text"], mark)


@functools.cache
def prose(page):
    """The page without its fenced blocks."""
    return FENCE.sub("", read(page))


def spans(page):
    """What stands in backquotes within the prose."""
    return [match[2].strip() for match in SPAN.finditer(prose(page))]


def links(page):
    return LINK.findall(SPAN.sub("", prose(page)))


def pictures(page):
    return re.findall(r"!\[[^\]]+\]\(([^()\s]+)\)", SPAN.sub("", prose(page)))


@functools.cache
def anchors(page):
    """The names that GitHub gives to a page's headings."""
    found = []
    for title in re.findall(r"^#{1,6} +(.+?)\s*$", prose(page), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        repeated = found.count(name)
        found.append(f"{name}-{repeated}" if repeated else name)
    return found


def programs(page):
    """The whole programs of a guide, by the file's name that each has in a comment on its first or second line."""
    found = {}
    for block in blocks(page):
        named = re.match(r"(?:<\?php\n)?(?:#|//) (\w+\.\w+)\n", block.text)
        if named:
            assert named[1] not in found, f"{block}: {named[1]} is there twice"
            found[named[1]] = block.text
    return found
