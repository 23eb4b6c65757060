"""What the pages name is there: other pages and their headings, commands and options, routes, settings, metrics, alerts, files."""

import functools
import json
import re
import subprocess
import sys

import pytest

from harness import pages, settings_tree
from harness.daemon import BINARY, ROOT
from harness.settings import SECRET

sys.path.insert(0, str(ROOT / "packaging/pages"))
import help_text  # noqa: E402

pytestmark = pytest.mark.pages

ROUTES = {(method.upper(), path) for path, item in json.loads((ROOT / "src/admin/openapi.json").read_text())["paths"].items()
          for method in item}
NOT_OURS = {"docs/comparison.md", "docs/migration.md"}  # name the routes of others as well


@pytest.mark.parametrize("page", pages.PAGES)
def test_links_lead_somewhere(page):
    for target in pages.links(page):
        if re.match(r"(https?|mailto):", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        assert path.exists(), f"{page}: {target}"
        if anchor:
            other = str(path.resolve().relative_to(ROOT.resolve()))
            assert anchor in pages.anchors(other), f"{page}: {target}"


def test_pictures_exist_and_are_shown():
    shown = {((ROOT / page).parent / target).resolve() for page in pages.PAGES for target in pages.pictures(page)}
    assert {path for path in shown if not path.is_file()} == set()
    assert set((ROOT / "docs/images").resolve().iterdir()) <= shown


def test_every_page_is_within_reach_of_the_readme():
    reached, ahead = set(), ["README.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached and page.endswith(".md"):
            reached.add(page)
            files = [target.partition("#")[0] for target in pages.links(page) if not re.match(r"\w+:", target)]
            folders = [((ROOT / page).parent / file).resolve() for file in files if file]
            ahead += [str(path.relative_to(ROOT.resolve())) for path in folders if path.is_file()]
            ahead += [str(path.relative_to(ROOT.resolve())) for folder in folders if folder.is_dir() for path in folder.glob("*.md")]
    assert set(pages.PAGES) <= reached


@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md", "docs/migration.md"])
def test_configurations_are_accepted(page, directory):
    """Those of docs/configuration.md are read by a unit test."""
    for number, block in enumerate(pages.blocks(page, "yaml")):
        file = directory / f"{number}.yaml"
        file.write_text(block.text)
        names = re.findall(r"\$\{([A-Z_]+)\}", block.text)
        done = subprocess.run([BINARY, "check", file], env={"PATH": "/usr/bin:/bin", **dict.fromkeys(names, SECRET)},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{block}: {done.stderr}"


# -- commands --------------------------------------------------------------------------------------

COMMAND = re.compile(r"(?:^(?:\$ )?|[(|;&'\"]|sudo )\s*(?:\w+=\S+ +)*(?:[\w./-]*/)?postrider ([^\n|;&()<>`]+)", re.M)


@functools.cache
def commands():
    return {command.path: command for command in help_text.read(BINARY)}


def command_lines(page):
    """What follows `postrider` in the commands of the page, in blocks for a shell and in the running text."""
    for block in pages.blocks(page):
        if block.language in ("sh", "console"):
            text = re.sub(r"(?m)(^|\s)#.*$", "", block.text.replace("\\\n", " "))
            yield from ((str(block), found) for found in COMMAND.findall(text))
    yield from ((page, found) for span in pages.spans(page) for found in COMMAND.findall(" ".join(span.split())))


def check_command(where, line):
    """The command and each of its options are known, and a value that is chosen from a list is in it."""
    words = re.findall(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""", line)
    path = ()
    while words and (*path, words[0]) in commands():
        path = (*path, words.pop(0))
    if words[:1] in (["--help"], ["COMMAND"]):
        return
    assert path and not commands()[path].subcommands, f"{where}: postrider {line}"
    options = {name: option for option in commands()[path].options for name in option.names}
    while words:
        name, is_whole, value = words.pop(0).partition("=")
        if not name.startswith("-") or name == "-":
            assert commands()[path].positionals, f"{where}: postrider {line} takes no {name}"
            continue
        assert name in options, f"{where}: postrider {line}: there is no {name}"
        if options[name].value:
            value = value if is_whole else words.pop(0) if words else ""  # in a text, an option may stand for itself
            assert not value or not options[name].choices or value in options[name].choices, f"{where}: postrider {line}: {value}"


# Said of the store, and no command.
PHRASES = {"store, format 3, partitions 16"}


@pytest.mark.parametrize("page", pages.PAGES)
def test_commands_and_their_options_exist(page):
    for where, line in command_lines(page):
        if line not in PHRASES:
            check_command(where, line)


def test_every_command_is_described():
    page = pages.read("docs/command-line.md")
    for path in commands():
        if path and not commands()[path].subcommands:
            assert " ".join(path) in page or f"`{path[-1]}`" in page, path


def test_a_wrong_option_would_be_seen():
    for line in ("statuz", "status --wach", "deliveries partner --status odd", "dead-letters", "pause --all x"):
        with pytest.raises(AssertionError):
            check_command("here", line)


# -- routes, settings, metrics, alerts -------------------------------------------------------------

@pytest.mark.parametrize("page", sorted(set(pages.PAGES) - NOT_OURS))
def test_routes_exist(page):
    for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/(?:api/|health|ready|metrics|openapi)[\w/{}.-]*)", pages.read(page)):
        assert is_route(method, path), f"{page}: {method} {path}"
    for path in re.findall(r"127\.0\.0\.1:808[01](/[\w/.-]+)", pages.read(page)):
        assert any(is_route(method, path) for method in ("GET", "POST", "PATCH", "DELETE")), f"{page}: {path}"


def is_route(method, path):
    def fits(known):
        return re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", known), path)
    return any(method == known_method and fits(known) for known_method, known in ROUTES)


@pytest.mark.parametrize("page", sorted(set(pages.PAGES) - {"docs/api-reference.md"}))  # which has fields of answers
def test_settings_exist(page):
    known = settings_tree.keys()
    roots = {path[path[0] == "webhooks" and len(path) > 1] for path in settings_tree.maps() if path} - {"webhooks", "webhook"}
    for span in pages.spans(page):
        path = tuple(span.rstrip(":").split("."))
        if len(path) > 1 and path[0] in roots and all(re.fullmatch(r"[a-z_]+", part) for part in path) and path[-1] not in FILES:
            assert path in known or ("webhooks", *path) in known, f"{page}: {span}"


FILES = {"yaml", "json", "yml", "md", "created", "paid"}  # endings of files and of event types, not keys


@pytest.mark.parametrize("page", pages.PAGES)
def test_metrics_and_alerts_exist(page):
    known = set(re.findall(r"`(webhook_\w+)`", pages.read("docs/metrics.md"))) | {"webhook_id"}
    for name in re.findall(r"(?<![:\w])webhook_[a-z_]+(?!:)\b", pages.read(page)):
        assert re.sub(r"_(bucket|sum|count)$", "", name) in known, f"{page}: {name}"
    alerts = set(re.findall(r"alert: (\w+)", "".join(file.read_text() for file in (ROOT / "docker/prometheus/rules").glob("*.yml"))))
    for name in re.findall(r"\bPostrider[A-Z]\w+", pages.read(page)):
        assert name in alerts, f"{page}: {name}"


MADE_BY_THE_READER = {"docker/.env"}


@pytest.mark.parametrize("page", pages.PAGES)
def test_files_of_the_project_exist(page):
    for span in pages.spans(page):
        if span not in MADE_BY_THE_READER and re.fullmatch(r"(src|include|tests|scripts|config|docker|packaging|bench|console|cmake)/[\w./-]+", span):
            assert any((ROOT / folder / span).exists() for folder in ("", "src/queue")), f"{page}: {span}"
