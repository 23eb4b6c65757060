"""Who may talk to the daemon: TLS and its renewal, client certificates, allow-lists, rates and rotation of tokens."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.daemon import BINARY, ROOT
from harness.settings import endpoint, webhooks
from harness.waiting import LONG, until

TOKEN, FRESH, OPERATOR = "shop-token-0123456789", "shop-token-9876543210", "operator-token-0123456789"
EVENT = {"type": "a", "data": 1}


def token(name, value, scope, **more):
    return {"name": name, "token": value, "scopes": [scope], **more}


def install(pair, directory, name="server"):
    """Puts a certificate and its key where the configuration has them, each by a rename."""
    for source, target in zip(pair, (directory / f"{name}.crt", directory / f"{name}.key")):
        shutil.copy(source, target.with_suffix(".new"))
        target.with_suffix(".new").rename(target)


def tls_files(directory, **more):
    return {"cert_file": str(directory / "server.crt"), "key_file": str(directory / "server.key"), **more}


def shown_certificate(address):
    return ssl.get_server_certificate(tuple(address.rsplit(":", 1)))


def command(daemon, *arguments, scheme="https"):
    done = subprocess.run([BINARY, *map(str, arguments), "--url", f"{scheme}://{daemon.admin_address}"],
                          capture_output=True, timeout=LONG, env={"PATH": "/usr/bin:/bin"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_renewed_certificates_are_shown_at_once_and_no_connection_is_dropped(receiver, new_daemon, directory, authority):
    first, second = (authority.issue(name, "postrider") for name in ("first", "second"))
    install(first, directory)
    listener = {"address": "127.0.0.1:0", "tls": tls_files(directory)}
    daemon = new_daemon(webhooks(endpoint(receiver.url()), listen={"ingest": listener, "admin": listener})).start()
    tls = authority.client_context()
    kept, admin = daemon.client(tls=tls), daemon.client(tls=tls, listener="admin")
    assert kept.post(EVENT).status == 202
    assert admin.get("/").headers["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in kept.post(EVENT).headers, "a browser would keep to it for all of the host"
    local = kept.connection.sock.getsockname()

    install(second, directory)
    for name in ("ingest", "admin"):
        daemon.wait_for("certificate loaded", 2, listener=name)
    for address in (daemon.ingest_address, daemon.admin_address):
        until(lambda address=address: shown_certificate(address) == ssl.DER_cert_to_PEM_cert(
            ssl.PEM_cert_to_DER_cert(second[0].read_text())), "the renewed certificate is shown")
    assert kept.post(EVENT).status == 202 and kept.connection.sock.getsockname() == local

    # A key of another certificate changes nothing, and is told of everywhere.
    shutil.copy(first[1], directory / "server.key")
    daemon.wait_for("configuration rejected", cause="file")
    refused = admin.request("POST", "/api/config/reload")
    assert refused.status == 422
    assert any("does not belong to the certificate" in fault["message"] for fault in refused.json["errors"])
    checked = subprocess.run([BINARY, "check", daemon.config_file], capture_output=True)
    assert checked.returncode == 2 and b"does not belong to the certificate" in checked.stderr
    assert shown_certificate(daemon.ingest_address) == shown_certificate(daemon.admin_address)
    assert kept.post(EVENT).status == 202 and kept.connection.sock.getsockname() == local
    assert b"BEGIN" not in checked.stderr and not any("PRIVATE" in json.dumps(line) for line in daemon.lines)

    with socket.create_connection(daemon.ingest_address.rsplit(":", 1)) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        plain.settimeout(LONG)
        try:
            assert b"HTTP" not in plain.recv(4096)
        except ConnectionResetError:
            pass
    for client in (kept, admin):
        client.close()


def test_no_client_certificate_and_no_answer(receiver, new_daemon, directory, authority, other_authority):
    install(authority.issue("server", "postrider"), directory)
    shutil.copy(authority.certificate, directory / "clients.crt")
    own, foreign = authority.issue("ops", "ops"), other_authority.issue("ops", "ops")
    expired = authority.issue("expired", "ops", days=-1)
    daemon = new_daemon(webhooks(endpoint(receiver.url()), listen={
        "ingest": "127.0.0.1:0",
        "admin": {"address": "127.0.0.1:0", "tls": tls_files(directory, client_ca_file=str(directory / "clients.crt"))}}))
    daemon.start()
    trust = ("--ca-file", authority.certificate)
    code, out, error = command(daemon, "status", "--json", *trust, "--cert-file", own[0], "--key-file", own[1])
    assert code == 0 and json.loads(out)["version"], error
    for more in ((), ("--cert-file", foreign[0], "--key-file", foreign[1]),
                 ("--cert-file", expired[0], "--key-file", expired[1])):
        code, out, error = command(daemon, "status", *trust, *more)
        assert code == 1 and out == "" and error.count("\n") == 1, (out, error)
    assert command(daemon, "status", *trust, "--key-file", own[1])[0] == 2
    check = [ROOT / "docker/healthcheck"]
    shown = {"PATH": f"{os.path.dirname(BINARY)}:/usr/bin:/bin", "POSTRIDER_URL": f"https://{daemon.admin_address}",
             "POSTRIDER_CA_FILE": str(authority.certificate), "POSTRIDER_CERT_FILE": str(own[0])}
    assert subprocess.run(check, env={**shown, "POSTRIDER_KEY_FILE": str(own[1])}, timeout=LONG).returncode == 0
    assert subprocess.run(check, env={**shown, "POSTRIDER_CERT_FILE": ""}, timeout=LONG,
                          stderr=subprocess.DEVNULL).returncode == 1
    assert command(daemon, "status", scheme="http")[0] == 1

    inside = daemon.client(tls=authority.client_context(own), listener="admin")
    lines = inside.get("/metrics").body.decode().splitlines()
    assert 'webhook_connections_refused_total{listener="admin",reason="client_certificate"} 4' in lines

    # Who is trusted now decides for those who are in as well, after what they are at.
    shutil.copy(other_authority.certificate, directory / "clients.new")
    (directory / "clients.new").rename(directory / "clients.crt")
    daemon.wait_for("certificate loaded", 2, listener="admin")
    until(lambda: inside.connection is None or not answers(inside), "the connection has ended")
    with pytest.raises((ssl.SSLError, OSError)):
        daemon.client(tls=authority.client_context(own), listener="admin").get("/health")
    context = authority.client_context(foreign)
    assert daemon.client(tls=context, listener="admin").get("/health").status == 200


def answers(client):
    try:
        return client.get("/health").status == 200
    except OSError:
        return False


def test_a_peer_outside_the_allow_list_gets_no_byte(receiver, new_daemon):
    def config(*ranges):
        return webhooks(endpoint(receiver.url()), listen={
            "ingest": {"address": "127.0.0.1:0", "allow_cidrs": list(ranges)}, "admin": "127.0.0.1:0"})
    daemon = new_daemon(config("127.0.0.2/32")).start()
    began = time.monotonic()
    for _ in range(20):
        with daemon.raw() as raw:
            assert raw.is_closed_by_peer() and raw.buffer == b""
    daemon.wait_metric("webhook_connections_refused_total", 20, listener="ingest", reason="not_allowed")
    daemon.wait_for("connection refused", listener="ingest", reason="not_allowed")
    assert len(daemon.matching("connection refused")) <= 1 + (time.monotonic() - began)
    inside = daemon.client(source="127.0.0.2")
    assert inside.post(EVENT).status == 202

    daemon.write_config(config("127.0.0.1/32"))
    daemon.wait_for("configuration reloaded")
    assert daemon.accept(EVENT)
    until(lambda: not answers_event(inside), "who is off the list now has gone")


def answers_event(client):
    try:
        client.connection.request("POST", "/api/events", json.dumps(EVENT), {"Content-Type": "application/json"})
        return client.connection.getresponse().read() is not None
    except OSError:
        return False
    except Exception:  # the connection was closed between two requests
        return False


def test_a_token_is_rotated_under_traffic_without_a_401(receiver, new_daemon):
    def config(**of_token):
        return webhooks(endpoint(receiver.url()), access={"tokens": [
            token("shop", scope="ingest", **of_token), token("ops", OPERATOR, "admin")]})
    daemon = new_daemon(config(value=TOKEN)).start()
    in_use, statuses, stop = [TOKEN], [], threading.Event()

    def post():
        client = daemon.client()
        while not stop.is_set():
            value = in_use[0]
            statuses.append(client.post(EVENT, {"Authorization": f"Bearer {value}"}).status)
        client.close()
    with ThreadPoolExecutor(2) as pool:
        posting = [pool.submit(post) for _ in range(2)]
        try:
            for step, (change, value) in enumerate([({"value": FRESH, "previous_token": TOKEN}, TOKEN),
                                                    ({"value": FRESH, "previous_token": TOKEN}, FRESH),
                                                    ({"value": FRESH}, FRESH)]):
                daemon.write_config(config(**change))
                daemon.signal(signal.SIGHUP)
                daemon.wait_for("configuration reloaded", step + 1, cause="SIGHUP")
                before = len(statuses)
                in_use[0] = value
                until(lambda: len(statuses) > before + 20, "some more events")
        finally:
            stop.set()
        for one in posting:
            one.result(LONG)
    assert set(statuses) == {202}, sorted(set(statuses))
    assert daemon.post(EVENT, token=TOKEN).status == 401
    assert daemon.metrics(OPERATOR).sum("webhook_previous_token_requests_total", token="shop") > 0


def test_a_rate_holds_over_all_shards_and_a_batch_counts_its_events(receiver, new_daemon):
    rate, burst = 5, 10
    # Nobody wants these events: Redis is not asked about them, and no answer is in doubt and counts twice.
    daemon = new_daemon(webhooks(endpoint(receiver.url(), events=["b"]), access={"tokens": [
        token("shop", TOKEN, "ingest", rate_limit={"requests_per_second": rate, "burst": burst}),
        token("ops", OPERATOR, "admin")]})).start("--shards", "2")
    began = time.monotonic()

    def post(_):
        answer = daemon.post(EVENT, token=TOKEN)
        return answer, time.monotonic() - began
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(60)))
    lasted = max(at for _, at in answers)
    taken = [answer for answer, _ in answers if answer.status == 202]
    refused = [answer for answer, _ in answers if answer.status != 202]
    assert burst <= len(taken) <= burst + rate * lasted
    assert refused and {answer.status for answer in refused} == {429}
    assert all(answer.headers["retry-after"] == "1" and answer.json["code"] == "rate_limited" for answer in refused)
    daemon_metrics = daemon.metrics(OPERATOR)
    assert daemon_metrics.sum("webhook_rate_limited_requests_total", token="shop") == len(refused)

    def batch(size):
        return daemon.post([EVENT] * size, token=TOKEN, path="/api/events/batch")
    until(lambda: daemon.post(EVENT, token=TOKEN).status == 202, "the rate allows one again")
    got = until(lambda: (lambda got: got if got.status == 202 else None)(batch(4 * burst)), "the whole burst is there")
    assert len(got.json["results"]) == 4 * burst
    late = daemon.post(EVENT, token=TOKEN)
    assert late.status == 429 and int(late.headers["retry-after"]) >= 2, "what was taken beyond the burst is owed"
    assert daemon.admin("GET", "/api/status", OPERATOR).status == 200, "a token of its own"


def test_ten_thousand_half_open_handshakes_cost_what_max_connections_allows(receiver, new_daemon, directory, authority):
    install(authority.issue("server", "postrider"), directory)
    daemon = new_daemon(webhooks(endpoint(receiver.url()), limits={"max_connections": 100, "header_seconds": 1}, listen={
        "ingest": {"address": "127.0.0.1:0", "tls": tls_files(directory)}, "admin": "127.0.0.1:0"})).start()

    def held():
        return len(os.listdir(f"/proc/{daemon.pid}/fd"))
    before, most = held(), 0
    host, port = daemon.ingest_address.rsplit(":", 1)
    for _ in range(100):
        attackers = []
        for _ in range(100):
            attacker = socket.create_connection((host, int(port)))
            attacker.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")  # the beginning of a hello, and no more
            attackers.append(attacker)
        most = max(most, held())
        for attacker in attackers[50:]:
            attacker.close()
    assert most <= before + 100 + 10, (before, most)
    client = daemon.client(tls=authority.client_context())

    def serves():
        try:
            return client.post(EVENT).status == 202
        except OSError:
            return False
    until(serves, "room again, once the handshakes have timed out")
    assert daemon.metrics().sum("webhook_connections_refused_total", listener="ingest") > 1000
    assert len(daemon.matching("connection refused")) < 60
