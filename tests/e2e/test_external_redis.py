"""Every way to reach an external Redis, and what is refused because it could lose events."""

import pytest

from harness.behaviours import answer
from harness.rights import user_with
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

PASSWORD = "p4ss:w/rd@%"
QUOTED = "p4ss%3Aw%2Frd%40%25"


def works(start_daemon, receiver, url, **redis):
    """Starts on this Redis, delivers, and still knows after a restart what it was told."""
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": url, **redis}))
    assert daemon.embedded_redis() == []
    daemon.accept({"type": "a", "id": "one", "data": 1})
    receiver.wait_for(1, id="one")
    daemon.wait_for("attempt", outcome="delivered")
    code, _ = daemon.terminate()
    assert code == 0
    log = str(daemon.lines) + str(daemon.noise)
    assert PASSWORD not in log and QUOTED not in log
    daemon.start()
    assert daemon.accept({"type": "a", "id": "one", "data": 1})["duplicate"] is True
    return daemon


def test_tcp(start_daemon, receiver, new_redis):
    works(start_daemon, receiver, new_redis().start().url())


def test_tcp_by_name(start_daemon, receiver, new_redis):
    works(start_daemon, receiver, new_redis().start().url().replace("127.0.0.1", "localhost"))


def test_unix_socket(start_daemon, receiver, new_redis):
    works(start_daemon, receiver, f"unix://{new_redis().start().socket_path}")


def test_tls_with_an_own_authority(start_daemon, receiver, new_redis, authority):
    redis = new_redis(tls=(authority.certificate, *authority.issue("redis", "redis"))).start()
    works(start_daemon, receiver, f"rediss://localhost:{redis.tls_port}?ca_file={authority.certificate}")


def test_tls_of_a_foreign_authority_is_refused(new_daemon, receiver, new_redis, authority, other_authority):
    redis = new_redis(tls=(authority.certificate, *authority.issue("redis", "redis"))).start()
    url = f"rediss://127.0.0.1:{redis.tls_port}?ca_file={other_authority.certificate}"
    daemon = new_daemon(webhooks(endpoint(receiver.url()), redis={"url": url})).launch()
    line = daemon.wait_for("the store cannot be used")
    assert "certificate" in line["error"].lower()
    assert redis.cli("INFO", "commandstats").count("cmdstat_eval") == 0
    assert not daemon.matching("ready")


def test_password(start_daemon, receiver, new_redis):
    redis = new_redis("--requirepass", PASSWORD).start()
    works(start_daemon, receiver, f"redis://:{QUOTED}@127.0.0.1:{redis.port}")


def test_password_on_a_unix_socket(start_daemon, receiver, new_redis):
    redis = new_redis("--requirepass", PASSWORD).start()
    works(start_daemon, receiver, f"unix://:{QUOTED}@{redis.socket_path}")


def test_user_with_password(start_daemon, receiver, new_redis):
    redis = new_redis("--user", *user_with(PASSWORD), "--user", "default", "off").start()
    works(start_daemon, receiver, f"redis://postrider:{QUOTED}@127.0.0.1:{redis.port}/1")


def test_the_url_may_come_from_the_environment(start_daemon, receiver, new_redis):
    redis = new_redis("--requirepass", PASSWORD).start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": "${REDIS_URL}"}),
                          env={"REDIS_URL": f"redis://:{QUOTED}@127.0.0.1:{redis.port}"})
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)


@pytest.mark.parametrize("url", ["tcp", "unix"])
def test_a_database_number(start_daemon, receiver, new_redis, url):
    redis = new_redis().start()
    works(start_daemon, receiver, redis.url(database=3) if url == "tcp" else f"unix://{redis.socket_path}?db=3")
    keyspace = redis.cli("INFO", "keyspace")
    assert "db3:" in keyspace and "db0:" not in keyspace


def test_a_wrong_password_is_told_and_never_shown(new_daemon, receiver, new_redis):
    redis = new_redis("--requirepass", "right").start()
    daemon = new_daemon(webhooks(endpoint(receiver.url()),
                                 redis={"url": f"redis://:{QUOTED}@127.0.0.1:{redis.port}"})).launch()
    line = daemon.wait_for("the store cannot be used")
    assert "WRONGPASS" in line["error"] or "password" in line["error"].lower()
    assert PASSWORD not in str(daemon.lines) and QUOTED not in str(daemon.lines)


def test_two_installations_share_a_redis_by_prefix(start_daemon, receiver, new_redis):
    redis = new_redis().start()
    one, two = (start_daemon(webhooks(endpoint(receiver.url(f"/{name}")), redis={"url": redis.url(), "prefix": name}),
                             name=name) for name in ("one", "two"))
    for number, daemon in enumerate((one, two)):
        assert "duplicate" not in daemon.accept({"type": "a", "id": "x", "data": number}) or daemon.was_in_doubt()
    receiver.wait_for(1, "/one")
    receiver.wait_for(1, "/two")
    keys = redis.cli("KEYS", "*").split()
    assert keys and all(key.startswith(("one", "two")) for key in keys)


REFUSED = {
    "fsync without an append only file": ("fsync", {"appendonly": "no"}, (), "appendonly"),
    "fsync on everysec": ("fsync", {"appendfsync": "everysec"}, (), "appendfsync"),
    "everysec on no": ("everysec", {"appendfsync": "no"}, (), "appendfsync"),
    "an evicting policy": ("fsync", {}, ("--maxmemory-policy", "allkeys-lru"), "maxmemory-policy"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_redis_that_cannot_give_the_configured_durability_is_refused(new_daemon, receiver, new_redis, name):
    durability, settings, options, word = REFUSED[name]
    redis = new_redis(*options, **settings).start()
    daemon = new_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url(), "durability": durability})).launch()
    assert daemon.wait_exit() == 1
    assert word in daemon.wait_for("the store cannot be used")["error"]
    assert not daemon.matching("ready")


@pytest.mark.parametrize("durability,settings", [("memory", {"appendonly": "no"}), ("everysec", {"appendfsync": "everysec"}),
                                                 ("everysec", {}), ("memory", {})])
def test_a_redis_that_gives_what_was_configured_or_more_is_taken(start_daemon, receiver, new_redis, durability, settings):
    daemon = start_daemon(webhooks(endpoint(receiver.url()),
                                   redis={"url": new_redis(**settings).start().url(), "durability": durability}))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)


def test_settings_that_cannot_be_read_count_as_not_given_unless_the_operator_says_so(new_daemon, receiver, new_redis):
    redis = new_redis("--rename-command", "CONFIG", "").start()
    config = webhooks(endpoint(receiver.url()), redis={"url": redis.url()})
    refused = new_daemon(config, name="refused").launch()
    assert refused.wait_exit() == 1
    config["redis"]["durability_unverified"] = True
    daemon = new_daemon(config, name="taken").start()
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    with daemon.changed:
        assert [line for line in daemon.lines if line["level"] == "warning"], "the operator is warned"


def test_durability_that_is_lost_while_running_makes_the_daemon_not_ready(start_daemon, receiver, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}))
    redis.cli("CONFIG", "SET", "appendfsync", "no")
    redis.cli("CLIENT", "KILL", "TYPE", "normal")  # settings are read again at each connection
    daemon.wait_for("the store cannot be used")
    assert daemon.admin("GET", "/ready").status == 503
    assert daemon.is_running()


def test_durability_that_is_lost_without_a_reconnect_is_noticed_and_delivery_goes_on(start_daemon, receiver, new_redis):
    redis = new_redis().start()
    receiver.script("/hook", answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(12)), redis={"url": redis.url()}))
    daemon.accept({"type": "a", "data": 1})
    redis.cli("CONFIG", "SET", "appendfsync", "everysec")
    assert "appendfsync" in daemon.wait_for("the store cannot be used")["error"]
    got = daemon.post({"type": "a", "data": 2})
    assert got.status == 503 and got.json["code"] == "not_ready" and int(got.headers["retry-after"]) >= 1
    daemon.wait_for("attempt", outcome="delivered")
    redis.cli("CONFIG", "SET", "appendfsync", "always")
    daemon.wait_for("the store can be used again")
    until(lambda: daemon.post({"type": "a", "data": 3}).status == 202, "events are taken again")


def test_durability_that_is_not_given_is_a_warning_where_the_operator_said_so(start_daemon, receiver, new_redis):
    redis = new_redis(appendfsync="everysec").start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()),
                                   redis={"url": redis.url(), "durability_unverified": True}))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    ready = daemon.admin("GET", "/ready")
    assert ready.status == 200 and ready.json["status"] == "ready" and "appendfsync" in str(ready.json["warnings"])
    assert "appendfsync" in daemon.wait_for("the store is not as it should be")["warning"]
