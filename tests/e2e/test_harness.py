"""The harness itself, without the daemon: a test is worth no more than what it measures with."""

import http.client
import socket
import ssl
import threading

import pytest

from harness.behaviours import answer, hold, raw
from harness.metrics import Metrics
from harness.receiver import Request
from harness.settings import SECRET
from harness.signatures import check_ed25519, ed25519_pair, standard_signature


def post(receiver, path, body=b"{}", context=None):
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    options = {"context": context} if context else {}
    connection = kind("127.0.0.1", receiver.port, timeout=30, **options)
    connection.request("POST", path, body, {"webhook-id": "evt_1"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_receiver_records_exact_bytes_and_follows_its_script(receiver):
    receiver.script("/a", answer(500), answer(410), then=answer(200))
    assert [post(receiver, "/a", b'{"n":  1}\n') for _ in range(4)] == [500, 410, 200, 200]
    requests = receiver.wait_for(4, "/a")
    assert [r.body for r in requests] == [b'{"n":  1}\n'] * 4
    assert {r.id for r in requests} == {"evt_1"}


def test_a_receiver_counts_what_is_in_flight(receiver):
    gate = threading.Event()
    receiver.script("/a", then=hold(gate))
    threads = [threading.Thread(target=post, args=(receiver, "/a")) for _ in range(3)]
    for thread in threads:
        thread.start()
    receiver.wait_for(3)
    assert receiver.busy["/a"] == 3
    gate.set()
    for thread in threads:
        thread.join()
    receiver.wait_until(lambda: receiver.busy["/a"] == 0, "all ended")
    assert receiver.peak["/a"] == 3


def test_a_request_has_ended_before_its_answer_is_out(receiver):
    seen = []

    def behave(exchange):
        send = exchange.send
        exchange.send = lambda data: (seen.append(receiver.busy["/a"]), send(data))
        return answer(204)(exchange)
    receiver.script("/a", then=behave)
    post(receiver, "/a")
    assert seen == [0]


def test_a_receiver_speaks_tls_with_the_authoritys_certificates(authority, other_authority, new_receiver):
    receiver = new_receiver(tls=authority.server_context(client_authority=authority))
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(*authority.issue("client", "the client", names=("DNS:client",)))
    assert post(receiver, "/a", context=context) == 204
    assert dict(x[0] for x in receiver.requests()[0].tls["client"]["subject"])["commonName"] == "the client"
    with pytest.raises(ssl.SSLError):
        post(receiver, "/a", context=ssl.create_default_context(cafile=str(other_authority.certificate)))
    receiver.wait_until(lambda: receiver.failed_handshakes, "a failed handshake is recorded")


def test_a_receiver_sends_raw_bytes_and_refuses_malformed_requests(receiver):
    receiver.script("/a", raw(b"nonsense"))
    with pytest.raises(http.client.BadStatusLine):
        post(receiver, "/a")
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=30) as odd:
        odd.sendall(b"POST /a HTTP/1.1\r\nHost : x\r\n\r\n")
        assert odd.recv(100) == b""
    assert len(receiver.requests()) == 1


def test_the_signature_check_gives_the_known_answer_of_standard_webhooks():
    request = Request("POST", "/", "HTTP/1.1", [("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
                      ("webhook-timestamp", "1614265330")], b'{"test": 2432232314}', 0.0, 1)
    assert standard_signature(SECRET, request) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_ed25519_check_tells_a_right_signature_from_a_wrong_one():
    request = Request("POST", "/", "HTTP/1.1", [("webhook-id", "i"), ("webhook-timestamp", "1")], b"b", 0.0, 1)
    with pytest.raises(AssertionError):
        check_ed25519(request, ed25519_pair()[1], "v1a," + "A" * 86 + "==")


def test_redis_keeps_acknowledged_writes_over_kill_9(new_redis):
    redis = new_redis().start()
    assert redis.cli("SET", "a", "1").strip() == "OK"
    redis.kill9()
    redis.start()
    assert redis.cli("GET", "a").strip() == "1"


def test_redis_can_demand_a_password_and_speak_tls(authority, new_redis):
    certificate, key = authority.issue("redis", "redis")
    redis = new_redis("--requirepass", "secret", tls=(authority.certificate, certificate, key)).start()
    assert "NOAUTH" in redis.cli("GET", "a")
    context = ssl.create_default_context(cafile=str(authority.certificate))
    with socket.create_connection(("127.0.0.1", redis.tls_port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(b"AUTH secret\r\n")
            assert connection.recv(100) == b"+OK\r\n"


def test_metrics_are_read_strictly():
    metrics = Metrics('# TYPE a counter\na{x="1",y="p\\"q"} 2\na{x="2",y="z"} 3\nb 4\n')
    assert (metrics.sum("a"), metrics.sum("a", x="2"), metrics.sum("b"), metrics.sum("c")) == (5, 3, 4, 0)
    with pytest.raises(AssertionError):
        Metrics("a{x=1} 2\n")
