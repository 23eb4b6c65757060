"""The egress guard as an attacker meets it: hostile URLs and hostile names, on a network where every denied address
exists and answers, with a witness of every packet that is sent."""

import base64
import json
import socket
import threading

import pytest

from harness.acceptor import Acceptor
from harness.behaviours import answer
from harness.dns_server import NXDOMAIN, SERVFAIL, SILENCE, Alias, DnsServer, Forged, InTurn, Misplaced, Truncated
from harness.private_network import PrivateNetwork, Witness, may_be_made
from harness.receiver import Receiver
from harness.settings import SECRET, endpoint, retries, webhooks
from harness.waiting import until

OPERATOR, TENANT = "token-of-the-operator", "token-of-the-tenant-acme"
TOKENS = [{"name": "operator", "token": OPERATOR, "scopes": ["admin"]},
          {"name": "acme", "token": TENANT, "scopes": ["admin"], "tenant": "acme"}]
PUBLIC, PUBLIC6, LIE = "93.184.215.14", "2606:4700::1111", "93.184.215.66"
UNIFORM = "the destination is not allowed or has no address"

# Where an attacker would like to go, and what the guard calls it.
DENIED = {
    "0.0.0.0": "reserved", "0.1.2.3": "reserved", "10.0.0.1": "private", "100.64.0.1": "private",
    "100.100.100.200": "metadata", "127.0.0.1": "loopback", "127.0.0.2": "loopback", "127.255.255.254": "loopback",
    "169.254.1.1": "link_local", "169.254.169.254": "metadata", "168.63.129.16": "metadata", "172.16.0.1": "private",
    "172.31.255.254": "private", "192.0.0.1": "reserved", "192.0.0.192": "metadata", "192.0.2.1": "reserved",
    "192.88.99.1": "reserved", "192.168.0.1": "private", "198.18.0.1": "reserved", "198.51.100.1": "reserved",
    "203.0.113.1": "reserved", "224.0.0.1": "reserved", "240.0.0.1": "reserved", "255.255.255.255": "reserved",
    "::": "reserved", "::1": "loopback", "::2": "reserved", "100::1": "reserved", "fc00::1": "private",
    "fd00:ec2::254": "metadata", "fd20:ce::254": "metadata", "fe80::1": "link_local", "fec0::1": "private",
    "ff02::1": "reserved", "2001:db8::1": "reserved", "3fff::1": "reserved", "5f00::1": "reserved", "4000::1": "reserved",
    # IPv4 inside IPv6: compatible, mapped, SIIT, both kinds of NAT64, Teredo, 6to4.
    "::7f00:1": "reserved", "::ffff:127.0.0.1": "reserved", "::ffff:8.8.8.8": "reserved", "::ffff:0:7f00:1": "reserved",
    "64:ff9b::a9fe:a9fe": "reserved", "64:ff9b:1::a00:1": "reserved", "2001:0:7f00:1::": "reserved",
    "2002:a9fe:a9fe::1": "reserved",
}

# What parsers, browsers and libc have taken for something else than it looks.
HOSTILE_URLS = {
    "decimal": "https://2130706433/", "hexadecimal": "https://0x7f000001/", "hexadecimal parts": "https://0x7f.0.0.1/",
    "octal": "https://0177.0.0.1/", "leading zero": "https://010.0.0.1/", "short": "https://127.1/", "shorter": "https://1/",
    "three parts": "https://127.0.1/", "overflow": "https://256.256.256.256/", "five parts": "https://127.0.0.0.1/",
    "trailing dot": "https://127.0.0.1./", "trailing dot of a name": "https://hooks.partner.com./",
    "empty label": "https://hooks..partner.com/", "IDN digits": "https://①②⑦.0.0.1/", "IDN dot": "https://127。0。0。1/",
    "full width": "https://１２７.0.0.1/", "percent": "https://127%2e0%2e0%2e1/", "percent digits": "https://%31%32%37.0.0.1/",
    "user": "https://user@127.0.0.1/", "user that looks like the host": "https://hooks.partner.com@127.0.0.1/",
    "user with a password": "https://hooks.partner.com:443@127.0.0.1/", "two ats": "https://a@hooks.partner.com@127.0.0.1/",
    "backslash": "https://127.0.0.1\\@hooks.partner.com/", "backslash behind": "https://hooks.partner.com\\.127.0.0.1/",
    "fragment": "https://127.0.0.1#@hooks.partner.com/", "space": "https://127.0.0.1 hooks.partner.com/",
    "tab": "https://127.0.0.1\thooks.partner.com/", "line": "https://hooks.partner.com/\r\nHost: 127.0.0.1",
    "NUL": "https://hooks.partner.com\0.127.0.0.1/", "zone": "https://[fe80::1%25lo]/", "zone of loopback": "https://[::1%lo]/",
    "mapped": "https://[::ffff:127.0.0.1]/", "mapped in hexadecimal": "https://[::ffff:7f00:1]/", "IPv4 in brackets": "https://[127.0.0.1]/",
    "NAT64": "https://[64:ff9b::7f00:1]/", "6to4": "https://[2002:7f00:1::]/", "Teredo": "https://[2001:0:7f00:1::]/",
    "SIIT": "https://[::ffff:0:127.0.0.1]/", "unspecified": "https://[::]/", "loopback": "https://[::1]/", "this host": "https://0/",
    "localhost": "https://localhost/", "under localhost": "https://a.localhost/", "one label": "https://metadata/",
    "metadata by name": "https://metadata.google.internal/", "local": "https://printer.local/", "home": "https://nas.home.arpa/",
    "onion": "https://a.onion/", "localdomain": "https://localhost.localdomain/", "port": "https://hooks.partner.com:22/",
    "port of Redis": "https://hooks.partner.com:6379/", "port zero": "https://hooks.partner.com:0/", "plain": "http://hooks.partner.com/",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL", "file": "file:///etc/passwd", "no scheme": "//127.0.0.1/",
    "one slash": "https:/127.0.0.1/", "three slashes": "https:///127.0.0.1/", "metadata": "https://169.254.169.254/latest/",
    "azure": "https://168.63.129.16/", "empty": "", "too long": "https://hooks.partner.com/" + "a" * 2048,
}


@pytest.fixture
def network(closing):
    if not may_be_made():
        pytest.skip("a network of its own needs CAP_SYS_ADMIN and CAP_NET_ADMIN")
    network = PrivateNetwork()
    closing.append(network)
    return network


def started(closing, thing):
    closing.append(thing)
    return thing


def strict(url, id, **more):
    """Without any of the switches of the tests' usual endpoints."""
    return {"id": id, "url": url, "events": ["**"], "secret": SECRET, "tenant": "acme", "timeout": {"connect_seconds": 2},
            "retry": retries(30), **more}


def hostile_names():
    """Names, what they resolve to, and the reason that is to be seen; None: it is delivered to the public address."""
    table = {f"d{number}.partner.com": ([address], f"denied_{reason}")
             for number, (address, reason) in enumerate(DENIED.items())}
    inside = ["10.0.0.1", "169.254.169.254", "::1"]
    table |= {
        "all.partner.com": (list(DENIED)[:6] + ["::1", "fe80::1"], "denied_loopback"),
        "aaaa-only.partner.com": (["fd00:ec2::254"], "denied_metadata"),
        "alias.partner.com": (Alias("d7.partner.com"), "denied_loopback"),
        "alias-of-alias.partner.com": (Alias("alias.partner.com"), "denied_loopback"),
        "alias-of-localhost.partner.com": (Alias("localhost"), "denied_loopback"),
        "alias-of-itself.partner.com": (Alias("alias-of-itself.partner.com"), ""),
        "cut.partner.com": (Truncated(["10.0.0.1"]), "denied_private"),
        "missing.partner.com": (NXDOMAIN, ""), "empty.partner.com": ([], ""), "failing.partner.com": (SERVFAIL, ""),
        "silent.partner.com": (SILENCE, ""), "misplaced.partner.com": (Misplaced([LIE, "10.0.0.1"]), ""),
        "public.partner.com": ([PUBLIC], None), "public6.partner.com": ([PUBLIC6], None),
        "mixed.partner.com": (inside[:2] + [PUBLIC] + inside[2:], None),
        "public-alias.partner.com": (Alias("public.partner.com"), None),
        "public-cut.partner.com": (Truncated(["10.0.0.1", PUBLIC]), None),
        "huge.partner.com": (Truncated([PUBLIC] + [f"10.0.{n}.1" for n in range(250)]), None),
        "forged.partner.com": (Forged([PUBLIC], [LIE]), None),
    }
    table["localhost"] = (["127.0.0.1"], None)  # what the alias above would lead to
    return table


def test_no_packet_reaches_a_denied_address_whatever_urls_and_names_say(
        network, closing, authority, start_daemon):
    """SSRF: literals, rebinding, aliases, mixed, forged, cut and huge answers, for deliveries and for test deliveries."""
    table = hostile_names()
    names = started(closing, DnsServer({name: told for name, (told, _) in table.items()}
                                       | {"rebinding.partner.com": InTurn([PUBLIC], ["10.0.0.1"])}))
    receiver = started(closing, Receiver(
        tls=authority.server_context("egress", names=("DNS:*.partner.com",)), port=443, everywhere=True))
    receiver.script("/rebinding", answer(503, [("Connection", "close")]))
    hosts = {name.partition(".")[0]: name for name in table if name != "localhost"}
    literals = {f"l{number}": f"[{address}]" if ":" in address else address for number, address in enumerate(DENIED)}
    ca = {"tls": {"ca_file": str(authority.certificate)}}
    witness = started(closing, Witness())
    daemon = start_daemon(webhooks(
        *[strict(f"https://{host}/{id}", id, **ca) for id, host in (hosts | literals).items()],
        strict("https://rebinding.partner.com/rebinding", "rebinding", **{**ca, "retry": retries(1.2, 30)}),
        egress={"dns_servers": [names.address]}, access={"tokens": TOKENS}))

    for what, url in HOSTILE_URLS.items():
        made = daemon.admin("POST", "/api/webhooks", TENANT, body=json.dumps({"url": url, "events": ["x"]}).encode(),
                            headers={"Content-Type": "application/json"})
        assert made.status == 422, (what, url, made.body)

    daemon.accept({"type": "a", "data": 1, "tenant": "acme"}, token=OPERATOR)
    expected = {host: reason for host, (_, reason) in ((id, table[name]) for id, name in hosts.items())}
    expected |= {f"l{number}": f"denied_{reason}" for number, reason in enumerate(DENIED.values())}
    for id, reason in expected.items():
        line = daemon.wait_for("attempt", endpoint=id)
        assert (line["outcome"] == "delivered") == (reason is None), line
        if reason:
            assert line["error"] == f"the destination is not allowed: {reason}", line
    assert "no such name (NXDOMAIN)" in daemon.wait_for("attempt", endpoint="missing")["error"]

    first, second = daemon.attempts(2, endpoint="rebinding")
    assert (first["status"], second["status"]) == (503, 0)
    assert second["error"] == "the destination is not allowed: denied_private"
    assert names.asked.count("rebinding.partner.com") == 4, "one question of each kind for each connection"

    # The forgotten call: who tests an endpoint is no more than who posts an event.
    tested = ("d1", "l1", "alias")
    for id in tested:
        sent = daemon.admin("POST", "/api/webhooks/test", TENANT, body=json.dumps({"webhook_id": id}).encode(),
                            headers={"Content-Type": "application/json"})
        assert sent.status == 202, sent.body
        assert daemon.wait_for("test delivery", endpoint=id)["error"] == f"the destination is not allowed: {expected[id]}"

    blocked = [reason for reason in expected.values() if reason] + ["denied_private"] + [expected[id] for id in tested]
    for reason in set(blocked):
        daemon.wait_metric("webhook_egress_blocked_total", blocked.count(reason), OPERATOR, reason=reason)

    # A tenant who reads its records learns nothing about what lies inside, nor which names are there.
    for id in ("d2", "d9", "l2", "l9", "alias", "missing", "empty", "misplaced"):
        told = until(lambda: daemon.admin("GET", f"/api/webhooks/{id}/deliveries", TENANT).json["deliveries"], "a record")
        assert {row["error"] for row in told} == {UNIFORM}, (id, told)
        details = daemon.admin("GET", f"/api/deliveries/{told[0]['id']}", TENANT).body.decode()
        assert "denied_" not in details and "NXDOMAIN" not in details and UNIFORM in details

    dns = int(names.address.rpartition(":")[2])
    local = {dns} | {int(address.rpartition(":")[2]) for address in (daemon.ingest_address, daemon.admin_address)}
    until(lambda: (PUBLIC, 443) in witness.seen and (PUBLIC6, 443) in witness.seen, "the witness sees what is sent")
    for address, port in witness.seen:
        if address in ("127.0.0.1", "::1"):
            assert port not in (80, 443, 8080, 8443), "the receiver was reached by loopback"
        elif (address, port) not in ((PUBLIC, 443), (PUBLIC6, 443)):
            # What goes back to whoever sent from there.
            assert address in (PUBLIC, PUBLIC6) and port not in local, f"a packet went to {address} port {port}"
    assert {request.header("Host") for request in receiver.requests()} == {
        name for name, (_, reason) in table.items() if reason is None and name != "localhost"} | {"rebinding.partner.com"}


def test_the_daemon_and_its_redis_are_not_reached_by_any_address_of_the_machine(
        network, closing, start_daemon, new_redis):
    """SSRF into the daemon itself: a listener on 0.0.0.0 is reached by every address of every interface."""
    network.run("addr", "add", "10.77.0.1/32", "dev", "lo")
    network.run("addr", "add", "93.184.215.99/32", "dev", "lo")
    redis = new_redis().start()
    names = started(closing, DnsServer({"store.partner.com": ["127.0.0.1"], "own.partner.com": ["93.184.215.99"]}))
    config = {"listen": {"ingest": "127.0.0.1:0", "admin": "0.0.0.0:0"}, "access": {"tokens": TOKENS},
              "redis": {"url": f"redis://store.partner.com:{redis.port}"}, "egress": {"dns_servers": [names.address]}}
    daemon = start_daemon({**config, **webhooks()})
    admin = daemon.admin_address.rpartition(":")[2]
    daemon.admin_address = f"127.0.0.1:{admin}"

    def refused_at(id, url, reason, **more):
        daemon.write_config({**config, **webhooks(endpoint(
            url, id, tenant="acme", retry=retries(30), timeout={"connect_seconds": 2}, **more))})
        until(lambda: id in daemon.admin("GET", "/api/webhooks", OPERATOR).body.decode(), "the endpoint is known")
        daemon.accept({"type": "a", "data": 1, "tenant": "acme"}, token=OPERATOR)
        assert daemon.wait_for("attempt", endpoint=id)["error"] == f"the destination is not allowed: {reason}"

    everything = {"allow_cidrs": ["0.0.0.0/0", "::/0"]}
    refused_at("private", f"http://10.77.0.1:{admin}/", "denied_own_listener", **everything)
    refused_at("public", f"http://93.184.215.99:{admin}/", "denied_own_listener", **everything)
    refused_at("named", f"http://own.partner.com:{admin}/", "denied_own_listener", **everything)
    refused_at("redis", f"http://127.0.0.1:{redis.port}/", "denied_redis")
    refused_at("redis2", f"http://127.0.0.2:{redis.port}/", "denied_redis")
    refused_at("redis3", f"http://10.77.0.1:{redis.port}/", "denied_redis")
    network.run("addr", "add", "10.77.0.2/32", "dev", "lo")  # it came while the daemon ran
    refused_at("later", f"http://10.77.0.2:{admin}/", "denied_own_listener", **everything)


class Proxy:
    """A forward proxy that takes every destination for one port of loopback."""

    def __init__(self, port, to):
        self.to, self.asked = to, []
        self.acceptor = Acceptor(socket.create_server(("127.0.0.1", port)), self._take)

    def _take(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (byte := client.recv(1)):
                return client.close()
            head += byte
        self.asked.append(head.decode())
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server = socket.create_connection(("127.0.0.1", self.to))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    def close(self):
        self.acceptor.close()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def test_a_proxy_that_is_away_opens_no_circuit_and_its_password_is_shown_nowhere(
        authority, new_receiver, start_daemon, closing, directory):
    receiver = new_receiver(tls=authority.server_context("proxied", names=("DNS:hooks.partner.com",)))
    names = started(closing, DnsServer({"hooks.partner.com": [PUBLIC]}))
    with socket.socket() as nobody:  # bound and not listening: the port stays free for the proxy
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        (directory / "proxy").write_text(f"http://courier:hush-hush@127.0.0.1:{port}\n")
        daemon = start_daemon(webhooks(
            strict("https://hooks.partner.com/hook", "hook", tenant="default", tls={"ca_file": str(authority.certificate)},
                   retry=retries(*[0.05] * 12, 0.3, 0.3, 0.3, 1, 1, 1, 1, 1)),
            egress={"dns_servers": [names.address], "proxy": f"file:{directory / 'proxy'}"}))
        daemon.accept({"type": "a", "data": 1})
        lines = daemon.attempts(10, endpoint="hook", outcome="retry")
    assert {line["error"] for line in lines} == {
        f"the egress proxy 127.0.0.1:{port}: connection refused by 127.0.0.1:{port}"}
    assert daemon.metrics().sum("webhook_circuit_state", endpoint="hook") == 0
    row, = until(lambda: daemon.admin("GET", "/api/webhooks/hook/deliveries").json["deliveries"], "a record")
    assert row["error"] == "no connection through the egress proxy"
    proxy = started(closing, Proxy(port, receiver.port))
    request, = receiver.wait_for(1)
    daemon.wait_for("attempt", outcome="delivered")
    assert request.tls["sni"] == "hooks.partner.com" and request.header("Proxy-Authorization") is None
    credentials = base64.b64encode(b"courier:hush-hush").decode()
    assert proxy.asked == [f"CONNECT {PUBLIC}:443 HTTP/1.1\r\nHost: {PUBLIC}:443\r\nProxy-Authorization: Basic {credentials}\r\n\r\n"]
    shown = json.dumps(daemon.lines) + daemon.admin("GET", "/metrics").body.decode() + "".join(daemon.noise)
    assert "hush-hush" not in shown and credentials not in shown
