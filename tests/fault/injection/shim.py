"""The disk and the clock that a process believes in: a library preloaded into it (shim.c), and the switches of it."""

import os
import subprocess
from pathlib import Path


def build(directory):
    library = Path(directory) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", library, source], check=True)
    return library


class Shim:
    """For one process: `env` goes into its environment, the switches work from then on."""

    def __init__(self, library, directory):
        self.sync, self.full, self.clock = (Path(directory) / name for name in ("sync_ms", "disk_full", "clock_s"))
        self.env = {"LD_PRELOAD": str(library), "SHIM_SYNC_MS": str(self.sync), "SHIM_DISK_FULL": str(self.full),
                    "SHIM_CLOCK_S": str(self.clock),
                    # A sanitizer's runtime insists on being the first library, which it does not have to be here.
                    "ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))}

    def before(self, command):
        """The command that runs `command` with the library preloaded, under the same process id."""
        return ["env", *(f"{name}={value}" for name, value in self.env.items()), *command]

    def slow_syncs(self, milliseconds):
        _replace(self.sync, str(milliseconds))

    def fill_disk(self):
        self.full.touch()

    def free_disk(self):
        self.full.unlink()

    def clock_ahead(self, seconds):
        _replace(self.clock, str(seconds))


def _replace(path, text):
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(path)
