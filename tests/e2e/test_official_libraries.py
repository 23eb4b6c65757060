"""The official libraries accept what Postrider signs, and refuse it once a byte is changed."""

import json

import pytest

from harness import libraries
from harness.settings import SECRET, endpoint, webhooks

LIBRARIES = ["npm standardwebhooks", "npm svix", "python standardwebhooks", "go standard-webhooks"]
NEWER = "whsec_" + "QUJD" * 10 + "QQ=="


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_official_library_verifies_a_delivery_and_refuses_a_forged_one(receiver, start_daemon, library):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), authentication={"type": "standard_webhooks", "secrets": [
        {"secret": NEWER}, {"secret": SECRET, "expires_at": "2099-01-01T00:00:00Z"}]})))
    daemon.accept('{"type":"case.created","data":{"amount":1.50, "näme":"Zoë \\u00e4 🎉"}}'.encode())
    request, = receiver.wait_for(1)
    for secret in (SECRET, NEWER):
        code, out, error = libraries.verify(library, libraries.delivery(secret, request))
        assert code == 0, error
        assert json.loads(out) == json.loads(request.body)
    forged = libraries.delivery(SECRET, request, request.body.replace(b"1.50", b"9.50"))
    assert libraries.verify(library, forged)[0] != 0
    stranger = libraries.delivery("whsec_" + "QUJD" * 8, request)
    assert libraries.verify(library, stranger)[0] != 0
