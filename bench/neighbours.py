"""What a misbehaving endpoint does to the latency of another one."""

import json
import statistics
import subprocess
import sys
import time

from machine import Postrider, Process, Redis, accepts, endpoint, free_port, resident_mib, wait_until
from posting import Steady, fill

RATE = 200
MODES = ["good", "hang", "drip", "500", "429", "backlog"]
RECEIVER_OF = {"backlog": "hang"}


def measure(folder, tools, mode, seconds, events):
    redis = Redis(folder, "everysec")
    ports = SimplePorts()
    processes = [redis]
    paced = noise = None
    try:
        bad = Process([sys.executable, tools.source / "bad_receiver.py", ports.bad, RECEIVER_OF.get(mode, mode)],
                      folder / "bad.log")
        processes.append(bad)
        wait_until(lambda: accepts(ports.bad), "the neighbour's receiver listens")
        with open(folder / "paced.log", "ab") as log:
            paced = subprocess.Popen([tools.programs / "paced", str(ports.ingest), str(ports.healthy), str(RATE),
                                      str(RATE * seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                     text=True)
        assert paced.stdout.readline() == "listening\n"
        retry = {"schedule": [{"delay_seconds": 1}] * 20}
        daemon = Postrider(tools, folder, redis, "everysec", [
            endpoint("healthy", ports.healthy, ["invoice.*"]),
            endpoint("neighbour", ports.bad, ["noise"], retry=retry, circuit_breaker={"enabled": False},
                     limits={"max_queued_events": 2 * events})], ports.ingest)
        processes.append(daemon)
        if mode == "backlog":
            fill(ports.ingest, "noise", events)
        noise = Steady(ports.ingest, "noise", RATE)
        time.sleep(2)  # the neighbour's slots fill up
        out, _ = paced.communicate("\n", timeout=seconds + 60)
        result = json.loads(out)
        return {**result["post_to_receipt"], "received": result["received"], "daemon_mib": resident_mib(daemon.pid)}
    finally:
        if noise is not None:
            noise.stop()
        if paced is not None and paced.poll() is None:
            paced.kill()
            paced.wait()
        for process in reversed(processes):
            process.stop()


class SimplePorts:
    def __init__(self):
        self.bad, self.healthy, self.ingest = free_port(), free_port(), free_port()


def table(runs):
    lines = ["| neighbour | p50 ms | p99 ms | p99 over the baseline of its repeat | daemon MiB |", "|---|---|---|---|---|"]
    for mode, results in runs.items():
        ratios = [result["p99"] / base["p99"] for result, base in zip(results, runs["good"])]
        cells = [statistics.median(result[key] for result in results) for key in ("p50", "p99")]
        memory = max(result["daemon_mib"] for result in results)
        lines.append(f"| {mode} | {cells[0]:.2f} | {cells[1]:.2f} | {statistics.median(ratios):.2f} | {memory:.0f} |")
    return "\n".join(lines)
