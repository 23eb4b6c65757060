"""Dead letters: listed, inspected, replayed, purged; and the jobs that do it in bulk."""

import json
import threading

from harness.behaviours import after, answer, hold
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

REFUSES = answer(400, body=b"not like this")


def letters(daemon, query=""):
    found, cursor = [], ""
    while True:
        page = daemon.admin("GET", f"/api/dead-letters?limit=250{query}{cursor}")
        assert page.status == 200, page.body
        found += page.json["dead_letters"]
        if page.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={page.json['next_cursor']}"


def post(daemon, path, body=None):
    return daemon.admin("POST", path, body=json.dumps(body if body is not None else {}).encode(),
                        headers={"Content-Type": "application/json"})


def run_job(daemon, path, body=None):
    started = post(daemon, path, body)
    assert started.status == 202, started.body
    job = started.json["job"]
    assert job["id"].startswith("job_")
    return wait_job(daemon, job["id"])


def wait_job(daemon, id):
    def ended():
        job = daemon.admin("GET", f"/api/jobs/{id}").json["job"]
        return job if job["status"] != "running" else None
    return until(ended, f"job {id} ends")


def make_dead(daemon, count, type="a", first=0):
    client = daemon.client()
    for number in range(first, first + count):
        assert client.post({"type": type, "id": f"{type}-{number}", "data": number}).status == 202
    client.close()
    if first == 0:
        daemon.wait_metric("webhook_dead_letters_total", count, endpoint="hook")


def test_a_dead_letter_says_what_happened(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    daemon = start_daemon(webhooks(endpoint(receiver.url(), logging={"log_responses": True})))
    make_dead(daemon, 1)
    (letter,) = until(lambda: letters(daemon), "the dead letter")
    assert letter["id"].startswith("dl_")
    expected = {"event_id": "a-0", "webhook_id": "hook", "event_type": "a", "reason": "terminal_status", "attempts": 1,
                "response_code": 400, "response_body": "not like this"}
    assert {key: letter[key] for key in expected} == expected
    assert daemon.admin("GET", f"/api/dead-letters/{letter['id']}").json["event_id"] == "a-0"
    assert daemon.admin("DELETE", f"/api/dead-letters/{letter['id']}").status == 204
    assert daemon.admin("GET", f"/api/dead-letters/{letter['id']}").status == 404
    assert not letters(daemon)


def test_filters_choose_and_pages_give_each_letter_once(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    receiver.script("/gone", then=answer(400))
    daemon = start_daemon(webhooks(endpoint(receiver.url()), endpoint(receiver.url("/gone"), id="two", events=["b"])))
    make_dead(daemon, 30)
    make_dead(daemon, 10, type="b", first=1)
    daemon.wait_metric("webhook_dead_letters_total", 50)
    until(lambda: len(letters(daemon)) == 50, "all letters")
    seen, cursor = [], ""
    while cursor is not None:
        page = daemon.admin("GET", f"/api/dead-letters?limit=7{cursor}").json
        seen += [letter["id"] for letter in page["dead_letters"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert len(seen) == 50 and len(set(seen)) == 50
    assert len(letters(daemon, "&webhook_id=two")) == 10
    assert len(letters(daemon, "&event_type=b")) == 20
    assert len(letters(daemon, "&webhook_id=two&event_type=a")) == 0
    assert len(letters(daemon, "&reason=terminal_status")) == 50
    assert len(letters(daemon, "&reason=expired")) == 0
    assert len(letters(daemon, "&before=2020-01-01T00:00:00Z")) == 0


def test_a_replayed_dead_letter_is_the_same_event_from_its_first_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(500), answer(500), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.05))))
    make_dead(daemon, 1)
    (letter,) = until(lambda: letters(daemon), "the dead letter")
    job = run_job(daemon, "/api/dead-letters/replay", {"ids": [letter["id"]]})
    assert (job["kind"], job["status"], job["total"], job["done"]) == ("replay", "done", 1, 1)
    first, second, third = receiver.wait_for(3)
    assert third.id == first.id and third.body == first.body == second.body
    assert third.header("postrider-attempt") == "1"
    daemon.wait_for("attempt", outcome="delivered", attempt=1)
    assert not letters(daemon)


def test_bulk_replay_and_purge_take_what_the_filter_names(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    make_dead(daemon, 300)
    make_dead(daemon, 20, type="b", first=1)
    until(lambda: len(letters(daemon)) == 320, "all letters")
    receiver.script("/hook", then=answer(204))
    job = run_job(daemon, "/api/dead-letters/replay", {"event_type": "a"})
    assert (job["status"], job["done"]) == ("done", 300), job
    daemon.wait_metric("webhook_deliveries_total", 300, endpoint="hook", status="success")
    assert {letter["event_type"] for letter in letters(daemon)} == {"b"}
    job = run_job(daemon, "/api/dead-letters/purge", {"webhook_id": "hook"})
    assert (job["status"], job["done"]) == ("done", 20)
    assert not letters(daemon)
    listed = daemon.admin("GET", "/api/jobs").json["jobs"]
    assert [job["kind"] for job in listed] == ["purge", "replay"]


def test_what_is_under_way_is_not_replayed(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", REFUSES, then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    make_dead(daemon, 1)
    (letter,) = until(lambda: letters(daemon), "the dead letter")
    run_job(daemon, "/api/dead-letters/replay", {"ids": [letter["id"]]})
    receiver.wait_for(2)
    again = post(daemon, "/api/events/a-0/redeliver")
    assert again.status == 409 and again.json["code"] == "under_way", again.body
    job = run_job(daemon, "/api/dead-letters/replay", {"ids": [letter["id"]]})
    assert job["status"] == "done" and job["skipped"] == 1
    gate.set()
    daemon.wait_for("attempt", outcome="delivered")
    assert len(receiver.requests()) == 2


def test_a_replay_goes_on_after_kill_and_restart(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    make_dead(daemon, 2000)
    until(lambda: len(letters(daemon)) == 2000, "all letters")
    receiver.script("/hook", then=answer(204))
    job = post(daemon, "/api/dead-letters/replay", {"webhook_id": "hook"}).json["job"]
    daemon.kill9()
    daemon.start()
    ended = wait_job(daemon, job["id"])
    # Of a step that the kill met the count is lost, as docs/api.md says, and never what it did.
    assert ended["status"] == "done" and 2000 - 256 <= ended["done"] <= 2000, ended
    until(lambda: not letters(daemon), "no letter is left")
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    delivered = {request.id for request in receiver.requests() if request.at}
    assert len(delivered) == 2000


def test_an_event_is_redelivered_while_its_body_is_kept(receiver, start_daemon):
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/kept"), id="kept", events=["a"], logging={"log_payloads": True}),
        endpoint(receiver.url("/plain"), id="plain", events=["b"])))
    daemon.accept({"type": "a", "id": "e", "data": {"n": 1}})
    receiver.wait_for(1, "/kept")
    again = until(lambda: (r := post(daemon, "/api/events/e/redeliver")).status == 202 and r, "it is sent again")
    assert again.json["deliveries"] == 1
    first, second = receiver.wait_for(2, "/kept")
    assert first.id == second.id == "e" and first.body == second.body
    daemon.accept({"type": "b", "id": "p", "data": 1})
    receiver.wait_for(1, "/plain")
    until(lambda: post(daemon, "/api/events/p/redeliver").status == 410, "the body is gone")
    assert post(daemon, "/api/events/unknown/redeliver").status == 404


def make_endpoint(daemon, url, **more):
    made = post(daemon, "/api/webhooks", {"url": url, "events": ["**"], "allow_http": True,
                                          "allow_private_network": True, **more})
    assert made.status == 201, made.body
    return made.json["id"]


def test_letters_of_a_deleted_endpoint_of_any_tenant_are_within_reach(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    daemon = start_daemon(webhooks())
    hook = make_endpoint(daemon, receiver.url(), tenant="acme")
    for number in range(5):
        daemon.accept({"type": "a", "data": number, "tenant": "acme"})
    until(lambda: len(letters(daemon)) == 5, "all letters")
    assert daemon.admin("DELETE", f"/api/webhooks/{hook}").status == 204
    ids = [letter["id"] for letter in letters(daemon, f"&webhook_id={hook}")]
    assert len(ids) == 5
    assert daemon.admin("GET", f"/api/dead-letters/{ids[0]}").json["webhook_id"] == hook
    assert daemon.admin("DELETE", f"/api/dead-letters/{ids[0]}").status == 204
    job = run_job(daemon, "/api/dead-letters/purge", {"ids": ids[:3]})
    assert (job["status"], job["done"], job["skipped"]) == ("done", 3, 1), "the first is gone already"
    job = run_job(daemon, "/api/dead-letters/purge", {"webhook_id": hook})
    assert (job["status"], job["done"], job["skipped"], job["filter"]["webhook_id"]) == ("done", 2, 0, hook)
    assert not letters(daemon)


def test_nothing_is_replayed_to_an_endpoint_that_is_gone(receiver, start_daemon):
    receiver.script("/hook", then=REFUSES)
    daemon = start_daemon(webhooks())
    hook = make_endpoint(daemon, receiver.url())
    for number in range(3):
        daemon.accept({"type": "a", "data": number})
    until(lambda: len(letters(daemon)) == 3, "all letters")
    assert daemon.admin("DELETE", f"/api/webhooks/{hook}").status == 204
    job = run_job(daemon, "/api/dead-letters/replay")
    assert (job["status"], job["done"], job["skipped"]) == ("done", 3, 3)
    job = run_job(daemon, "/api/dead-letters/replay", {"ids": [letter["id"] for letter in letters(daemon)]})
    assert (job["status"], job["done"], job["skipped"]) == ("done", 3, 3)
    assert len(letters(daemon)) == 3


def test_a_bulk_replay_keeps_the_order_of_a_key(receiver, start_daemon):
    receiver.script("/hook", then=after(0.002, answer(400)))  # no two die in one millisecond
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key")))
    wanted = [f"e{number}" for number in range(600)]
    for id in wanted:
        daemon.accept({"type": "a", "id": id, "key": "K", "data": 1})
    daemon.wait_metric("webhook_dead_letters_total", len(wanted), endpoint="hook")
    assert [request.id for request in receiver.requests()] == wanted
    receiver.script("/hook", then=answer(204))
    job = run_job(daemon, "/api/dead-letters/replay", {"event_type": "a"})
    assert (job["status"], job["done"], job["skipped"]) == ("done", 600, 0)
    assert [request.id for request in receiver.wait_for(2 * len(wanted))][len(wanted):] == wanted
