"""The instruments themselves: a ledger that misses nothing, a gate and a shim that do what they say."""

import os
import socket
import subprocess
import time
from dataclasses import dataclass, field

import pytest

from harness.waiting import until
from injection.ledger import Ledger

BODY = b'{"id":"e1","type":"a","timestamp":"t","data":1}'


@dataclass
class Came:
    id: str = "e1"
    attempt: int = 1
    body: bytes = BODY
    path: str = "/hook"
    fields: dict = field(default_factory=dict)

    def header(self, name):
        return str(self.attempt)


def offered(ids=("e1",), key=None, **options):
    ledger = Ledger(**{"retry_delay": 60, **options})
    for id in ids:
        ledger.offer(id, b"1", key)
        ledger.accept(id)
    return ledger


def body_of(id):
    return BODY.replace(b"e1", id.encode())


def deliver(ledger, outcome="delivered", **came):
    ledger.end(ledger.begin(Came(**came)), outcome)


# `new` makes the ledger that is looked at afterwards.
BREACHES = {
    "nobody offered it": lambda new: deliver(new(()), id="e9"),
    "other data": lambda new: deliver(new(), body=BODY.replace(b":1}", b":2}")),
    "another id in the body": lambda new: deliver(new(), body=body_of("e2")),
    "it came again": lambda new: [deliver(ledger := new()), deliver(ledger, attempt=2)],
    "a retry came early": lambda new: [deliver(ledger := new(), "retry"), deliver(ledger, attempt=2)],
    "an attempt was left out": lambda new: [deliver(ledger := new(retry_delay=0), "retry"), deliver(ledger, attempt=3)],
    "it began with the second attempt": lambda new: deliver(new(), attempt=2),
    "the body changed": lambda new: [deliver(ledger := new(retry_delay=0), "retry"),
                                     deliver(ledger, attempt=2, body=BODY.replace(b'"t"', b'"u"'))],
    "too much in flight": lambda new: [(ledger := new(("e1", "e2"), concurrency={"/hook": 1})).begin(Came()),
                                       ledger.begin(Came(id="e2", body=body_of("e2")))],
    "a key in flight twice": lambda new: [(ledger := new(("e1", "e2"), key="k")).begin(Came()),
                                          ledger.begin(Came(id="e2", body=body_of("e2")))],
    "one of a key overtook another": lambda new: deliver(new(("e1", "e2"), key="k"), id="e2", body=body_of("e2")),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_the_ledger_sees_a_breach(breach):
    ledgers = []

    def new(*arguments, **options):
        ledgers.append(offered(*arguments, **options))
        return ledgers[0]
    BREACHES[breach](new)
    assert ledgers[0].violations


def test_the_ledger_finds_nothing_in_a_clean_run():
    ledger = offered(("e1", "e2"), key="k", retry_delay=0)
    deliver(ledger, "retry")
    deliver(ledger, attempt=2)
    deliver(ledger, "dead", id="e2", body=body_of("e2"))
    ledger.wait_settled(0)
    ledger.check({"e2"})
    assert (ledger.duplicates, ledger.early) == (0, 0)


def test_a_fault_explains_a_second_copy_and_only_what_it_overlaps():
    ledger = offered()
    deliver(ledger)
    with ledger.fault("kill"):
        pass
    deliver(ledger, attempt=2)
    assert ledger.duplicates == 1 and not ledger.violations
    deliver(ledger, attempt=3)
    assert ledger.violations


@pytest.mark.parametrize("letters", [set(), {"e1", "e2"}])
def test_dead_letters_that_do_not_fit_are_a_breach(letters):
    ledger = offered(("e1", "e2"))
    deliver(ledger, "dead")
    deliver(ledger, id="e2", body=body_of("e2"))
    with pytest.raises(AssertionError):
        ledger.check(letters)


def test_what_was_accepted_and_never_came_is_missed():
    with pytest.raises(AssertionError, match="did not end"):
        offered().wait_settled(0)


# -- the gate ------------------------------------------------------------------------------------
@pytest.fixture
def gate(new_redis, new_gate):
    return new_gate(new_redis().start())


@pytest.fixture
def line(gate):
    with socket.create_connection(("127.0.0.1", gate.port), timeout=5) as connection:
        yield connection


def ask(line, question=b"PING\r\n", answer=b"+PONG\r\n"):
    begun = time.monotonic()
    line.sendall(question)
    got = b""
    while len(got) < len(answer):
        piece = line.recv(100)
        if not piece:
            break
        got += piece
    assert got == answer
    return time.monotonic() - begun


def test_an_open_gate_hands_on(line):
    ask(line)


def test_a_delay_holds_in_both_directions(gate, line):
    gate.delay = 0.1
    assert ask(line) >= 0.2


def test_a_dripping_gate_hands_on_every_byte(gate, line):
    gate.drip = True
    ask(line, b"ECHO 12345678\r\n", b"$8\r\n12345678\r\n")


def test_a_cut_is_a_reset(gate, line):
    ask(line)
    gate.close_off()
    with pytest.raises(ConnectionResetError):
        line.recv(1)
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", gate.port), timeout=5) as other:
        other.recv(1)


def test_a_silent_gate_swallows_and_the_connection_stays_silent(gate, line):
    ask(line)
    gate.fall_silent()
    line.settimeout(0.3)
    line.sendall(b"PING\r\n")
    with pytest.raises(TimeoutError):
        line.recv(1)
    gate.reopen()
    line.sendall(b"PING\r\n")
    with pytest.raises(TimeoutError):
        line.recv(1)


def test_a_reply_is_cut_at_its_byte(gate, line):
    gate.cut_in_reply(3)
    line.sendall(b"PING\r\n")
    assert line.recv(3) == b"+PO"
    with pytest.raises(ConnectionResetError):
        line.recv(1)
    until(lambda: gate.cuts_in_replies == 1, "the cut is counted")


# -- the shim ------------------------------------------------------------------------------------
def run_with(shim, *command):
    return subprocess.run(command, env={**os.environ, **shim.env}, capture_output=True, text=True)


def test_a_clock_that_is_ahead(new_shim):
    shim = new_shim()
    shim.clock_ahead(-3600)
    told = float(run_with(shim, "date", "+%s").stdout)
    assert abs(told - (time.time() - 3600)) < 5


def test_a_slow_disk_and_a_full_one(new_shim, tmp_path):
    shim = new_shim()
    shim.slow_syncs(200)
    begun = time.monotonic()
    assert run_with(shim, "dd", "if=/dev/zero", f"of={tmp_path}/f", "bs=1", "count=1", "conv=fsync").returncode == 0
    assert time.monotonic() - begun >= 0.2
    shim.fill_disk()
    full = run_with(shim, "dd", "if=/dev/zero", f"of={tmp_path}/g", "bs=1", "count=1")
    assert full.returncode != 0 and "No space left" in full.stderr
