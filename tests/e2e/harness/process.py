"""Processes that cannot outlive the test run, and what /proc says about them."""

import os
import signal
import subprocess

from .waiting import LONG


def start(command, **options):
    """Like Popen; the kernel kills the child when the test run dies, however it dies."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)], **options)


def stop(process, limit=LONG):
    """SIGTERM, and SIGKILL when that was not enough; gives the exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        text = file.read()
    name = text[text.index("(") + 1:text.rindex(")")]
    state, parent = text[text.rindex(")") + 2:].split()[:2]
    return name, state, int(parent)


def children(parent, name):
    """Process ids of the living children of `parent` whose program is called `name`."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            program, state, of = _stat(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if of == parent and program == name and state != "Z":
            found.append(int(entry))
    return found


def is_alive(pid):
    try:
        return _stat(pid)[1] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
