"""A daemon that sleeps past its lease, and one whose clock jumps."""

import signal

import pytest

from harness.receiver import Receiver
from harness.settings import endpoint, webhooks
from harness.waiting import SCALE, until
from injection.form import random_moment
from injection.traffic import Traffic, finish

LEASE = 3  # a busy machine holds nobody up for as long
PARTITIONS = 8
HOUR = 3600


def owned(daemon):
    return daemon.metrics().sum("webhook_partitions_owned")


def test_a_daemon_that_slept_past_its_lease_changes_nothing(start_daemon, field, ledger, new_redis, measured):
    redis = new_redis().start()
    config = field(redis={"url": redis.url(), "lease_seconds": LEASE, "partitions": PARTITIONS})
    sleeper = start_daemon(config, name="sleeper")
    other = start_daemon(config, name="other")
    traffic = Traffic([other, sleeper], ledger).start()
    for _ in range(2):
        random_moment(traffic)
        with ledger.fault("SIGSTOP"):
            sleeper.signal(signal.SIGSTOP)
            traffic.daemons = [other]
            until(lambda: owned(other) == PARTITIONS, "the other daemon takes everything over")
            traffic.wait_for_more(50)
            sleeper.signal(signal.SIGCONT)
            until(lambda: sleeper.admin("GET", "/ready").status == 200, "the sleeper is ready again")
        traffic.daemons = [other, sleeper]
    traffic.wait_for_more(50)
    measured(finish(traffic, ledger, [other, sleeper]))
    until(lambda: owned(other) + owned(sleeper) == PARTITIONS, "each partition has one owner")


class SlowToGreet(Receiver):
    """Leaves its first connection at the door: the handshake goes on when it is told to."""

    left = None
    greeted = frozenset()

    def _take(self, plain):
        if self.left is None:
            with self.changed:
                self.left = plain
                self.changed.notify_all()
        else:
            super()._take(plain)

    def greet(self):
        number = self.connections + 1
        super()._take(self.left)
        return number

    def _serve_requests(self, connection, number):
        with self.changed:
            self.greeted |= {number}
            self.changed.notify_all()
        super()._serve_requests(connection, number)


@pytest.mark.parametrize("owner_again", [False, True], ids=["as_it_wakes", "once_it_is_the_owner_again"])
def test_what_a_daemon_slept_over_while_it_connected_does_not_go_out(new_daemon, new_redis, authority, closing, owner_again):
    receiver = SlowToGreet(tls=authority.server_context())
    closing.append(receiver)
    config = webhooks(endpoint(receiver.url(), tls={"ca_file": str(authority.certificate)},
                               timeout={"connect_seconds": 60}),
                      redis={"url": new_redis().start().url(), "lease_seconds": LEASE, "partitions": PARTITIONS})
    sleeper = new_daemon(config, name="sleeper").start()
    event = sleeper.accept({"type": "case.created", "data": {}})["id"]
    receiver.wait_until(lambda: receiver.left, "the sleeper connects")
    sleeper.signal(signal.SIGSTOP)
    other = new_daemon(config, name="other").start()
    request, = receiver.wait_for(1, id=event)
    assert request.header("postrider-attempt") == "2"
    if owner_again:
        sleeper.signal(signal.SIGCONT)
        until(lambda: owned(sleeper) + owned(other) == PARTITIONS and owned(sleeper), "the sleeper has its share again")
        other.terminate()
        until(lambda: owned(sleeper) == PARTITIONS, "the sleeper has everything again")
        number = receiver.greet()
    else:
        number = receiver.greet()
        sleeper.signal(signal.SIGCONT)
    receiver.wait_until(lambda: number in receiver.greeted, "the connection stands")
    sleeper.terminate()  # which waits for what is under way
    assert receiver.requests() == [request]


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_that_jumps_an_hour_harms_no_schedule(start_daemon, field, ledger, new_redis, new_shim, measured, jump):
    # No fault is noted: a retry that came early because of the clock is a violation, and one that came an hour late
    # would not be waited for.
    shim, redis = new_shim(), new_redis().start()
    daemon = start_daemon(field(redis={"url": redis.url(), "lease_seconds": 30}), env=shim.env)
    traffic = Traffic([daemon], ledger).start()
    for ahead in (jump, 0):
        random_moment(traffic)
        shim.clock_ahead(ahead)
        traffic.wait_for_more(100)
        stamp = daemon.wait_for("attempt", count=len(daemon.matching("attempt")) + 20)
    assert stamp
    figures = measured(finish(traffic, ledger, [daemon], limit=30 * SCALE))
    assert figures["duplicates"] == 0 and figures["early"] == 0
