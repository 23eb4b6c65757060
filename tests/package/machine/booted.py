"""A machine with systemd as its first process, made of this one's files and thrown away afterwards."""

import os
import shutil
import subprocess
from pathlib import Path

from harness import process
from harness.waiting import LONG, StillWaiting, until

BOOT = Path(__file__).with_name("boot")
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]
LOG = "/var/log/postrider.log"


class Machine:
    def __init__(self, folder):
        """`folder`: empty, and the machine's own; files that it needs are handed over by `put`."""
        self.folder = folder
        self.log = open(folder.with_suffix(".log"), "w+", encoding="utf-8")
        self.outer = process.start([*AS_ROOT, "unshare", "--mount", "--fork", "--kill-child", BOOT, folder],
                                   stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.first = until(self._find_first, "systemd was started")
        until(lambda: self.run("systemctl", "is-active", "basic.target", check=False).stdout == "active\n",
              "the machine was booted")

    def _find_first(self):
        if self.outer.poll() is not None:
            raise StillWaiting(f"the machine did not boot: {Path(self.log.name).read_text()}")
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            except OSError:
                continue
            if command.startswith(b"/lib/systemd/systemd\0--system\0--unit=basic.target") and self._is_ours(entry):
                return entry.name
        return None

    def _is_ours(self, entry):
        return self.folder.name in (entry / "cgroup").read_text()

    def command(self, *command):
        return [*AS_ROOT, "nsenter", "--target", self.first, "--all", "--wd=/", "--", *map(str, command)]

    def run(self, *command, check=True, text=None):
        """A command inside, as root; `text` is its standard input."""
        result = subprocess.run(self.command(*command), input=text or "", capture_output=True, text=True, timeout=3 * LONG)
        if check:
            assert result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout}{result.stderr}{self.tail()}"
        return result

    def tail(self):
        service = self.run("tail", "-n", "30", LOG, check=False).stdout
        return f"-- the service's log --\n{service}-- systemd --\n{Path(self.log.name).read_text()}"

    def put(self, path, content, mode="0644"):
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, text=content)

    def hand_over(self, file, path):
        with open(file, "rb") as source:
            subprocess.run(self.command("cp", "/dev/stdin", path), stdin=source, check=True, timeout=LONG)

    def exists(self, path):
        return self.run("test", "-e", path, check=False).returncode == 0

    def has(self, prop, unit="postrider"):
        return self.run("systemctl", "show", unit, "--value", "--property", prop).stdout.strip()

    def wait_for(self, prop, wanted):
        try:
            until(lambda: self.has(prop) == wanted, f"{prop}={wanted}", pause=0.1)
        except StillWaiting:
            raise StillWaiting(f"{prop} is {self.has(prop)!r}, not {wanted!r}\n{self.tail()}") from None

    def _remove_cgroups(self):
        """They outlive their processes; in a mount of our own, for they may be mounted anywhere or nowhere."""
        script = ('mount -t cgroup2 none "$1" && { [ ! -e "$1/$2" ] || '
                  'find "$1/$2" -depth -type d -exec rmdir {} +; }')
        command = [*AS_ROOT, "unshare", "--mount", "sh", "-c", script, "sh", self.folder / "cgroups", self.folder.name]
        return subprocess.run(command, stderr=subprocess.DEVNULL, timeout=LONG, check=False).returncode == 0

    def close(self):
        """The end of the first process ends every other one in there."""
        subprocess.run([*AS_ROOT, "kill", "-KILL", self.first], check=False, timeout=LONG)
        self.outer.wait(LONG)
        until(self._remove_cgroups, "the machine's cgroups are empty")
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self.log.name).unlink()
