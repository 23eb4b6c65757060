"""The official libraries accept what Postrider signs, and refuse it once a byte is changed.

Some of the programs are the ones in docs/verify.md, so the page is tested as well.
"""

import os
import subprocess
from pathlib import Path

import pytest

from harness import libraries
from harness.daemon import BINARY
from harness.settings import SECRET, endpoint, webhooks

NEWER = "whsec_" + "QUJD" * 10 + "QQ=="
STRANGER = "whsec_" + "QUJD" * 8


@pytest.mark.parametrize("program", libraries.PROGRAMS)
def test_an_official_library_verifies_a_delivery_and_refuses_a_forged_one(receiver, start_daemon, directory, program):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), authentication={"type": "standard_webhooks", "secrets": [
        {"secret": NEWER}, {"secret": SECRET, "expires_at": "2099-01-01T00:00:00Z"}]})))
    daemon.accept('{"type":"case.created","data":{"amount":1.50, "näme":"Zoë \\u00e4 🎉"}}'.encode())
    request, = receiver.wait_for(1)
    file = directory / "delivery.json"

    def verify(secret, body=request.body):
        file.write_text(libraries.delivery(secret, request, body), encoding="utf-8")
        return libraries.PROGRAMS[program](file)

    for secret in (SECRET, NEWER):
        code, out, error = verify(secret)
        assert (code, out.strip()) == (0, "verified"), error
    for secret, body in ((SECRET, request.body.replace(b"1.50", b"9.50")), (STRANGER, request.body)):
        code, out, error = verify(secret, body)
        assert code != 0 and "verified" not in out, (out, error)


def test_the_command_in_the_documentation_verifies_the_known_answer(directory):
    (directory / "postrider").symlink_to(Path(BINARY).resolve())
    path = f"{directory}:{os.environ['PATH']}"
    script = next(block for block in documented_commands() if "postrider verify" in block)
    done = subprocess.run(["bash", "-e", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def documented_commands():
    page = (libraries.ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    return [block.partition("```")[0] for block in page.split("```sh\n")[1:]]
