"""What the benchmark says of its own numbers: which targets are met, and what is put into docs/performance.md."""

import re
import sys

import pytest

from harness import pages
from harness.daemon import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import report  # noqa: E402
import targets  # noqa: E402

pytestmark = pytest.mark.pages


def load(rate, daemon=40.0, redis=10.0):
    return {"deliveries_per_second": rate, "daemon_us": daemon, "redis_us": redis, "ready_seconds": 0.1}


def queue(cost, **more):
    return {"flow_daemon_us": cost, "flow_redis_us": 10.0, "ready_seconds": 0.2, **more}


DRAINED = {"daemon_us": 20.0, "redis_us": 10.0, "per_second": 900.0, "steady_per_second": 1000.0, "before_mib": 20.0, "daemon_mib": 101.0,
           "redis_bytes": 700.0}
LIGHT = {"acceptance_to_receipt_p50_ms": 1.5, "acceptance_to_receipt_p99_ms": 6.1}
EVERYTHING = {
    **{f"load {durability} {subject}": load(rate) for durability in ("fsync", "everysec") for subject, rate in (("floor", 1000), ("postrider", 650))},
    "load everysec bullmq": load(200), "batch fsync postrider": load(999), "batch everysec postrider": load(1001),
    "https everysec postrider": load(400), "idle everysec postrider": load(640, daemon=50.0),
    **{f"endpoints everysec postrider {count}": load(rate, daemon=daemon)
       for count, rate, daemon in ((1, 1000, 40.0), (1_000, 790, 50.0), (10_000, 500, 60.0))},
    "light fsync postrider 200/s": LIGHT, "light fsync postrider 2000/s": LIGHT,
    "queue everysec postrider 1": queue(40.0), "queue everysec postrider 10000": queue(50.0, **DRAINED),
    "queue everysec postrider 1000000": queue(52.0, **{**DRAINED, "redis_us": 20.0}),
    "retries everysec postrider 1000000": {**DRAINED, "per_second": 899.0, "daemon_mib": 100.0},
}


def once(cases):
    return {case: [result] for case, result in cases.items()}


def found():
    return {row.target: row for row in targets.rows(EVERYTHING, once(EVERYTHING))}


@pytest.mark.parametrize("target, measured, met", [
    ("deliveries/s: over the floor, fsync", 0.65, True),
    ("deliveries/s: over BullMQ, everysec", 3.25, False),
    ("deliveries/s: by batches over the floor, fsync", 0.999, False),
    ("deliveries/s: by batches over the floor, everysec", 1.001, True),
    ("deliveries/s: HTTPS over HTTP", 400 / 650, False),
    ("deliveries/s: 1,000 endpoints over one", 0.79, False),
    ("deliveries/s: beside 10,000 idle endpoints over alone", 640 / 650, True),
    ("CPU of an event beside 10,000 idle endpoints over alone", 60 / 50, False),
    ("daemon's CPU for an event, µs, fsync", 40.0, True),
    ("Redis' CPU for an event, µs, everysec", 10.0, True),
    ("acceptance to receipt at 200/s, fsync, p50 ms", 1.5, True),
    ("acceptance to receipt at 2,000/s, fsync, p99 ms", 6.1, False),
    ("1,000,000 events wait: Redis' bytes for each beyond the body", 700.0, True),
    ("1,000,000 events wait: the daemon's MiB at most", 101.0, False),
    ("1,000,000 events wait: drain over the steady rate", 0.9, True),
    ("1,000,000 retries due at once: the daemon's MiB at most", 100.0, True),
    ("1,000,000 retries due at once: drain over the steady rate", 0.899, False),
    ("CPU of an event over queue lengths, events passing: dearest over cheapest", 62 / 50, True),
    ("CPU of an event over queue lengths, draining: dearest over cheapest", 40 / 30, False),
    ("CPU of an event over numbers of endpoints: dearest over cheapest", 70 / 50, False),
    ("start to ready with an empty store, s", 0.1, True),
    ("start to ready with 1,000,000 events, s", 0.2, True),
])
def test_targets(target, measured, met):
    row = found()[target]
    assert row.measured == pytest.approx(measured)
    assert row.met == met


def test_a_part_of_the_run_has_its_rows_alone():
    part = {"load fsync floor": load(1000)}
    assert targets.rows(part, once(part)) == []
    part["load fsync postrider"] = load(1000, daemon=45.1)
    rows = targets.rows(part, once(part))
    assert [(row.wanted, row.met) for row in rows] == [(0.65, True), (45, False), (15, True)]


def test_a_ratio_is_that_of_runs_in_turns():
    runs = {"load fsync floor": [load(1000), load(400), load(900)], "load fsync postrider": [load(500), load(300), load(630)]}
    medians = {"load fsync floor": load(900), "load fsync postrider": load(500)}
    assert targets.rows(medians, runs)[0].measured == pytest.approx(0.7)


def test_tables_are_put_in_their_places_alone():
    page = "a\n<!-- bench/report: load -->\nold\n<!-- bench/report: end -->\nb\n<!-- bench/report: drain -->\nkept\n<!-- bench/report: end -->\n"
    fresh, missing = report.filled(page, {"load": r"| \1 |"})
    assert fresh == page.replace("old\n", "\n| \\1 |\n\n") and missing == ["drain"]
    assert report.filled(fresh, {"load": r"| \1 |"})[0] == fresh


def test_system_calls_are_summed():
    found = {"floor": {"read": 2.0, "brk": 0.001}, "now": {"recvfrom": 3.5, "futex": 0.002}}
    assert report.syscall_table(found).splitlines()[2:] == [
        "| `recvfrom` | 0.000 | 3.500 |", "| `read` | 2.000 | 0.000 |", "| others | 0.001 | 0.002 |", "| all | 2.001 | 3.502 |"]


def test_the_page_has_a_place_for_every_table():
    places = re.findall(r"<!-- bench/report: (?!end -->)(\w+) -->", pages.read("docs/performance.md"))
    assert sorted(places) == sorted(["conditions", "targets", "budget", "syscalls", *report.SECTIONS])
