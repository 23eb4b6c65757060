"""Names: which address is dialled, and what a name server that fails does to others."""

import pytest

from harness.behaviours import answer
from harness.dns_server import NXDOMAIN, SERVFAIL, SILENCE, DnsServer
from harness.settings import endpoint, retries, webhooks

FAST = retries(0.05, 0.05)


@pytest.fixture
def names(closing):
    def start(**table):
        server = DnsServer({name.replace("_", "."): answer for name, answer in table.items()})
        closing.append(server)
        return server
    return start


def without_switch(url, **more):
    settings = endpoint(url, **more)
    del settings["allow_private_network"]
    return settings


def test_a_name_is_resolved_by_the_configured_server_and_used_in_host_and_sni(
        authority, new_receiver, start_daemon, names):
    server = names(hooks_partner_com=["127.0.0.1"])
    receiver = new_receiver(tls=authority.server_context("partner", names=("DNS:hooks.partner.com",)))
    daemon = start_daemon(webhooks(endpoint(receiver.url(host="hooks.partner.com"),
                                            tls={"ca_file": str(authority.certificate)}),
                                   egress={"dns_servers": [server.address]}))
    daemon.accept({"type": "a", "data": 1})
    request, = receiver.wait_for(1)
    assert request.tls["sni"] == "hooks.partner.com"
    assert request.header("Host") == f"hooks.partner.com:{receiver.port}"
    assert set(server.asked) == {"hooks.partner.com"}, "no search domains"


def test_a_public_name_that_points_to_a_private_address_is_blocked(receiver, start_daemon, names):
    server = names(hooks_partner_com=["127.0.0.1"])
    daemon = start_daemon(webhooks(without_switch(receiver.url(host="hooks.partner.com"), retry=FAST),
                                   egress={"dns_servers": [server.address], "allow_ports": [receiver.port]}))
    daemon.accept({"type": "a", "data": 1})
    line = daemon.wait_for("attempt", outcome="dead", attempt=3)
    assert line["status"] == 0
    daemon.wait_metric("webhook_deliveries_total", 3, endpoint="hook", status="blocked")
    assert receiver.connections == 0


def test_of_several_addresses_only_an_allowed_one_is_dialled(receiver, start_daemon, names):
    """The allowed one has nobody listening; the denied one, where the receiver is, may not be tried instead."""
    server = names(hooks_partner_com=["127.0.0.1", "127.0.0.77"])
    daemon = start_daemon(webhooks(
        without_switch(receiver.url(host="hooks.partner.com"), retry=FAST, allow_cidrs=["127.0.0.77/32"]),
        egress={"dns_servers": [server.address], "allow_ports": [receiver.port]}))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", outcome="dead", attempt=3)
    daemon.wait_metric("webhook_deliveries_total", 3, endpoint="hook", status="connection_error")
    assert receiver.connections == 0


def test_a_dead_address_does_not_keep_a_living_one_from_being_reached(receiver, start_daemon, names):
    server = names(hooks_partner_com=["127.0.0.77", "127.0.0.1"])
    daemon = start_daemon(webhooks(endpoint(receiver.url(host="hooks.partner.com"), retry=retries(*[0.05] * 20)),
                                   egress={"dns_servers": [server.address]}))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", outcome="delivered")


@pytest.mark.parametrize("fault", [NXDOMAIN, SERVFAIL, SILENCE])
def test_a_name_server_that_fails_is_retried_and_hurts_no_other_endpoint(receiver, start_daemon, names, fault):
    server = names(lost_partner_com=fault, good_partner_com=["127.0.0.1"])
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/lost", host="lost.partner.com"), "lost", retry=FAST, timeout={"connect_seconds": 1},
                 circuit_breaker={"enabled": False}),
        endpoint(receiver.url("/good", host="good.partner.com"), "good"),
        endpoint(receiver.url("/literal"), "literal"), egress={"dns_servers": [server.address]}))
    client = daemon.client()
    for number in range(20):
        client.post({"type": "a", "id": f"e{number}", "data": number})
    daemon.attempts(20, endpoint="good", outcome="delivered")
    daemon.attempts(20, endpoint="literal", outcome="delivered")
    lines = daemon.attempts(20, endpoint="lost", outcome="dead")
    assert {line["reason"] for line in lines} == {"attempts_exhausted"}
    assert all(line["status"] == 0 and line["error"] for line in lines)
    statuses = ("connection_error", "timeout") if fault == SILENCE else ("connection_error",)
    counted = daemon.metrics()
    assert sum(counted.sum("webhook_deliveries_total", endpoint="lost", status=status) for status in statuses) == 60
    assert receiver.requests("/lost") == []


def test_answers_of_a_name_server_are_kept_for_their_time(receiver, start_daemon, names):
    server = names(hooks_partner_com=["127.0.0.1"])
    receiver.script("/hook", then=answer(204, [("Connection", "close")]))
    daemon = start_daemon(webhooks(endpoint(receiver.url(host="hooks.partner.com"), concurrency=1),
                                   egress={"dns_servers": [server.address]}))
    for number in range(10):
        daemon.accept({"type": "a", "data": number})
    daemon.attempts(10, outcome="delivered")
    assert receiver.connections == 10
    assert len(server.asked) <= 4, "one question for each kind of address, and room for a shard each"
