"""A disk that is small enough to be filled. Needs the right to mount, which containers of CI have as root."""

import subprocess

import pytest


class SmallDisk:
    def __init__(self, path, megabytes):
        path.mkdir()
        self.path = path
        self.filler = path / "filler"
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path]
        if subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip("mounting is not permitted here")

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free(self):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", self.path], check=True)
