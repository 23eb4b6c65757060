"""The targets, and whether the medians of a run meet them. What was not measured in the run has no row."""

import statistics
from dataclasses import dataclass

RATE, DAEMON, REDIS = "deliveries_per_second", "daemon_us", "redis_us"
FLAT = 1.25  # the dearest over the cheapest: what is called flat
UNCHANGED = 0.05  # what is called nothing measurable: runs of one case differ by as much


@dataclass(frozen=True)
class Row:
    target: str
    wanted: float
    measured: float
    at_least: bool
    digits: int = 2

    @property
    def met(self):
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


def rows(medians, runs):
    return [*rates(runs), *cpu(medians), *latency(medians), *waiting(medians), *flatness(medians), *starts(medians)]


def cell(medians, case, key):
    return medians.get(case, {}).get(key)


def at_least(name, wanted, measured):
    if measured is not None:
        yield Row(name, wanted, measured, True)


def limit(name, wanted, measured, digits=2):
    if measured is not None:
        yield Row(name, wanted, measured, False, digits)


def in_turns(runs, own, other, value):
    """The median of the ratios of both cases in each repeat: the machine's speed changes from one repeat to the next."""
    pairs = zip(runs.get(own, ()), runs.get(other, ()), strict=False)
    ratios = [value(one) / value(another) for one, another in pairs]
    return statistics.median(ratios) if ratios else None


def rates(runs):
    def over(name, wanted, own, other):
        return at_least(f"deliveries/s: {name}", wanted, in_turns(runs, own, other, lambda result: result[RATE]))
    for durability in ("fsync", "everysec"):
        yield from over(f"over the floor, {durability}", 0.65, f"load {durability} postrider", f"load {durability} floor")
    yield from over("over BullMQ, everysec", 3.5, "load everysec postrider", "load everysec bullmq")
    for durability in ("fsync", "everysec"):
        yield from over(f"by batches over the floor, {durability}", 1.0, f"batch {durability} postrider", f"load {durability} floor")
    yield from over("HTTPS over HTTP", 0.75, "https everysec postrider", "load everysec postrider")
    yield from over("1,000 endpoints over one", 0.8, "endpoints everysec postrider 1000", "endpoints everysec postrider 1")
    yield from over("beside 10,000 idle endpoints over alone", 1 - UNCHANGED, "idle everysec postrider", "load everysec postrider")
    yield from limit("CPU of an event beside 10,000 idle endpoints over alone", 1 + UNCHANGED,
                     in_turns(runs, "idle everysec postrider", "load everysec postrider", cost))


def cpu(medians):
    for durability in ("fsync", "everysec"):
        case = f"load {durability} postrider"
        yield from limit(f"daemon's CPU for an event, µs, {durability}", 45, cell(medians, case, DAEMON), 1)
        yield from limit(f"Redis' CPU for an event, µs, {durability}", 15, cell(medians, case, REDIS), 1)


def latency(medians):
    for rate in (200, 2_000):
        for percentile, wanted in (("p50", 1.5), ("p99", 6.0)):
            yield from limit(f"acceptance to receipt at {rate:,}/s, fsync, {percentile} ms", wanted,
                             cell(medians, f"light fsync postrider {rate}/s", f"acceptance_to_receipt_{percentile}_ms"))


def waiting(medians):
    for kind, what in (("queue", "events wait"), ("retries", "retries due at once")):
        found = by_number(medians, f"{kind} everysec postrider ")
        if not found:
            continue
        number, values = found[-1]
        if "redis_bytes" in values:
            yield from limit(f"{number:,} {what}: Redis' bytes for each beyond the body", 700, values["redis_bytes"], 0)
        if "daemon_mib" in values:
            yield from limit(f"{number:,} {what}: the daemon's MiB at most", 100, max(values["before_mib"], values["daemon_mib"]), 0)
            yield from at_least(f"{number:,} {what}: drain over the steady rate", 0.9,
                                values["per_second"] / values["steady_per_second"])


def flatness(medians):
    queues = [cost(values, "flow_") for _, values in by_number(medians, "queue everysec postrider ")]
    drains = [cost(values) for _, values in by_number(medians, "queue everysec postrider ") if DAEMON in values]
    endpoints = [cost(values) for _, values in by_number(medians, "endpoints everysec postrider ")]
    for name, costs in (("queue lengths, events passing", queues), ("queue lengths, draining", drains),
                        ("numbers of endpoints", endpoints)):
        if len(costs) > 1:
            yield from limit(f"CPU of an event over {name}: dearest over cheapest", FLAT, max(costs) / min(costs))


def starts(medians):
    yield from limit("start to ready with an empty store, s", 0.5, cell(medians, "load everysec postrider", "ready_seconds"))
    found = by_number(medians, "queue everysec postrider ")
    if found:
        number, values = found[-1]
        yield from limit(f"start to ready with {number:,} events, s", 2.0, values["ready_seconds"])


def by_number(medians, prefix):
    """The cases whose names end in a number, by that number."""
    return sorted((int(case.removeprefix(prefix)), values) for case, values in medians.items() if case.startswith(prefix))


def cost(values, prefix=""):
    """Of daemon and Redis together."""
    return values[prefix + DAEMON] + values[prefix + REDIS] if values else None
