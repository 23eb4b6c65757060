"""Every way in which a delivery proves where it comes from."""

import base64

from harness.settings import SECRET, endpoint, webhooks
from harness.signatures import body_hmac, check_ed25519, check_standard, ed25519_pair

OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()
THIRD = "whsec_" + base64.b64encode(bytes(range(32, 56))).decode()
FAR, PAST = "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


def delivered(receiver, start_daemon, authentication):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), authentication=authentication)))
    daemon.accept({"type": "a", "data": {"n": 1}})
    request, = receiver.wait_for(1)
    assert request.id and request.header("webhook-timestamp")
    return request


def test_standard_webhooks_with_one_secret(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secret": SECRET})
    check_standard(request, SECRET)
    assert request.header("Authorization") is None


def test_standard_webhooks_with_three_live_secrets_signs_with_all_newest_first(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secrets": [
        {"secret": SECRET}, {"secret": OTHER, "expires_at": FAR}, {"secret": THIRD, "expires_at": FAR}]})
    check_standard(request, SECRET, OTHER, THIRD)


def test_a_secret_that_has_expired_signs_no_more(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secrets": [
        {"secret": SECRET}, {"secret": OTHER, "expires_at": PAST}]})
    check_standard(request, SECRET)


def test_ed25519_signs_v1a_that_openssl_verifies(receiver, start_daemon):
    private, public = ed25519_pair()
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secret": private})
    signature = request.header("webhook-signature")
    assert signature.startswith("v1a,")
    check_ed25519(request, public, signature)


def test_hmac_and_ed25519_sign_side_by_side(receiver, start_daemon):
    private, public = ed25519_pair()
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secrets": [
        {"secret": private}, {"secret": SECRET, "expires_at": FAR}]})
    asymmetric, symmetric = request.header("webhook-signature").split(" ")
    check_ed25519(request, public, asymmetric)
    assert symmetric.startswith("v1,")


def test_hmac_sha256_signs_the_body_and_names_the_event(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "hmac_sha256", "secret": "s3cret"})
    assert request.header("X-Signature-256") == body_hmac("s3cret", request.body)
    assert request.header("X-Event-ID") == request.id
    assert request.header("webhook-signature") is None
    assert request.header("X-Signature-256-Previous") is None


def test_hmac_sha256_with_two_secrets_gives_the_previous_one_its_own_header(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "hmac_sha256", "header": "X-Hub-Signature", "secrets": [
        {"secret": "new"}, {"secret": "old", "expires_at": FAR}]})
    assert request.header("X-Hub-Signature") == body_hmac("new", request.body)
    assert request.header("X-Hub-Signature-Previous") == body_hmac("old", request.body)


def test_bearer(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "bearer", "token": "t0ken"})
    assert request.header("Authorization") == "Bearer t0ken"
    assert request.header("webhook-signature") is None


def test_bearer_in_a_header_of_its_own(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "bearer", "token": "t0ken", "header": "X-Auth"})
    assert request.header("X-Auth") == "Bearer t0ken"
    assert request.header("Authorization") is None


def test_basic(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "basic", "username": "anna", "password": "p:w ä"})
    assert request.header("Authorization") == "Basic " + base64.b64encode("anna:p:w ä".encode()).decode()


def test_api_key(receiver, start_daemon):
    request = delivered(receiver, start_daemon, {"type": "api_key", "header": "X-Api-Key", "key": "k3y"})
    assert request.header("X-Api-Key") == "k3y"


def test_a_list_of_authentications_applies_all_of_them(receiver, start_daemon):
    request = delivered(receiver, start_daemon, [
        {"type": "standard_webhooks", "secret": SECRET}, {"type": "hmac_sha256", "secret": "s"},
        {"type": "bearer", "token": "t"}, {"type": "api_key", "header": "X-Api-Key", "key": "k"}])
    check_standard(request, SECRET)
    assert request.header("X-Signature-256") == body_hmac("s", request.body)
    assert request.header("Authorization") == "Bearer t"
    assert request.header("X-Api-Key") == "k"


def test_the_secret_may_come_from_a_file(receiver, start_daemon, directory):
    (directory / "secret").write_text(SECRET + "\n")
    request = delivered(receiver, start_daemon, {"type": "standard_webhooks", "secret": f"file:{directory}/secret"})
    check_standard(request, SECRET)


def test_a_client_certificate_is_shown_to_a_receiver_that_demands_one(authority, new_receiver, start_daemon):
    receiver = new_receiver(tls=authority.server_context(client_authority=authority))
    certificate, key = authority.issue("postrider", "postrider client", names=("DNS:client",))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), tls={
        "ca_file": str(authority.certificate), "client_cert_file": str(certificate), "client_key_file": str(key)})))
    daemon.accept({"type": "a", "data": {}})
    request, = receiver.wait_for(1)
    assert dict(part[0] for part in request.tls["client"]["subject"])["commonName"] == "postrider client"


def test_without_the_demanded_client_certificate_nothing_is_sent(authority, new_receiver, start_daemon):
    receiver = new_receiver(tls=authority.server_context(client_authority=authority))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), tls={"ca_file": str(authority.certificate)})))
    daemon.accept({"type": "a", "data": {}})
    assert daemon.wait_for("attempt")["outcome"] == "retry"
    assert receiver.requests() == []


def test_no_secret_reaches_the_log(receiver, start_daemon):
    secrets = ["s3cret-hmac", "t0ken-bearer", "p4ss-basic", "k3y-api", SECRET.removeprefix("whsec_")]
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/1"), "one", authentication=[
            {"type": "standard_webhooks", "secret": SECRET}, {"type": "hmac_sha256", "secret": secrets[0]},
            {"type": "bearer", "token": secrets[1]}, {"type": "api_key", "header": "X-K", "key": secrets[3]}]),
        endpoint(receiver.url("/2?q=hidden-query"), "two",
                 authentication={"type": "basic", "username": "u", "password": secrets[2]})))
    daemon.accept({"type": "a", "data": {"private": "body-text"}})
    daemon.attempts(2, outcome="delivered")
    daemon.terminate()
    log = str(daemon.lines) + str(daemon.noise)
    for secret in [*secrets, "body-text", "hidden-query", "v1,"]:
        assert secret not in log, secret
