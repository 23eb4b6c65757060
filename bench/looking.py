"""A subject under the load of bench/run, for programs that look into it."""

import contextlib
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import measure
from machine import Nginx, Redis

ROOT = Path(__file__).resolve().parents[1]


def add_arguments(parser, json):
    parser.add_argument("binaries", nargs="*", metavar="NAME=BINARY", help="beside the floor program; without any: the release build")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--durability", choices=("fsync", "everysec"), default="everysec")
    parser.add_argument("--json", type=Path, default=ROOT / "build/bench" / json)


def at_each(options, look):
    """Name of the subject to what `look` says of it, the floor program first."""
    binaries = dict(text.split("=", 1) for text in options.binaries) or {"postrider": ROOT / "build/release/postrider"}
    (ROOT / "build/bench").mkdir(parents=True, exist_ok=True)
    found = {}
    for name, binary in {"floor": None, **binaries}.items():
        print(f"{name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="looking-", dir=ROOT / "build/bench") as folder, \
                under_load(Path(folder), binary, options) as loaded:
            found[name] = look(loaded)
    return found


@contextlib.contextmanager
def under_load(folder, binary, options):
    """A subject whose connections are open and whose memory is there; `post` gives how many events it delivered."""
    redis, receiver, variant = Redis(folder, options.durability), Nginx(folder), measure.VARIANTS["load"]
    tools = SimpleNamespace(source=ROOT / "bench", programs=ROOT / "build/release/bench", connections=measure.CONNECTIONS,
                            binary=binary and Path(binary).resolve())
    daemon = measure.start(tools, folder, redis, receiver, "postrider" if binary else "floor", options.durability, variant.webhooks)

    def post(seconds=options.seconds):
        before = receiver.count()
        measure.run_wrk(tools, daemon.port, seconds, variant)
        receiver.wait_until_quiet()
        if (delivered := receiver.count() - before) == 0:
            raise SystemExit("bench: nothing was delivered")
        return delivered
    try:
        post(1)
        yield SimpleNamespace(folder=folder, daemon=daemon, post=post)
    finally:
        for process in (daemon, receiver, redis):
            process.stop()
