"""Daemons that are killed or stopped at random moments under load."""

from harness.waiting import BUSY, SCALE
from injection.form import KILLS, random_moment
from injection.traffic import CONCURRENCY, KINDS, Traffic, finish

IN_FLIGHT = CONCURRENCY * len(set(KINDS))
GRACE = 10 * max(1, SCALE)


def test_kill_9_of_the_daemon_at_random_moments_loses_nothing(start_daemon, field, ledger, measured):
    daemon = start_daemon(field())
    traffic = Traffic([daemon], ledger).start()
    for _ in range(KILLS):
        random_moment(traffic)
        with ledger.fault("kill -9"):
            daemon.kill9()
            daemon.start()
    traffic.wait_for_more(50)
    figures = measured(finish(traffic, ledger, [daemon]))
    assert figures["duplicates"] + figures["early"] <= KILLS * IN_FLIGHT, "more than was in flight at the kills"
    assert figures["recovery_seconds"]


def test_kill_9_of_one_of_two_daemons_at_random_moments_loses_nothing(start_daemon, field, ledger, new_redis, measured):
    redis = new_redis().start()
    lease = 2
    config = field(redis={"url": redis.url(), "lease_seconds": lease, "partitions": 16})
    daemons = [start_daemon(config, name=name) for name in ("one", "two")]
    traffic = Traffic(daemons, ledger).start()
    for number in range(max(2, KILLS // 3)):
        random_moment(traffic)
        with ledger.fault("kill -9"):
            daemons[number % 2].kill9()
            daemons[number % 2].start()
    traffic.wait_for_more(50)
    figures = measured(finish(traffic, ledger, daemons))
    assert max(figures["recovery_seconds"]) < 3 * lease + 2 + BUSY


def test_sigterm_under_load_hands_everything_back_and_repeats_nothing(start_daemon, field, ledger, measured):
    # No fault is noted in the ledger: one early or repeated attempt is a violation.
    daemon = start_daemon(field())
    traffic = Traffic([daemon], ledger).start()
    for _ in range(3):
        random_moment(traffic)
        code, took = daemon.terminate()
        assert code == 0 and took < GRACE, daemon.tail()
        daemon.start()
    traffic.wait_for_more(50)
    assert measured(finish(traffic, ledger, [daemon]))["duplicates"] == 0
