"""Runs the programs of docs/senders.md and docs/receivers.md, each in its own language."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import pages, process
from .libraries import CACHE, GO, go_program, must
from .waiting import until

LANGUAGES = {"py": "Python", "cjs": "Node", "go": "Go", "php": "PHP", "rb": "Ruby"}
LISTENING = "0A"  # in /proc/net/tcp


def write(page, folder, only=""):
    """Writes each program of the page into the folder, and gives how to start it, by its file's name."""
    return {name: _command(folder, name, text) for name, text in pages.programs(page).items() if name.startswith(only)}


def _command(folder, name, text):
    file = Path(folder) / name
    file.write_text(text, encoding="utf-8")
    language = file.suffix[1:]
    if language == "go":
        return [_built(file, text)]
    return {"py": [sys.executable, file], "cjs": ["node", file], "php": ["php", file], "rb": ["ruby", file]}[language]


def _built(file, text):
    """Built once for each text."""
    binary = CACHE / "guides" / hashlib.sha256(text.encode()).hexdigest()
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_suffix("")
        must([go_program(), "build", "-trimpath", "-o", made, file], env=GO)
        shutil.copy(made, binary.with_suffix(f".{os.getpid()}"))
        binary.with_suffix(f".{os.getpid()}").rename(binary)
    return binary


class Receiver:
    """A program of docs/receivers.md, with an inbox of its own."""

    def __init__(self, command, folder, secret):
        self.inbox = Path(folder) / "inbox"
        if str(command[0]) == "php":
            command = ["php", "-S", "127.0.0.1:0", command[1]]
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": "0", "INBOX": str(self.inbox)}
        self.log = open(Path(folder) / "log", "w+", encoding="utf-8")
        self.process = process.start(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT)

    def wait_until_it_listens(self):
        self.port = until(self._listening_port, "the receiver listens")

    def _listening_port(self):
        assert self.process.poll() is None, Path(self.log.name).read_text()
        proc = Path(f"/proc/{self.process.pid}")
        try:
            own = {os.readlink(entry) for entry in (proc / "fd").iterdir()}
            table = (proc / "net/tcp").read_text()
        except OSError:  # descriptors come and go
            return None
        rows = [line.split() for line in table.splitlines()[1:]]
        return next((int(row[1].rpartition(":")[2], 16) for row in rows
                     if row[3] == LISTENING and f"socket:[{row[9]}]" in own), None)

    def stored(self):
        """The bodies that it stored, each once."""
        return sorted(file.read_bytes() for file in self.inbox.glob("*.json"))

    def leftovers(self):
        return [file.name for file in self.inbox.iterdir() if file.suffix != ".json"]

    def close(self):
        process.stop(self.process)
        self.log.close()
