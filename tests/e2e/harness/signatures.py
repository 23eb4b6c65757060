"""Checks what a receiver got, by an implementation of its own (the official libraries have their own tests)."""

import base64
import hashlib
import hmac
import subprocess
import tempfile
import time
from pathlib import Path


def standard_signature(secret, request):
    """`v1,…` as Standard Webhooks 1.0.0 defines it, over the bytes that came."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{request.id}.{request.header('webhook-timestamp')}.".encode() + request.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def check_standard(request, *secrets):
    """Exactly the signatures of these secrets, in this order, and a fresh timestamp."""
    got = request.header("webhook-signature").split(" ")
    assert got == [standard_signature(secret, request) for secret in secrets], got
    check_timestamp(request)


def check_timestamp(request):
    assert abs(time.time() - int(request.header("webhook-timestamp"))) < 300


def body_hmac(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_ed25519(request, public_key, signature):
    """`signature`: `v1a,…`; `public_key`: `whpk_…`. OpenSSL's command line does the curve."""
    prefix = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of ed25519
    content = f"{request.id}.{request.header('webhook-timestamp')}.".encode() + request.body
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "key.der").write_bytes(prefix + base64.b64decode(public_key.removeprefix("whpk_")))
        (directory / "content").write_bytes(content)
        (directory / "signature").write_bytes(base64.b64decode(signature.removeprefix("v1a,")))
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der",
                               "-rawin", "-in", "content", "-sigfile", "signature"],
                              cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def ed25519_pair():
    """A seed as `whsk_…` and its public key as `whpk_…`, made by OpenSSL."""
    pem = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], check=True, capture_output=True).stdout
    private = subprocess.run(["openssl", "pkey", "-outform", "DER"], input=pem, check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=pem, check=True,
                            capture_output=True).stdout
    return ("whsk_" + base64.b64encode(private[-32:]).decode(), "whpk_" + base64.b64encode(public[-32:]).decode())
