"""Health, readiness, metrics, and an API description that tells the truth."""

import json
import re

import jsonschema
import pytest

from harness.behaviours import answer
from harness.settings import endpoint, retries, webhooks

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@pytest.fixture
def daemon(receiver, start_daemon):
    return start_daemon(webhooks(endpoint(receiver.url())))


@pytest.fixture
def description(daemon):
    got = daemon.admin("GET", "/openapi.json")
    assert got.status == 200 and got.headers["content-type"].startswith("application/json")
    return got.json


def test_health_and_ready_answer_200(daemon):
    for path in ("/health", "/ready"):
        got = daemon.admin("GET", path)
        assert got.status == 200, path
        assert got.headers["content-type"].startswith("application/json")
        assert isinstance(got.json, dict)


def resolve(description, node):
    while "$ref" in node:
        assert node["$ref"].startswith("#/")
        target = description
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def walk(node):
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


def operations(description):
    for path, item in description["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def test_the_description_says_nothing_twice(daemon):
    def pairs(found):
        names = [name for name, _ in found]
        assert len(names) == len(set(names)), names
        return dict(found)
    json.loads(daemon.admin("GET", "/openapi.json").body, object_pairs_hook=pairs)


def test_the_description_is_openapi_3_1_in_structure(description):
    assert re.fullmatch(r"3\.1\.\d+", description["openapi"])
    assert description["info"]["title"] and description["info"]["version"]
    ids = set()
    for path, method, operation in operations(description):
        assert path.startswith("/")
        assert operation["responses"], (path, method)
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[1-5](\d\d|XX)|default", status)
            assert resolve(description, response)["description"]
        for parameter in re.findall(r"\{(\w+)\}", path):
            named = [resolve(description, p) for p in operation.get("parameters", [])]
            assert any(p["name"] == parameter and p["in"] == "path" and p["required"] for p in named)
        assert operation["operationId"] not in ids
        ids.add(operation["operationId"])


def test_every_reference_in_the_description_resolves_and_every_schema_is_valid(description):
    for node in walk(description):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            resolve(description, node)
        if isinstance(node, dict) and isinstance(node.get("schema"), dict):
            jsonschema.Draft202012Validator.check_schema(node["schema"])
    for schema in description.get("components", {}).get("schemas", {}).values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_description_names_every_route_that_exists(description):
    routes = {(path, method) for path, method, _ in operations(description)}
    assert routes >= {("/api/events", "post"), ("/api/events/batch", "post"), ("/health", "get"), ("/ready", "get"),
                      ("/metrics", "get"), ("/openapi.json", "get"), ("/api/config/reload", "post")}


def test_every_route_of_the_description_exists(daemon, description):
    for path, method, _ in operations(description):
        got = daemon.admin(method.upper(), re.sub(r"\{\w+\}", "nobody", path))
        assert got.status != 405, (path, method)
        # Of what a path names there may be none; the path itself is there.
        assert got.status != 404 or ("{" in path and got.json["detail"].startswith("there is no such")), (path, method)


def check_answer(description, path, method, got):
    """The status is described for the route, and the body fits its schema."""
    responses = description["paths"][path][method]["responses"]
    status = str(got.status)
    described = responses.get(status) or responses.get(status[0] + "XX") or responses.get("default")
    assert described, f"{method} {path} answered {status}, which is not described"
    content = resolve(description, described).get("content", {})
    type = got.headers.get("content-type", "").split(";")[0]
    assert type in content, (path, status, type)
    schema = content[type].get("schema")
    if schema and type.endswith("json"):
        whole = {**schema, "components": description.get("components", {})}
        jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(got.json)


EVENTS = {
    "accepted": b'{"type":"a","data":{}}', "with everything": b'{"type":"a","data":1,"id":"i","key":"k","timestamp":"2026-01-31T12:00:00Z","tenant":"t"}',
    "duplicate": b'{"type":"a","data":1,"id":"dup"}', "conflict": b'{"type":"b","data":1,"id":"dup"}',
    "not JSON": b"{", "wrong fields": b'{"type":"a b"}', "too large": b'{"type":"a","data":"' + b"x" * 300000 + b'"}',
}


@pytest.mark.parametrize("name", EVENTS)
def test_answers_of_intake_are_as_described(daemon, description, name):
    daemon.accept({"type": "a", "data": 1, "id": "dup"})
    check_answer(description, "/api/events", "post", daemon.post(EVENTS[name]))


def test_an_unsupported_media_type_is_as_described(daemon, description):
    check_answer(description, "/api/events", "post", daemon.post(b"x", headers={"Content-Type": "text/plain"}))


@pytest.mark.parametrize("body", [b'[{"type":"a","data":1}]', b'[{"type":"a","data":1},{"type":"a b"},{"type":"a","data":1,"id":"dup"}]',
                                  b"{", b"[]"])
def test_answers_of_batches_are_as_described(daemon, description, body):
    daemon.accept({"type": "b", "data": 1, "id": "dup"})
    check_answer(description, "/api/events/batch", "post", daemon.post(body, path="/api/events/batch"))


def test_answers_of_operations_are_as_described(daemon, description):
    for path in ("/health", "/ready", "/metrics", "/openapi.json"):
        check_answer(description, path, "get", daemon.admin("GET", path))
    check_answer(description, "/api/config/reload", "post", daemon.admin("POST", "/api/config/reload"))
    daemon.config_file.write_text("odd: 1\n")
    check_answer(description, "/api/config/reload", "post", daemon.admin("POST", "/api/config/reload"))


def test_answers_to_missing_tokens_are_as_described(start_daemon):
    daemon = start_daemon({"access": {"tokens": [{"name": "n", "token": "t0ken-of-ingest-only", "scopes": ["ingest"]}]}})
    description = daemon.admin("GET", "/openapi.json").json
    check_answer(description, "/api/events", "post", daemon.post({"type": "a", "data": 1}))
    for token in (None, "t0ken-of-ingest-only"):
        check_answer(description, "/metrics", "get", daemon.admin("GET", "/metrics", token))
        check_answer(description, "/api/config/reload", "post", daemon.admin("POST", "/api/config/reload", token))


def test_without_redis_the_answers_are_as_described(start_daemon, new_redis):
    redis = new_redis().start()
    daemon = start_daemon({"redis": {"url": redis.url()}})
    description = daemon.admin("GET", "/openapi.json").json
    redis.kill9()
    check_answer(description, "/api/events", "post", daemon.post({"type": "a", "data": 1}))
    check_answer(description, "/ready", "get", daemon.admin("GET", "/ready"))


# -- metrics -------------------------------------------------------------------------------------

COUNTERS = ["webhook_events_total", "webhook_deliveries_total", "webhook_retries_total", "webhook_dead_letters_total",
            "webhook_duplicate_events_total", "webhook_auth_failures_total", "webhook_egress_blocked_total",
            "webhook_config_reloads_total"]
GAUGES = ["webhook_queue_depth", "webhook_oldest_event_seconds", "webhook_in_flight", "webhook_dead_letters",
          "webhook_partitions_owned"]
HISTOGRAMS = ["webhook_ingest_seconds", "webhook_delivery_seconds", "webhook_time_to_first_attempt_seconds",
              "webhook_redis_seconds"]


def test_every_metric_of_the_contract_is_there_after_work_of_every_kind(receiver, start_daemon):
    receiver.script("/hook", answer(500), answer(404))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.05))))
    daemon.accept({"type": "a", "data": 1, "id": "x"})
    daemon.accept({"type": "a", "data": 1, "id": "x"})
    daemon.wait_for("attempt", outcome="dead")
    daemon.accept({"type": "a", "data": 2})
    daemon.wait_for("attempt", outcome="delivered")
    daemon.admin("POST", "/api/config/reload")
    daemon.wait_metric("webhook_dead_letters", 1, endpoint="hook")
    metrics = daemon.metrics()
    kinds = {**dict.fromkeys(COUNTERS, "counter"), **dict.fromkeys(GAUGES, "gauge"), **dict.fromkeys(HISTOGRAMS, "histogram")}
    missing = {name: (kind, metrics.types.get(name)) for name, kind in kinds.items() if metrics.types.get(name) != kind}
    assert not missing
    assert metrics.sum("webhook_partitions_owned") == 16
    assert metrics.sum("webhook_delivery_seconds_count", endpoint="hook") == 3
    assert metrics.sum("webhook_time_to_first_attempt_seconds_count") == 2
    buckets = {labels["le"] for labels, _ in metrics.series("webhook_delivery_seconds_bucket", endpoint="hook")}
    assert {float(le) for le in buckets} >= {0.1, 0.5, 1, 2, 5, 10, 30}
    accepted, duplicate = (metrics.sum("webhook_events_total", event_type="a", result=result)
                           for result in ("accepted", "duplicate"))
    assert accepted + duplicate == 3
    assert accepted == 2 or daemon.was_in_doubt()


def test_depth_and_age_of_a_backlog_are_shown(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(600), circuit_breaker={"enabled": False})))
    for number in range(7):
        daemon.accept({"type": "a", "data": number})
    daemon.attempts(7, outcome="retry")
    daemon.wait_metric("webhook_queue_depth", 7, endpoint="hook")
    daemon.wait_metric("webhook_in_flight", 0, endpoint="hook")
    assert json.dumps(daemon.metrics().series("webhook_oldest_event_seconds", endpoint="hook"))


def test_event_types_from_outside_cannot_make_series_without_end(start_daemon):
    daemon = start_daemon({})
    for block in range(12):
        events = [{"type": f"t{block}.{n}", "data": 1} for n in range(1000)]
        assert daemon.post(events, path="/api/events/batch").status == 202
    metrics = daemon.metrics()
    assert len(metrics.series("webhook_events_total")) <= 10001 + 10
    assert metrics.sum("webhook_events_total") == 12000
    assert metrics.sum("webhook_events_total", event_type="other") > 0
