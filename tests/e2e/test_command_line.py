"""The commands for people: send, listen, secret, sign, verify, version."""

import base64
import re
import subprocess
import threading
import time

import pytest

from harness import process
from harness.daemon import BINARY
from harness.settings import SECRET, endpoint, webhooks
from harness.waiting import LONG, StillWaiting, until

NOW = str(int(time.time()))
KNOWN = {"id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": "1614265330", "data": '{"test": 2432232314}',
         "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}


def run(*arguments, input=b"", env=None):
    done = subprocess.run([BINARY, *map(str, arguments)], input=input, capture_output=True, timeout=LONG, env=env)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Listen:
    """`postrider listen`, read line by line."""

    def __init__(self, *arguments):
        self.process = process.start([BINARY, "listen", "--port", "0", *arguments], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
        self.lines, self.changed = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = int(re.search(r":(\d+)$", self.wait_for("listening")).group(1))

    def _read(self):
        for raw in self.process.stdout:
            with self.changed:
                self.lines.append(raw.decode().rstrip("\n"))
                self.changed.notify_all()

    def wait_for(self, *words):
        def found():
            return next((line for line in self.lines if all(word in line for word in words)), None)
        with self.changed:
            if not self.changed.wait_for(found, LONG):
                raise StillWaiting(f"{words}: {self.lines}")
            return found()

    def close(self):
        process.stop(self.process)


@pytest.fixture
def listen(closing):
    def start(*arguments):
        closing.append(Listen(*arguments))
        return closing[-1]
    return start


def test_sign_gives_the_known_answer_of_standard_webhooks():
    code, out, _ = run("sign", "--secret", SECRET, "--id", KNOWN["id"], "--timestamp", KNOWN["timestamp"], "--data",
                       KNOWN["data"])
    assert (code, out.strip()) == (0, KNOWN["signature"])


def test_sign_reads_data_from_standard_input_and_from_a_file_to_the_byte(directory):
    (directory / "data").write_bytes(KNOWN["data"].encode())
    for data, given in (("-", KNOWN["data"].encode()), (f"@{directory}/data", b"")):
        code, out, _ = run("sign", "--secret", SECRET, "--id", KNOWN["id"], "--timestamp", KNOWN["timestamp"],
                           "--data", data, input=given)
        assert (code, out.strip()) == (0, KNOWN["signature"])


def test_verify_accepts_a_right_signature_and_refuses_a_wrong_or_an_old_one():
    common = ["verify", "--secret", SECRET, "--id", KNOWN["id"], "--timestamp", KNOWN["timestamp"]]
    ages = ["--tolerance", str(10**9)]
    assert run(*common, "--data", KNOWN["data"], "--signature", KNOWN["signature"], *ages)[0] == 0
    assert run(*common, "--data", KNOWN["data"] + " ", "--signature", KNOWN["signature"], *ages)[0] == 1
    assert run(*common, "--data", KNOWN["data"], "--signature", KNOWN["signature"])[0] == 1, "it is years old"


def test_new_secrets_are_different_and_sign_and_verify():
    secrets = [run("secret", "new")[1].strip() for _ in range(2)]
    assert secrets[0] != secrets[1]
    for secret in secrets:
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]+=*", secret)
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
        signature = run("sign", "--secret", secret, "--id", "i", "--timestamp", NOW, "--data", "{}")[1].strip()
        assert run("verify", "--secret", secret, "--id", "i", "--timestamp", NOW, "--data", "{}", "--signature",
                   signature, "--tolerance", str(10**9))[0] == 0


def test_a_new_ed25519_pair_signs_with_one_half_and_verifies_with_the_other():
    out = run("secret", "new", "--ed25519")[1]
    private, public = re.search(r"whsk_\S+", out).group(), re.search(r"whpk_\S+", out).group()
    signature = run("sign", "--secret", private, "--id", "i", "--timestamp", NOW, "--data", "{}")[1].strip()
    assert signature.startswith("v1a,")
    assert run("verify", "--secret", public, "--id", "i", "--timestamp", NOW, "--data", "{}", "--signature", signature,
               "--tolerance", str(10**9))[0] == 0


def test_version_names_the_commit_and_the_libraries():
    code, out, _ = run("version")
    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", out) and all(name in out for name in ("Boost", "OpenSSL", "hiredis", "c-ares"))


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["send"], ["serve", "--odd"], ["check"], ["sign", "--id", "x"]])
def test_wrong_usage_is_exit_code_2_with_a_word_on_stderr(arguments):
    code, _, error = run(*arguments)
    assert code == 2 and error.strip()


def send(*arguments, **more):
    """Until Redis confirms it: the command itself repeats nothing."""
    return until(lambda: "store_unavailable" not in (got := run("send", *arguments, **more))[2] and got, "the event is confirmed")


def test_send_and_listen_meet_through_the_daemon(start_daemon, listen):
    receiver = listen("--secret", SECRET)
    daemon = start_daemon(webhooks(endpoint(f"http://127.0.0.1:{receiver.port}/hook")))
    url = f"http://{daemon.admin_address}"
    code, out, error = send("case.created", "--data", '{"amount": 1.50}', "--id", "order-1", "--url", url)
    assert code == 0, error
    assert "order-1" in out
    receiver.wait_for("verified", "case.created", "order-1")
    code, out, _ = send("case.created", "--data", "-", "--url", url, input=b'{"from": "stdin"}')
    assert code == 0
    daemon.attempts(2, outcome="delivered")


def test_listen_tells_a_wrong_signature(start_daemon, listen):
    receiver = listen("--secret", "whsec_" + "QUJD" * 8)
    daemon = start_daemon(webhooks(endpoint(f"http://127.0.0.1:{receiver.port}/hook")))
    daemon.accept({"type": "case.created", "data": 1})
    line = receiver.wait_for("case.created")
    assert " verified " not in line


def test_listen_answers_as_it_was_told(start_daemon, listen):
    receiver = listen("--secret", SECRET, "--status", "202", "--fail-first", "2")
    daemon = start_daemon(webhooks(endpoint(f"http://127.0.0.1:{receiver.port}/hook",
                                            retry={"schedule": [{"delay_seconds": 0.05}] * 3})))
    daemon.accept({"type": "a", "data": 1})
    lines = daemon.attempts(3)
    assert [line["outcome"] for line in lines] == ["retry", "retry", "delivered"] and lines[2]["status"] == 202


def test_send_fails_with_1_when_no_daemon_is_there_and_when_the_event_is_refused(start_daemon):
    code, _, error = run("send", "a", "--url", "http://127.0.0.1:9")
    assert code == 1 and len(error.strip().splitlines()) == 1
    daemon = start_daemon({})
    code, _, error = run("send", "postrider.reserved", "--url", f"http://{daemon.admin_address}")
    assert code == 1 and error.strip()


def test_send_takes_url_and_token_from_the_environment(start_daemon):
    daemon = start_daemon({"access": {"tokens": [{"name": "n", "token": "t0ken-of-the-shop", "scopes": ["ingest"]}]}})
    env = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://{daemon.admin_address}"}
    assert run("send", "a", env=env)[0] == 1
    code, _, error = run("send", "a", env={**env, "POSTRIDER_TOKEN": "t0ken-of-the-shop"})
    assert code == 0, error


def test_the_log_is_text_for_people_when_asked(new_daemon):
    daemon = new_daemon({})
    daemon.launch(log_format="text")
    with daemon.changed:
        assert daemon.changed.wait_for(lambda: any(" ready" in line for line in daemon.noise), LONG), daemon.tail()
    daemon.terminate()
    assert any("stopped" in line for line in daemon.noise) and not daemon.lines
