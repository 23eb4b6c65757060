"""The two measurements: as much as goes through, and latency at a light load."""

import json
import re
import resource
import subprocess
import time

from machine import CORES, Floor, Postrider, Receiver, Redis, free_port, kernel_seconds, machine_cpu_seconds, resident_mib

SUBJECTS = {"floor": Floor, "postrider": Postrider}
CONNECTIONS = 64  # of the load generator to the daemon, and of the daemon to the receiver
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def load(tools, folder, subject, durability, seconds):
    """wrk posts 1 KiB events without pause; the run ends when the last accepted one was received."""
    redis = Redis(folder, durability)
    receiver = Receiver(tools.programs, folder)
    daemon = SUBJECTS[subject](tools, folder, redis, receiver.port, durability, CONNECTIONS)
    try:
        before = {p: p.cpu() for p in (daemon, redis, receiver)}
        kernel, machine, begun = kernel_seconds(daemon.pid), machine_cpu_seconds(), time.monotonic()
        wrk, wrk_cpu = run_wrk(tools, daemon.port, seconds)
        count, ended = wait_for_the_last(receiver, wrk["accepted"])
        used = {p: p.cpu() - before[p] for p in (daemon, redis, receiver)}
        kernel = kernel_seconds(daemon.pid) - kernel
        ours = sum(used.values()) + wrk_cpu
        other = max(0.0, machine_cpu_seconds() - machine - ours) / (time.monotonic() - begun) / CORES
        return {"deliveries_per_second": count / (ended - begun), "deliveries": count,
                "intake_per_second": wrk["per_second"], "intake_p50_ms": wrk["p50"], "intake_p99_ms": wrk["p99"],
                "refused": wrk["refused"], "daemon_us": used[daemon] / count * 1e6,
                "daemon_kernel_us": kernel / count * 1e6, "redis_us": used[redis] / count * 1e6,
                "receiver_us": used[receiver] / count * 1e6, "generator_us": wrk_cpu / count * 1e6,
                "daemon_mib": resident_mib(daemon.pid), "other_share": other}
    finally:
        for process in (daemon, receiver, redis):
            process.stop()


def run_wrk(tools, port, seconds):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
                           tools.source / "post.lua", f"http://127.0.0.1:{port}/api/events"],
                          capture_output=True, text=True, timeout=seconds + 60, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = done.stdout
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    refused = int(refused.group(1)) if refused else 0
    result = {"accepted": requests - refused, "refused": refused,
              "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
              "p50": milliseconds(text, 50), "p99": milliseconds(text, 99)}
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def milliseconds(text, percentile):
    value, unit = re.search(rf"\s{percentile}%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * UNITS[unit]


def wait_for_the_last(receiver, accepted, quiet=0.5, limit=60):
    """The count, and when it was reached. A few events were accepted whose answers wrk did not wait for."""
    last, at = receiver.count(), time.monotonic()
    while True:
        time.sleep(0.01)
        count, now = receiver.count(), time.monotonic()
        if count != last:
            last, at = count, now
        elif last >= accepted and now - at > quiet:
            return last, at
        elif now - at > limit:
            raise SystemExit(f"bench: only {last} of {accepted} accepted events were received")


def light(tools, folder, subject, durability, seconds, rate=200):
    """A fixed rate; one program posts and receives, so all its times are of one clock."""
    redis = Redis(folder, durability)
    port = free_port()
    daemon = paced = None
    try:
        with open(folder / "paced.log", "ab") as log:
            # The floor program connects to its receiver when it starts, so the receiver comes first.
            ingest = free_port()
            paced = subprocess.Popen([tools.programs / "paced", str(ingest), str(port), str(rate), str(rate * seconds)],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        assert paced.stdout.readline() == "listening\n"
        daemon = SUBJECTS[subject](tools, folder, redis, port, durability, CONNECTIONS, ingest)
        out, _ = paced.communicate("\n", timeout=seconds + 60)
        result = json.loads(out)
        flat = {f"{name}_{p}_ms": result[name][p] for name in ("intake", "acceptance_to_receipt", "post_to_receipt")
                for p in ("p50", "p99", "max")}
        return {**flat, **{k: result[k] for k in ("posted", "accepted", "refused", "received", "repeated")}}
    finally:
        if paced is not None and paced.poll() is None:
            paced.kill()
            paced.wait()
        for process in (daemon, redis):
            if process is not None:
                process.stop()
