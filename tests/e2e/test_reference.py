"""The references tell the truth: docs/configuration.md against the keys and defaults of the daemon, the API's page against its description."""

import json
import re
import subprocess

import pytest
import yaml

from harness import pages, settings_tree
from harness.daemon import ROOT

pytestmark = pytest.mark.pages

PAGE = "docs/configuration.md"
SHIPPED = (ROOT / "config/postrider.yaml").read_text(encoding="utf-8")
HEADER = re.compile(r"\| key of `(\w+)` \|(.*)\|")
SCHEMES = ("authentication",)  # has a table by type, not by key


def tables():
    """{path of a map: {key: its row's other cells, by column}} for each table of the page that begins with `key of`."""
    found, section, rows, columns = {}, None, None, []
    for line in pages.read(PAGE).splitlines():
        if line.startswith("## "):
            section = (re.findall(r"`(\w+)`", line) or [None])[0]
        header = HEADER.match(line)
        if header:
            path = path_of(section, header[1])
            assert path not in found, f"{PAGE} has two tables of {path}"
            rows, columns = found.setdefault(path, {}), [cell.strip() for cell in header[2].split("|")]
        elif rows is not None and line.startswith("| "):
            first, *cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for key in re.findall(r"`(\w+)`", first):
                rows[key] = dict(zip(columns, cells))
        elif not line.startswith("|"):
            rows = None
    return found


def path_of(section, name):
    """The one map of this name in this section."""
    fitting = [path for path in settings_tree.maps() if path and path[0] == section and path[-1] == name]
    assert len(fitting) == 1, f"{PAGE}: a table of `{name}` under `{section}`, and the daemon knows {fitting}"
    return fitting[0]


@pytest.mark.parametrize("path", sorted(path for path in settings_tree.maps() if path), ids=".".join)
def test_every_key_of_a_map_is_described_and_every_described_key_exists(path):
    known = set(settings_tree.maps()[path])
    if path in settings_tree.SAME or path[-1] in SCHEMES:
        return
    described = tables().get(path)
    if described is None:  # a small map, described in the row or the paragraph of its parent
        text = pages.read(PAGE)
        described = {key for key in known if re.search(rf"`{key}[`:]|[{{ ]{key}: ", text)}
    assert set(described) == known, f"{PAGE}: of {'.'.join(path)}"


def test_every_top_level_key_has_a_section():
    sections = set(re.findall(r"`(\w+)`", "".join(line for line in pages.read(PAGE).splitlines() if line.startswith("## "))))
    assert sections == set(settings_tree.maps()[()])


def test_described_defaults_are_those_of_the_shipped_file():
    """A unit test holds that file to the code."""
    shipped = yaml.safe_load(SHIPPED)
    compared = 0
    for path, rows in tables().items():
        at = ("defaults", *path[1:]) if path[0] == "webhooks" else path
        for key, cells in rows.items():
            told = re.match(r"`([^`]*)`", cells.get("default", ""))
            real = value_at(shipped, (*at, key))
            if isinstance(real, dict):
                continue  # its own keys are compared
            if told and real is not None:
                assert yaml.safe_load(told[1]) == real, f"{PAGE}: {'.'.join(path)}.{key} is {real!r}"
                compared += 1
            elif told:  # in the file as a comment, since it would exclude something
                assert re.search(rf"^ *# +{key}: +{re.escape(told[1])}(\s|$)", SHIPPED, re.M), f"{PAGE}: {key} {told[1]}"
                compared += 1
            else:
                assert real is None or isinstance(real, list), f"{PAGE} tells no default of {key}: {real!r}"
    assert compared > 50


def value_at(tree, path):
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def test_the_shipped_file_shows_every_key():
    for path in settings_tree.keys():
        assert re.search(rf"(^|[\s{{#-]){path[-1]}:", SHIPPED, re.M), f"config/postrider.yaml does not show {'.'.join(path)}"


# -- the API ---------------------------------------------------------------------------------------

DESCRIPTION = json.loads((ROOT / "src/admin/openapi.json").read_text(encoding="utf-8"))
ROUTES = {(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item}


def test_the_reference_of_the_api_is_what_the_script_writes():
    done = subprocess.run([ROOT / "scripts/api-reference", "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("method, path", sorted(ROUTES))
def test_the_page_of_the_api_names_every_route(method, path):
    assert re.search(rf"`{method} {re.escape(path)}`", pages.read("docs/api.md"))


def test_the_page_of_the_api_names_every_code_of_an_error():
    """The description names them in the texts of its answers, and so does the table of the page."""
    described = json.dumps([DESCRIPTION["paths"], DESCRIPTION["components"]["responses"]])
    codes = set(re.findall(r'"code": "(\w+)"', described))
    named = set(re.findall(r"`(\w+)`", pages.read("docs/api.md")))
    assert codes and not codes - named
