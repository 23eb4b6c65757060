"""The measurements: as much as goes through, and latency at an even load."""

import json
import re
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace

from machine import (CORES, Floor, Postrider, Redis, endpoint, free_port, kernel_seconds, machine_cpu_seconds,
                     resident_mib, wait_until)
from posting import fill_each

CONNECTIONS = 64  # of the daemon to the receiver, and, unless told otherwise, of the load generator to the daemon
BATCH = 100  # as batch.lua has it
IDLE = 10_000
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def plain(receiver):
    return [endpoint("bench", receiver.port, concurrency=CONNECTIONS)]


def over_tls(receiver):
    return [{**endpoint("bench", receiver.tls_port, concurrency=CONNECTIONS, tls={"ca_file": str(receiver.certificate)}),
             "url": f"https://127.0.0.1:{receiver.tls_port}/hook"}]


def each_its_type(count):
    return lambda receiver: [endpoint(f"e{number}", receiver.port, [f"t{number}"], concurrency=CONNECTIONS) for number in range(count)]


def beside_idle(receiver):
    return plain(receiver) + [endpoint(f"idle{number}", receiver.port, [f"idle.t{number}"]) for number in range(IDLE)]


@dataclass(frozen=True)
class Variant:
    """What is put before the receiver, and what wrk posts."""
    webhooks: Callable = plain
    script: str = "post.lua"
    path: str = "/api/events"
    together: int = 1  # events in a request
    connections: int = 0  # of wrk; 0: as many as everywhere
    endpoints: int = 0  # each has a type of its own, and is sent one event before the measurement, which opens a connection


# Whoever gathers events into batches has one of them under way. With more than that events come in faster than they go out.
ONE_SENDER = Variant(script="batch.lua", path="/api/events/batch", together=BATCH, connections=1)
VARIANTS = {"load": Variant(), "batch": ONE_SENDER, "batches": replace(ONE_SENDER, connections=0),
            "https": Variant(over_tls), "idle": Variant(beside_idle)}


def several(count):
    return Variant(each_its_type(count), "types.lua", endpoints=count)


def start(tools, folder, redis, receiver, subject, durability, webhooks):
    if subject == "floor":
        return Floor(tools, folder, redis, receiver.port, CONNECTIONS)
    return Postrider(tools, folder, redis, durability, webhooks(receiver))


def load(tools, folder, variant, durability, subject, seconds):
    """wrk posts 1 KiB events without pause; the run ends when the last accepted one was received."""
    redis, receiver = Redis(folder, durability), tools.receiver(folder)
    daemon = start(tools, folder, redis, receiver, subject, durability, variant.webhooks)
    try:
        types = [f"t{number}" for number in range(variant.endpoints)]
        fill_each(daemon.port, types)
        wait_until(lambda: receiver.count() >= len(types), "each endpoint was sent an event", 60)
        mark = Mark(daemon, redis, receiver)
        wrk = run_wrk(tools, daemon.port, seconds, variant)
        count, ended = wait_for_the_last(receiver, partial(accepted, daemon, subject, wrk))
        started = {} if subject == "floor" else {"ready_seconds": daemon.ready_seconds}
        return {**started, **mark.used(count - len(types), ended, wrk.cpu), "intake_per_second": wrk.per_second * variant.together,
                "intake_p50_ms": wrk.p50, "intake_p99_ms": wrk.p99, "refused": refused(daemon, subject, wrk),
                "daemon_mib": resident_mib(daemon.pid)}
    finally:
        for process in (daemon, receiver, redis):
            process.stop()


class Mark:
    """A moment, and what was used since."""

    def __init__(self, daemon, redis, receiver):
        self.daemon, self.redis, self.receiver = daemon, redis, receiver
        self.cpu = {process: process.cpu() for process in (daemon, redis, receiver)}
        self.kernel, self.machine, self.at = kernel_seconds(daemon.pid), machine_cpu_seconds(), time.monotonic()

    def used(self, count, ended, generator):
        """Microseconds of CPU for each of `count` events, and their rate."""
        used = {process: process.cpu() - before for process, before in self.cpu.items()}
        kernel, busy = kernel_seconds(self.daemon.pid) - self.kernel, machine_cpu_seconds() - self.machine
        other, whole, share = busy - sum(used.values()) - generator, (ended - self.at) * CORES, 1e6 / max(count, 1)
        return {"deliveries": count, "deliveries_per_second": count / (ended - self.at),
                "daemon_us": used[self.daemon] * share, "daemon_kernel_us": kernel * share,
                "redis_us": used[self.redis] * share, "receiver_us": used[self.receiver] * share,
                "generator_us": generator * share, "other_share": max(0.0, other) / (time.monotonic() - self.at) / CORES,
                "idle_share": max(0.0, 1 - busy / whole)}


def run_wrk(tools, port, seconds, variant):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    connections = variant.connections or tools.connections
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
                           tools.source / variant.script, f"http://127.0.0.1:{port}{variant.path}", "--", str(variant.endpoints)],
                          capture_output=True, text=True, timeout=seconds + 60, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = done.stdout
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    refused = int(refused.group(1)) if refused else 0
    return SimpleNamespace(accepted=requests - refused, refused=refused,
                           per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
                           p50=milliseconds(text, 50), p99=milliseconds(text, 99),
                           cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def milliseconds(text, percentile):
    value, unit = re.search(rf"\s{percentile}%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * UNITS[unit]


def accepted(daemon, subject, wrk):
    """Events that were accepted since the start. wrk knows answers, but not what of a batch was accepted."""
    return wrk.accepted if subject == "floor" else daemon.events("accepted")


def refused(daemon, subject, wrk):
    return wrk.refused if subject == "floor" else max(wrk.refused, daemon.events("unavailable"))


def wait_for_the_last(receiver, accepted, quiet=0.5, limit=60):
    """The count, and when it was reached. A few events were accepted whose answers wrk did not wait for."""
    last, at = receiver.count(), time.monotonic()
    while True:
        time.sleep(0.05)
        count, now = receiver.count(), time.monotonic()
        if count != last:
            last, at = count, now
        elif now - at > quiet and last >= accepted():
            return last, at
        elif now - at > limit:
            raise SystemExit(f"bench: only {last} of {accepted()} accepted events were received")


def light(tools, folder, durability, subject, rate, seconds):
    """A fixed rate; one program posts and receives, so all its times are of one clock."""
    redis = Redis(folder, durability)
    port, ingest = free_port(), free_port()
    daemon = paced = None
    try:
        with open(folder / "paced.log", "ab") as log:
            # The floor program connects to its receiver when it starts, so the receiver comes first.
            paced = subprocess.Popen([tools.programs / "paced", str(ingest), str(port), str(rate), str(rate * seconds)],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        assert paced.stdout.readline() == "listening\n"
        if subject == "floor":
            daemon = Floor(tools, folder, redis, port, CONNECTIONS, ingest)
        else:
            daemon = Postrider(tools, folder, redis, durability, plain(SimpleNamespace(port=port)), ingest)
        out, _ = paced.communicate("\n", timeout=seconds + 60)
        result = json.loads(out)
        flat = {f"{name}_{p}_ms": result[name][p] for name in ("intake", "acceptance_to_receipt", "post_to_receipt")
                for p in ("p50", "p90", "p99", "p999", "max")}
        return {**flat, **{k: result[k] for k in ("posted", "accepted", "refused", "received", "repeated")}}
    finally:
        if paced is not None and paced.poll() is None:
            paced.kill()
            paced.wait()
        for process in (daemon, redis):
            if process is not None:
                process.stop()


def peer(tools, folder, seconds):
    """BullMQ with undici, which puts its jobs in without HTTP. As many as it handles in about that time."""
    redis, receiver = Redis(folder, "everysec"), tools.receiver(folder)
    try:
        redis_cpu, receiver_cpu = redis.cpu(), receiver.cpu()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        events = 4_000 * seconds
        done = subprocess.run(["node", tools.peer / "peer.mjs", redis.socket, str(receiver.port), str(events)],
                              capture_output=True, text=True, timeout=60 + 10 * seconds, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if (received := receiver.count()) != events:
            raise SystemExit(f"bench: the peer sent {received} of {events}")
        share = 1e6 / events
        return {"deliveries": events, "deliveries_per_second": events / json.loads(done.stdout)["seconds"],
                "daemon_us": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * share,
                "redis_us": (redis.cpu() - redis_cpu) * share, "receiver_us": (receiver.cpu() - receiver_cpu) * share}
    finally:
        receiver.stop()
        redis.stop()
