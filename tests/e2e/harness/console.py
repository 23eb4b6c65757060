"""The console in a headless Chromium: the scenarios of tests/console, each a run of node against a daemon."""

import hashlib
import json
import os
import shutil
import subprocess

from .daemon import ROOT
from .libraries import make_once, must
from .waiting import LONG, SCALE

SCENARIOS = ROOT / "tests" / "console"
STEP_LIMIT_MS = 20_000


def install_playwright():
    """playwright-core as the lock file says; the browser is Debian's. Gives the folder of the modules."""
    def fill(folder):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SCENARIOS / name, folder)
        must(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    lock = (SCENARIOS / "package-lock.json").read_bytes()
    return make_once(f"console-{hashlib.sha256(lock).hexdigest()[:12]}", fill)


def find_chromium():
    """Debian's command is a shell script around this program, and only slower."""
    found = next((path for path in ("/usr/lib/chromium/chromium", shutil.which("chromium")) if path and os.path.exists(path)), None)
    assert found, "chromium is missing: scripts/install-dependencies --test"
    return found


def run_scenario(name, daemon, token="", **more):
    """Runs tests/console/NAME.mjs in a browser that sees the daemon's console, and shows what it said when it failed."""
    facts = {"url": f"http://{daemon.admin_address}", "token": token, "modules": str(install_playwright()), "chromium": find_chromium(),
             "limit_ms": int(STEP_LIMIT_MS * SCALE), "pictures": os.environ.get("POSTRIDER_TEST_PICTURES", ""), **more}
    done = subprocess.run(["node", SCENARIOS / f"{name}.mjs"], capture_output=True, timeout=2 * LONG,
                          env={**os.environ, "CONSOLE_FACTS": json.dumps(facts)})
    assert done.returncode == 0, f"{done.stdout.decode()}\n{done.stderr.decode()}\n{daemon.tail()}"
