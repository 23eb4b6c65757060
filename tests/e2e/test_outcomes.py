"""What receivers answer, and what becomes of the delivery."""

import gzip
import threading
import time

import pytest

from harness.behaviours import answer, drop, hold, raw, repeat, reset, silence
from harness.redis_server import free_port
from harness.settings import endpoint, retries, webhooks
from harness.waiting import LONG, until

FAST = retries(0.05, 0.05, 0.05)


def post_one(daemon):
    """Posts one event and gives its id."""
    return daemon.accept({"type": "a", "data": {"n": 1}})["id"]


def test_a_500_is_retried_after_its_delay_until_the_200(receiver, start_daemon):
    receiver.script("/hook", answer(500), answer(500), then=answer(200, body=b"thanks"))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.3, 0.5))))
    post_one(daemon)
    times = [r.at for r in receiver.wait_for(3)]
    assert times[1] - times[0] >= 0.29 and times[2] - times[1] >= 0.49
    lines = daemon.attempts(3)
    assert [(line["attempt"], line["status"], line["outcome"]) for line in lines] == [
        (1, 500, "retry"), (2, 500, "retry"), (3, 200, "delivered")]
    assert [line["retry_in_ms"] for line in lines[:2]] == [300, 500]
    daemon.wait_metric("webhook_retries_total", 2, endpoint="hook")
    daemon.wait_metric("webhook_deliveries_total", 2, endpoint="hook", event_type="a", status="server_error")
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="hook", event_type="a", status="success")


def test_jitter_only_lengthens_a_delay_by_up_to_half(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry={"schedule": [{"delay_seconds": 0.2}] * 5})))
    post_one(daemon)
    delays = [line["retry_in_ms"] for line in daemon.attempts(5, outcome="retry")]
    assert all(200 <= delay <= 300 for delay in delays)
    assert len(set(delays)) > 1


def test_an_exponential_schedule_doubles_up_to_its_cap(receiver, start_daemon):
    receiver.script("/hook", then=answer(503))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry={
        "max_attempts": 4, "initial_delay_seconds": 0.1, "backoff_multiplier": 2, "max_delay_seconds": 0.3,
        "jitter": False})))
    post_one(daemon)
    daemon.wait_for("attempt", outcome="dead", reason="attempts_exhausted", attempt=5)
    assert [line["retry_in_ms"] for line in daemon.attempts(4, outcome="retry")] == [100, 200, 300, 300]
    assert len(receiver.requests()) == 5


def test_retry_after_in_seconds_is_a_lower_bound_for_the_next_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(429, [("Retry-After", "2")]))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    first, second = receiver.wait_for(2)
    assert second.at - first.at >= 1.99
    daemon.wait_for("attempt", outcome="delivered", attempt=2)


# The three forms of RFC 9110, section 5.6.7.
DATE_FORMS = {"IMF-fixdate": "%a, %d %b %Y %H:%M:%S GMT", "RFC 850": "%A, %d-%b-%y %H:%M:%S GMT",
              "asctime": "%a %b %e %H:%M:%S %Y"}


@pytest.mark.parametrize("form", DATE_FORMS)
def test_retry_after_as_a_date_is_a_lower_bound_for_the_next_attempt(receiver, start_daemon, form):
    dates = []

    def refuse_for_three_seconds(exchange):
        dates.append(int(time.time()) + 3)
        date = time.strftime(DATE_FORMS[form], time.gmtime(dates[0]))
        return answer(503, [("Retry-After", date)])(exchange)
    receiver.script("/hook", refuse_for_three_seconds)
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    second = receiver.wait_for(2)[1]
    assert int(second.header("webhook-timestamp")) >= dates[0]
    daemon.wait_for("attempt", outcome="delivered", attempt=2)


def test_a_retry_after_shorter_than_the_schedule_does_not_hurry_it(receiver, start_daemon):
    receiver.script("/hook", answer(503, [("Retry-After", "0")]))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.5))))
    post_one(daemon)
    first, second = receiver.wait_for(2)
    assert second.at - first.at >= 0.49


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 422, 451])
def test_a_terminal_status_is_dead_at_once(receiver, start_daemon, status):
    receiver.script("/hook", then=answer(status))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    id = post_one(daemon)
    line = daemon.wait_for("attempt")
    assert (line["event_id"], line["status"], line["outcome"], line["reason"]) == (id, status, "dead", "terminal_status")
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="hook", reason="terminal_status")
    daemon.wait_metric("webhook_dead_letters", 1, endpoint="hook")
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="hook", status="client_error")
    assert len(receiver.requests()) == 1


def test_a_410_is_dead_with_the_reason_gone(receiver, start_daemon):
    receiver.script("/hook", then=answer(410))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    daemon.wait_for("attempt", outcome="dead", reason="gone", status=410)
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="hook", reason="gone")
    assert len(receiver.requests()) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_a_retryable_status_is_retried(receiver, start_daemon, status):
    receiver.script("/hook", answer(status))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    daemon.wait_for("attempt", outcome="retry", status=status)
    daemon.wait_for("attempt", outcome="delivered", attempt=2)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_delivered(receiver, start_daemon, status):
    receiver.script("/hook", then=answer(status))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    assert daemon.wait_for("attempt", status=status)["outcome"] == "delivered"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_and_is_retried(receiver, new_receiver, start_daemon, status):
    other = new_receiver()
    receiver.script("/hook", answer(status, [("Location", other.url("/stolen"))]))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    daemon.wait_for("attempt", outcome="retry", status=status)
    daemon.wait_for("attempt", outcome="delivered", attempt=2)
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="hook", status="client_error")
    assert other.connections == 0


def test_an_endpoints_own_lists_of_statuses_rule(receiver, start_daemon):
    receiver.script("/hook", answer(404), then=answer(503))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(
        0.05, 0.05, retryable_status_codes=[404], terminal_status_codes=[503]))))
    post_one(daemon)
    daemon.wait_for("attempt", status=404, outcome="retry")
    daemon.wait_for("attempt", status=503, outcome="dead", reason="terminal_status")


def test_an_exhausted_schedule_is_dead_with_all_attempts_counted(receiver, start_daemon):
    receiver.script("/hook", then=answer(500, body=b"broken"))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST)))
    post_one(daemon)
    line = daemon.wait_for("attempt", outcome="dead")
    assert (line["attempt"], line["reason"]) == (4, "attempts_exhausted")
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="hook", reason="attempts_exhausted")
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    assert len(receiver.requests()) == 4


def test_a_delivery_older_than_max_age_expires(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(*[0.2] * 50, max_age_seconds=1))))
    post_one(daemon)
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="hook", reason="expired")
    # It may end with its last attempt, or when it came due too late; the log says which.
    ended = until(lambda: daemon.matching("attempt", outcome="dead") + daemon.matching("delivery dead"), "a log line")
    assert [line["reason"] for line in ended] == ["expired"]
    assert len(receiver.requests()) <= 6


def test_a_silent_receiver_is_timed_out_and_retried(receiver, start_daemon):
    receiver.script("/hook", silence())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST, timeout={"read_seconds": 1})))
    post_one(daemon)
    line = daemon.wait_for("attempt", outcome="retry")
    assert line["status"] == 0 and line["error"] and 950 <= line["duration_ms"] < 1000 * LONG
    daemon.wait_for("attempt", outcome="delivered", attempt=2)
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="hook", status="timeout")


def test_a_refused_connection_is_retried(new_receiver, start_daemon):
    port = free_port()
    daemon = start_daemon(webhooks(endpoint(f"http://127.0.0.1:{port}/hook", retry=retries(*[0.1] * 100))))
    post_one(daemon)
    line = daemon.wait_for("attempt", outcome="retry")
    assert line["status"] == 0 and line["error"]
    assert daemon.metrics().sum("webhook_deliveries_total", endpoint="hook", status="connection_error") >= 1
    new_receiver(port=port).wait_for(1)
    daemon.wait_for("attempt", outcome="delivered")


def test_a_name_that_does_not_resolve_is_retried(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint("https://no-such-name.invalid/hook", "lost", retry=FAST,
                                            timeout={"connect_seconds": 1}),
                                   endpoint(receiver.url())))
    daemon.accept({"type": "a", "data": 1})
    line = daemon.wait_for("attempt", endpoint="lost")
    assert line["outcome"] == "retry" and line["status"] == 0 and line["error"]
    daemon.wait_for("attempt", endpoint="hook", outcome="delivered")


# -- receivers that misbehave --------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(64 * 1024 * 1024))  # 64 KiB that would be 64 MiB
# Each is a complete, well-formed header block with 2xx: delivered, whatever the body does.
ODD_BUT_DELIVERED = {
    "a body cut short": raw(OK + b"Content-Length: 100\r\n\r\nshort"),
    "a body without a length": raw(OK + b"\r\nuntil the end"),
    "an endless body": repeat(b"x" * 4096, first=OK + b"\r\n"),
    "a gigantic announced body": raw(OK + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 70000),
    "a dripping body": repeat(b"x", pause=0.05, first=OK + b"Content-Length: 1000000\r\n\r\n"),
    "a chunked body": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", then_close=False),
    "a broken chunk": raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
    "HTTP/1.0": raw(b"HTTP/1.0 200 OK\r\n\r\nbody"),
    "interim responses": raw(b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * 3 + b"HTTP/1.1 204 No Content\r\n\r\n", then_close=False),
    "gzip that nobody asked for": raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\xff\xff", then_close=False),
    "a gzip bomb": raw(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
    "a reset in the body": reset(OK + b"Content-Length: 100\r\n\r\nshort"),
    "a reset after the answer": reset(OK + b"Content-Length: 2\r\n\r\nok"),
    "more than was announced": raw(OK + b"Content-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\n\r\n", then_close=False),
}
# None gives a complete header block: retried.
BROKEN = {
    "closes without a byte": drop(), "resets": reset(), "no HTTP": raw(b"220 mail.example.org ESMTP\r\n"),
    "resets in the header": reset(b"HTTP/1.1 200 OK\r\nContent-"),
    "half a header": raw(b"HTTP/1.1 200 OK\r\nContent-"), "endless headers": repeat(b"X: y\r\n" * 100, first=OK),
    "one endless header": repeat(b"y" * 1000, first=OK + b"X: "), "a wrong version": raw(b"HTTP/9.9 200 OK\r\n\r\n"),
    "a status that is no number": raw(b"HTTP/1.1 2x0 OK\r\n\r\n"),
    "more than eight interim responses": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + OK + b"Content-Length: 0\r\n\r\n"),
    "endless interim responses": repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "dripping headers": repeat(b"X", pause=0.05, first=OK),
}


@pytest.mark.parametrize("name", ODD_BUT_DELIVERED)
def test_a_2xx_header_block_is_delivered_whatever_follows_it(receiver, start_daemon, name):
    receiver.script("/hook", ODD_BUT_DELIVERED[name])
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST, concurrency=1, timeout={"read_seconds": 2})))
    post_one(daemon)
    line = daemon.wait_for("attempt")
    assert line["outcome"] == "delivered" and line["attempt"] == 1
    daemon.accept({"type": "next", "data": 1})
    daemon.wait_for("attempt", event_type="next", outcome="delivered", attempt=1)
    assert len(receiver.requests()) == 2
    if "chunked" not in name and "interim" not in name and "gzip" not in name:
        assert len({r.connection for r in receiver.requests()}) == 2, "the odd connection was used again"


@pytest.mark.parametrize("name", BROKEN)
def test_a_response_that_is_none_is_retried_and_its_connection_not_used_again(receiver, start_daemon, name):
    receiver.script("/hook", BROKEN[name])
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST, timeout={"read_seconds": 1})))
    post_one(daemon)
    line = daemon.wait_for("attempt")
    assert line["outcome"] == "retry" and line["status"] == 0 and line["error"]
    daemon.wait_for("attempt", outcome="delivered", attempt=2)
    first, second = receiver.requests()
    assert first.connection != second.connection


def test_a_kept_alive_connection_that_dies_is_replaced_within_the_same_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(204), drop())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=1)))
    daemon.accept({"type": "first", "data": 1})
    daemon.wait_for("attempt", event_type="first", outcome="delivered")
    daemon.accept({"type": "second", "data": 1})
    line = daemon.wait_for("attempt", event_type="second")
    assert line["outcome"] == "delivered" and line["attempt"] == 1
    assert [r.header("postrider-attempt") for r in receiver.wait_for(3)] == ["1", "1", "1"]


@pytest.mark.parametrize("fault", ["expired", "wrong name", "foreign authority"])
def test_a_certificate_that_does_not_verify_gets_no_byte_of_http(
        authority, other_authority, new_receiver, start_daemon, fault):
    contexts = {"expired": lambda: authority.server_context("expired", days=-1),
                "wrong name": lambda: authority.server_context("wrong", names=("DNS:other.example.org",)),
                "foreign authority": lambda: other_authority.server_context("foreign")}
    receiver = new_receiver(tls=contexts[fault]())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=FAST, tls={"ca_file": str(authority.certificate)})))
    post_one(daemon)
    line = daemon.wait_for("attempt", outcome="dead")
    assert line["status"] == 0 and line["error"] and line["attempt"] == 4
    assert receiver.requests() == [] and receiver.connections >= 1
    daemon.wait_metric("webhook_deliveries_total", 4, endpoint="hook", status="connection_error")


def test_a_receiver_that_stalls_in_the_handshake_is_cut_at_connect_seconds(receiver, start_daemon):
    # A plain receiver under https: its socket accepts and waits for a request that never comes.
    receiver.script("/hook", silence())
    url = receiver.url().replace("http:", "https:")
    daemon = start_daemon(webhooks(endpoint(url, retry=FAST, timeout={"connect_seconds": 0.5, "read_seconds": 50})))
    post_one(daemon)
    line = daemon.wait_for("attempt")
    assert line["outcome"] == "retry" and line["duration_ms"] < 30_000, "read_seconds is longer"


# -- one endpoint and the others -----------------------------------------------------------------

def test_a_hanging_receiver_does_not_delay_another_endpoint(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/slow", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/slow"), "slow", concurrency=4),
                                   endpoint(receiver.url("/good"), "good")))
    client = daemon.client()
    for number in range(100):
        assert client.post({"type": "a", "id": f"e{number}", "data": number}).json["deliveries"] == 2
    good = receiver.wait_for(100, "/good")  # the gate is still shut
    assert len({r.id for r in good}) == 100
    assert len(receiver.requests("/slow")) == 4
    gate.set()
    assert len({r.id for r in receiver.wait_for(100, "/slow")}) == 100
    daemon.attempts(200, outcome="delivered")


@pytest.mark.parametrize("concurrency", [1, 3, 32])
def test_never_more_than_concurrency_requests_are_in_flight(receiver, start_daemon, concurrency):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=concurrency)))
    daemon.accept_all({"type": "a", "id": f"e{n}", "data": n} for n in range(100))
    receiver.wait_for(concurrency)
    daemon.wait_metric("webhook_in_flight", concurrency, endpoint="hook")
    assert len(receiver.requests()) == concurrency
    gate.set()
    daemon.attempts(100, outcome="delivered")
    assert receiver.peak["/hook"] == concurrency
    daemon.wait_metric("webhook_in_flight", 0, endpoint="hook")


def test_a_disabled_endpoint_is_held_and_gets_its_events_when_it_is_enabled(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), enabled=False), endpoint(receiver.url("/other"), "other")))
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(1, "/other")
    assert receiver.requests("/hook") == []
    daemon.write_config(webhooks(endpoint(receiver.url()), endpoint(receiver.url("/other"), "other")))
    assert receiver.wait_for(1, "/hook")[0].id == id


# -- what may not be connected to ----------------------------------------------------------------

def test_a_private_address_is_refused_without_the_switch(receiver, start_daemon):
    settings = endpoint(receiver.url(), retry=FAST)
    del settings["allow_private_network"]
    daemon = start_daemon(webhooks(settings, egress={"allow_ports": [receiver.port]}))
    daemon.accept({"type": "a", "data": 1})
    line = daemon.wait_for("attempt", outcome="dead")
    assert line["status"] == 0 and line["attempt"] == 4 and line["error"]
    daemon.wait_metric("webhook_deliveries_total", 4, endpoint="hook", status="blocked")
    daemon.wait_metric("webhook_egress_blocked_total", 4)
    assert receiver.connections == 0


def test_a_network_that_was_allowed_by_cidr_is_reached(receiver, start_daemon):
    settings = endpoint(receiver.url(), allow_cidrs=["127.0.0.0/8"])
    del settings["allow_private_network"]
    daemon = start_daemon(webhooks(settings, egress={"allow_ports": [receiver.port]}))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_the_daemons_own_listeners_are_never_reached(start_daemon, receiver, host):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    own = f"http://{host}:{daemon.ingest_address.rpartition(':')[2]}/api/events"
    daemon.write_config(webhooks(endpoint(own, retry=FAST,
                                          allow_cidrs=["127.0.0.0/8", "0.0.0.0/32", "::ffff:127.0.0.1/128"])))
    daemon.wait_for("configuration reloaded")
    daemon.accept({"type": "a", "data": 1})
    line = daemon.wait_for("attempt", outcome="dead", attempt=4)
    assert line["status"] == 0, "our own listener answered"
    metrics = daemon.metrics()
    in_doubt = metrics.sum("webhook_events_total", result="unavailable")
    assert metrics.sum("webhook_events_total") - in_doubt == 1, "our own intake was reached"
    if host != "localhost":  # ::1 is another address: allowed, and refused by the kernel
        assert metrics.sum("webhook_egress_blocked_total") == 4


@pytest.mark.parametrize("address", ["169.254.169.254", "[fe80::1]", "168.63.129.16", "[::ffff:169.254.169.254]"])
def test_link_local_and_metadata_addresses_are_refused_even_with_the_switch(start_daemon, address):
    daemon = start_daemon(webhooks(endpoint(f"http://{address}:80/latest", retry=FAST, timeout={"connect_seconds": 1})))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt")
    assert daemon.metrics().sum("webhook_deliveries_total", endpoint="hook", status="blocked") >= 1
