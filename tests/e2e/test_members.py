"""Several daemons on one Redis: who owns what, and what happens to it when one joins, stops, dies or sleeps."""

import signal
import threading
import time

import pytest
from test_admin_commands import Commands

from harness.behaviours import after, answer, hold
from harness.members import ENDPOINTS, Fleet, Spread, is_even, number_sent_by, restart_in_turn, rows
from harness.waiting import BUSY, LONG, until

PARTITIONS = 64
LEASE = 2
NOBODY_WAITS_FOR_IT = 600


@pytest.fixture
def redis(new_redis):
    return new_redis(appendfsync="everysec").start()


@pytest.fixture
def new_fleet(new_daemon, receiver, redis):
    return lambda **options: Fleet(new_daemon, receiver, {"url": redis.url(), "durability": "everysec"},
                                   **{"lease": LEASE, **options})


def slowly(receiver, seconds=0.01):
    """So that there is always something in flight."""
    for number in range(ENDPOINTS):
        receiver.script(f"/{number}", then=after(seconds, answer(204)))


def all_came_once(receiver, auditor, load):
    load.stop()
    auditor.wait_until_received(receiver, LONG)
    copies = {id: count for id, count in auditor.check(receiver).items() if count > 1}
    assert not copies


def totals_add_up(daemon):
    totals = daemon.admin("GET", "/api/status").json["totals"]
    return totals["accepted"] == totals["delivered"]


def test_partitions_are_even_and_whole_after_each_join(new_fleet):
    first, second, third = new_fleet(lease=NOBODY_WAITS_FOR_IT).start("a", "b", "c")
    seen = [rows(daemon) for daemon in (first, second, third)]
    assert seen[0].keys() == seen[1].keys() == seen[2].keys()
    assert [sum(row["this"] for row in each.values()) for each in seen] == [1, 1, 1]
    owned = [number for row in seen[0].values() for number in row["owns"]]
    assert sorted(owned) == list(range(PARTITIONS))
    for daemon in (first, second, third):
        assert daemon.metrics().sum("webhook_partitions_owned") in (21, 22)


def test_members_partitions_and_owners_are_shown_by_the_command(new_fleet):
    first, second = new_fleet().start("a", "b")
    postrider = Commands(first)
    shown = postrider.json("status")["members"]
    assert [row["partitions"] for row in shown] == [32, 32]
    assert sorted(number for row in shown for number in row["owns"]) == list(range(PARTITIONS))
    by_name = {row["name"]: row for row in shown}
    assert [name for name, row in by_name.items() if row["this"]] == [next(
        name for name in by_name if name.endswith(f":{first.pid}"))]
    text = postrider.out("status")
    table = text[text.index("MEMBER"):].splitlines()
    assert "PARTITIONS" in table[0] and "WHICH" in table[0]
    for daemon, mark in ((first, " (this)"), (second, "  ")):
        line, = [line for line in table if f":{daemon.pid}{mark}" in line]
        assert " 32 " in line, line
    second.kill9()
    until(lambda: "(gone)" in postrider.out("status") or is_even(first, 1), "who is gone is called so")


def test_events_taken_in_by_one_are_started_by_their_owner_before_it_looks(new_fleet, receiver, redis):
    first, second = new_fleet(lease=NOBODY_WAITS_FOR_IT).start("a", "b")
    number = number_sent_by(second)
    second.attempts(1, endpoint=f"e{number}")
    own = next(row["partitions"] for row in rows(second).values() if row["this"])
    before, looks = len(receiver.requests(f"/{number}")), calls(redis, "sscan")
    for turn in range(40):
        accepted = first.accept({"type": f"n{number}.y", "data": turn})
        assert receiver.wait_for(before + turn + 1, f"/{number}")[-1].id == accepted["id"]
    assert calls(redis, "sscan") - looks < 40 * own, "each event had waited for a look of the owner"
    assert not first.matching("attempt", endpoint=f"e{number}")


def calls(redis, command):
    """How often Redis ran it."""
    for line in redis.cli("INFO", "commandstats").splitlines():
        if line.startswith(f"cmdstat_{command}:"):
            return int(line.split("calls=")[1].split(",")[0])
    return 0


def test_without_the_channels_everything_goes_on_a_little_later(new_daemon, receiver, redis):
    redis.cli("ACL", "SETUSER", "mute", "on", ">m", "~*", "resetchannels", "+@all")
    url = redis.url().replace("//", "//mute:m@")
    first, second = Fleet(new_daemon, receiver, {"url": url, "durability": "everysec"}, lease=LEASE).start("a", "b")
    first.wait_for("redis refused a subscription")
    number = number_sent_by(second)
    for turn in range(3):
        before = len(receiver.requests(f"/{number}"))
        first.accept({"type": f"n{number}.y", "data": turn})
        receiver.wait_for(before + 1, f"/{number}")
    second.terminate()
    until(lambda: is_even(first, 1), "the other has all")


def test_a_clean_stop_hands_over_at_once_without_loss_or_copies(new_fleet, receiver, auditor):
    fleet = new_fleet(lease=NOBODY_WAITS_FOR_IT)
    first, second = fleet.start("a", "b")
    slowly(receiver)
    load = Spread([first, second], auditor, connections=6).start()
    load.wait_for(200)
    code, _ = second.terminate()
    assert code == 0
    until(lambda: is_even(first, 1), "the other has all")
    load.wait_for(load.count(202) + 100)
    all_came_once(receiver, auditor, load)


def test_a_killed_daemon_is_taken_over_within_its_lease(new_fleet, receiver, auditor):
    first, second = new_fleet().start("a", "b")
    load = Spread([first], auditor, connections=4).start()
    load.wait_for(100)
    begun = time.monotonic()
    second.kill9()
    until(lambda: is_even(first, 1), "the other has all")
    assert time.monotonic() - begun < 2.5 * LEASE + BUSY
    load.stop()
    auditor.wait_until_received(receiver, LONG)
    auditor.check(receiver)


def test_what_a_daemon_that_slept_past_its_lease_had_in_flight_is_settled_once(new_fleet, receiver):
    fleet = new_fleet()
    first, second = fleet.start("a", "b")
    number = number_sent_by(second)
    until(lambda: totals_add_up(first), "the probes are settled")
    gate = threading.Event()
    receiver.script(f"/{number}", hold(gate), then=answer(204))
    before = len(receiver.requests(f"/{number}"))
    id = first.accept({"type": f"n{number}.y", "data": 1})["id"]
    receiver.wait_for(before + 1, f"/{number}")
    second.signal(signal.SIGSTOP)
    try:
        first.attempts(1, event_id=id, outcome="delivered")
        until(lambda: totals_add_up(first), "the other one's attempt is counted")
        counted = first.admin("GET", "/api/status").json["totals"]
        gate.set()  # the answer waits for the sleeper
    finally:
        second.signal(signal.SIGCONT)
    until(lambda: fleet.is_even([first, second]), "it has its share again")
    second.wait_for("partition lost")
    assert first.admin("GET", "/api/status").json["totals"] == counted, "the late answer changed something"
    assert [request.id for request in receiver.requests(f"/{number}")][before:] == [id, id]
    event = first.admin("GET", f"/api/events/{id}").json
    assert [each["status"] for each in event["deliveries"]] == ["delivered"]
    first.accept({"type": f"n{number}.z", "data": 2})
    receiver.wait_for(before + 3, f"/{number}")


def test_a_daemon_that_slept_past_its_lease_under_load_comes_back(new_fleet, receiver, auditor):
    fleet = new_fleet(concurrency=1)
    first, second = fleet.start("a", "b")
    load = Spread([first], auditor, connections=4).start()
    load.wait_for(100)
    second.signal(signal.SIGSTOP)
    try:
        until(lambda: is_even(first, 1), "the other has all")
    finally:
        second.signal(signal.SIGCONT)
    until(lambda: fleet.is_even([first, second]), "it has its share again")
    load.wait_for(load.count(202) + 100)
    load.stop()
    auditor.wait_until_received(receiver, LONG)
    counts = auditor.check(receiver)
    assert sum(count - 1 for count in counts.values()) <= ENDPOINTS, "more came twice than was in flight"
    until(lambda: totals_add_up(first), "each is counted once")


def test_a_rolling_restart_under_load_loses_and_doubles_nothing(new_fleet, receiver, auditor):
    fleet = new_fleet(lease=NOBODY_WAITS_FOR_IT)
    daemons = fleet.start("a", "b", "c")
    slowly(receiver)
    load = Spread(daemons, auditor, connections=6).start()
    load.wait_for(200)
    restart_in_turn(fleet, daemons, load)
    all_came_once(receiver, auditor, load)
    until(lambda: totals_add_up(daemons[0]), "each is counted once")


def test_what_is_in_flight_is_waited_for_before_a_partition_moves(new_fleet, new_daemon, receiver):
    fleet = new_fleet(lease=NOBODY_WAITS_FOR_IT)
    first, = fleet.start("a")
    gate = threading.Event()
    for number in range(ENDPOINTS):
        receiver.script(f"/{number}", then=hold(gate))
        first.accept({"type": f"n{number}.x", "data": number})
    receiver.wait_for(ENDPOINTS)
    second = new_daemon(first.config_file.read_text(), name="b").start()
    until(lambda: sorted(row["this"] for row in rows(second).values()) == [False, True]
          and sum(row["partitions"] for row in rows(second).values()) == PARTITIONS, "both are there")
    held = sum(row["partitions"] for row in rows(first).values() if row["this"])
    gate.set()
    until(lambda: fleet.is_even([first, second]), "two share evenly")
    assert held > PARTITIONS // 2, "what had work in flight had not moved"
    assert len(receiver.requests()) == ENDPOINTS


def test_a_different_configuration_is_told(new_fleet):
    fleet = new_fleet()
    first, = fleet.start("a")
    config = {"webhooks": fleet.endpoints, "redis": fleet.redis, "limits": {"max_batch_events": 7}}
    second = fleet.make_daemon(config, name="b").start()
    first.wait_for("another daemon has a different configuration")
    second.wait_for("another daemon has a different configuration")
    until(lambda: len({row["config_hash"] for row in rows(first).values()}) == 2, "the hashes are shown")
