"""The procedures of docs/operations.md: backup and restore, versions side by side, another number of partitions."""

import hashlib
import json
import re
import shutil
import signal
import subprocess
import time

import pytest
from test_admin_commands import Commands

import harness.daemon
from harness import process
from harness.behaviours import answer
from harness.expectations import all_received
from harness.members import Fleet, Spread
from harness.redis_server import free_port
from harness.rights import user_with
from harness.settings import endpoint, retries, webhooks
from harness.waiting import LONG, until

DESCRIPTION = "postrider:store"


def accept_all(daemon, auditor, type, count, **more):
    """Events with bodies of their own, a batch at a time; the auditor keeps its list of them."""
    for first in range(0, count, 500):
        numbers = range(first, min(first + 500, count))
        daemon.accept_all({"type": type, "id": f"{type}-{number}", "data": {"n": number, "type": type}, **more}
                          for number in numbers)
        for number in numbers:
            auditor.note(f"{type}-{number}", json.dumps({"n": number, "type": type}, separators=(",", ":")).encode())


def stop(daemon):
    code, _ = daemon.terminate()
    assert code == 0


def resume(daemon, *ids):
    for id in ids:
        assert daemon.admin("POST", f"/api/webhooks/{id}/resume").status == 200


def pause(daemon, *ids):
    for id in ids:
        assert daemon.admin("POST", f"/api/webhooks/{id}/pause").status == 200


def adds_up(daemon):
    code, out, error = Commands(daemon)("audit")
    assert code == 0, out + error
    return True


# -- backup and restore --------------------------------------------------------------------------

def embedded_cli(daemon, *arguments):
    command = ["redis-cli", "-s", daemon.state_directory / "redis.sock", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LONG, check=True).stdout


def copy_store(source, target):
    """What docs/operations.md says to copy of a daemon that runs."""
    target.mkdir()
    shutil.copytree(source / "appendonlydir", target / "appendonlydir")
    if (source / "encryption.key").exists():
        shutil.copy2(source / "encryption.key", target / "encryption.key")


def tear_the_end(directory):
    """As a copy looks that was made while a record was being written."""
    last = max(directory.glob("appendonlydir/*.incr.aof"), key=lambda path: path.stat().st_mtime)
    with open(last, "ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$9\r\npostri")


@pytest.mark.parametrize("torn", [False, True], ids=["whole", "torn"])
def test_a_copy_of_a_running_embedded_store_delivers_what_was_accepted_before(receiver, start_daemon, new_daemon,
                                                                              auditor, torn):
    config = webhooks(endpoint(receiver.url(), events=["a", "b"]))
    daemon = start_daemon(config, name="first")
    accept_all(daemon, auditor, "b", 10)
    auditor.wait_until_received(receiver, LONG)
    pause(daemon, "hook")
    accept_all(daemon, auditor, "a", 200)

    embedded_cli(daemon, "config", "set", "auto-aof-rewrite-percentage", 0)
    until(lambda: "aof_rewrite_in_progress:0" in embedded_cli(daemon, "info", "persistence"), "no rewrite")
    restored = new_daemon(config, name="second")
    copy_store(daemon.state_directory, restored.state_directory)
    if torn:
        tear_the_end(restored.state_directory)
    embedded_cli(daemon, "config", "set", "auto-aof-rewrite-percentage", 100)
    daemon.kill9()  # the machine is lost

    restored.start()
    assert adds_up(restored)
    resume(restored, "hook")
    auditor.wait_until_received(receiver, LONG)
    counts = auditor.check(receiver)
    assert set(counts.values()) == {1}, "what was delivered before the copy is not sent again"
    until(lambda: "210 delivered" in Commands(restored).out("status"), "all are counted")
    assert adds_up(restored)


def test_the_state_directory_of_a_stopped_daemon_is_a_backup(receiver, start_daemon, new_daemon, auditor):
    config = webhooks(endpoint(receiver.url(), events=["a"]))
    daemon = start_daemon(config, name="first")
    pause(daemon, "hook")
    made = daemon.admin("POST", "/api/webhooks", headers={"Content-Type": "application/json"}, body=json.dumps(
        {"url": receiver.url("/made"), "events": ["b"], "allow_http": True, "allow_private_network": True}))
    assert made.status == 201, made.body
    accept_all(daemon, auditor, "a", 100)
    stop(daemon)
    restored = new_daemon(config, name="second")
    shutil.copytree(daemon.state_directory, restored.state_directory)
    restored.start()
    resume(restored, "hook")
    auditor.wait_until_received(receiver, LONG)
    assert set(auditor.check(receiver).values()) == {1}
    restored.accept({"type": "b", "data": 1})
    receiver.wait_for(1, path="/made")
    assert receiver.requests("/made")[0].header("webhook-signature"), "its secret was opened with the key of the copy"
    assert adds_up(restored)


def test_the_aof_of_an_external_store_is_a_backup(receiver, start_daemon, new_redis, auditor):
    redis = new_redis(name="old").start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}))
    pause(daemon, "hook")
    accept_all(daemon, auditor, "a", 50)
    restored = new_redis(name="new")
    copy_store(redis.directory, restored.directory / "copy")
    shutil.move(restored.directory / "copy" / "appendonlydir", restored.directory / "appendonlydir")
    daemon.kill9()
    redis.kill9()  # the machine is lost
    restored.start()
    daemon.write_config(webhooks(endpoint(receiver.url()), redis={"url": restored.url()}))
    daemon.start()
    assert adds_up(daemon)
    resume(daemon, "hook")
    auditor.wait_until_received(receiver, LONG)
    assert set(auditor.check(receiver).values()) == {1}


def test_a_snapshot_of_an_external_store_is_restored_and_sends_again_what_came_after_it(receiver, start_daemon,
                                                                                        new_redis, auditor, directory):
    redis = new_redis(name="old").start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}))
    pause(daemon, "hook")
    accept_all(daemon, auditor, "a", 50)
    assert "Transfer finished with success" in redis.cli("--rdb", directory / "backup.rdb")
    resume(daemon, "hook")
    auditor.wait_until_received(receiver, LONG)
    stop(daemon)

    restored = new_redis("--dbfilename", "backup.rdb", name="new", appendonly="no")
    shutil.copy2(directory / "backup.rdb", restored.directory / "backup.rdb")
    restored.start()
    assert restored.cli("CONFIG", "SET", "appendonly", "yes").strip() == "OK"
    until(lambda: "aof_rewrite_in_progress:0" in restored.cli("INFO", "persistence"), "the AOF is written")
    daemon.write_config(webhooks(endpoint(receiver.url()), redis={"url": restored.url()}))
    daemon.start()
    assert adds_up(daemon)
    resume(daemon, "hook")
    receiver.wait_for(100)
    counts = auditor.check(receiver)
    assert set(counts.values()) == {2}, "the same ids and the same bytes once more"


# -- versions side by side -----------------------------------------------------------------------

NEWER_COUNT = "newer"


def newer_text(text):
    """Of the same length. The one that ends a delivery counts something of its own; others differ in a comment."""
    first = text.index(b"\n-- ") + 1
    line = text[first:text.index(b"\n", first)]
    code = f"redis.call('HINCRBY', KEYS[1] .. 'counts', '{NEWER_COUNT}', 1)".encode()
    is_the_one = line.startswith("-- in flight → delivered".encode())
    return text.replace(line, code.ljust(len(line)) if is_the_one else b"--\t" + line[3:], 1)


def with_newer_scripts(binary, target):
    """A copy of the program as a later version could be: its scripts have other texts, and so other digests."""
    program = bytearray(binary.read_bytes())
    changed = 0
    for found in re.finditer(rb"#!lua[^\0]*?\n-- [^\0]*\0", bytes(program)):
        text = found[0][:-1]
        digest = hashlib.sha1(text).hexdigest().encode()
        at = program.find(digest)
        if at < 0:
            continue
        newer = newer_text(text)
        assert len(newer) == len(text)
        program[found.start():found.start() + len(text)] = newer
        program[at:at + 40] = hashlib.sha1(newer).hexdigest().encode()
        changed += 1
    assert changed >= 26, f"{changed} scripts were found in the program"
    target.write_bytes(program)
    target.chmod(0o755)
    return str(target)


def counted_by_the_newer(redis):
    keys = redis.cli("KEYS", "postrider:{*}:counts").split()
    return sum(int(redis.cli("HGET", key, NEWER_COUNT).strip() or 0) for key in keys)


def test_versions_with_other_scripts_work_side_by_side_and_take_over_from_each_other(receiver, new_daemon, new_redis,
                                                                                     auditor, directory):
    redis = new_redis().start()
    fleet = Fleet(new_daemon, receiver, {"url": redis.url()}, lease=60, partitions=12)
    older = harness.daemon.Path(harness.daemon.BINARY)
    newer = with_newer_scripts(older, directory / "newer")
    changing, staying = fleet.start("changing", "staying")
    load = Spread([changing, staying], auditor, connections=4).start()
    load.wait_for(100)
    assert counted_by_the_newer(redis) == 0
    for binary in (newer, str(older)):  # the rolling step, and back again
        stop(changing)
        changing.binary = binary
        changing.start()
        until(lambda: fleet.is_even([changing, staying]), "both have work, each with its own scripts")
        sent = [len(daemon.matching("attempt", outcome="delivered")) for daemon in (changing, staying)]
        redis.cli("SCRIPT", "FLUSH")
        load.wait_for(load.count(202) + 100)
        for daemon, before in zip((changing, staying), sent):
            daemon.attempts(before + 20, outcome="delivered")
        assert counted_by_the_newer(redis) > 0
    assert all_received(auditor, receiver, load) == 0, "a clean handover repeats nothing"
    until(lambda: " 0 waiting, 0 in flight" in Commands(staying).out("status"), "everything is settled")
    assert adds_up(staying)


# -- another number of partitions ----------------------------------------------------------------

def repartition_command(daemon, partitions):
    return [harness.daemon.BINARY, "repartition", "--config", str(daemon.config_file), "--state-dir",
            str(daemon.state_directory), "--partitions", str(partitions)]


def repartition(daemon, partitions):
    return subprocess.run(repartition_command(daemon, partitions), capture_output=True, text=True, timeout=LONG)


def deliveries(daemon, id, status):
    rows = []
    for row in Commands(daemon).json("deliveries", id, "--status", status, "--limit", "1000")["deliveries"]:
        rows.append((row["event_id"], row["attempts"], row["next_attempt_at"]))
    return sorted(rows)


def test_8_to_64_to_16_partitions_keep_everything_and_its_order(receiver, start_daemon, auditor):
    receiver.script("/refuse", then=answer(400))
    receiver.script("/later", then=answer(503))
    many = [f"many-{number}" for number in range(12)]

    def config(partitions):
        return webhooks(
            *[endpoint(receiver.url("/hook"), id=id, events=[id], ordering="key", concurrency=4) for id in many],
            endpoint(receiver.url("/refuse"), id="refuse", events=["refuse"], auto_disable={"enabled": False}),
            endpoint(receiver.url("/later"), id="later", events=["later"], retry=retries(1000),
                     circuit_breaker={"enabled": False}),
            redis={"partitions": partitions})
    daemon = start_daemon(config(8))
    pause(daemon, *many)
    for id in many:
        accept_all(daemon, auditor, id, 20, key="k")
    client = daemon.client()
    for number in range(10):
        assert client.post({"type": "refuse", "id": f"refuse-{number}", "data": number}).status == 202
        assert client.post({"type": "later", "id": f"later-{number}", "data": number}).status == 202
    client.close()
    daemon.wait_metric("webhook_dead_letters_total", 10, endpoint="refuse")
    until(lambda: len(deliveries(daemon, "later", "retrying")) == 10, "ten wait for their retry")
    retrying = deliveries(daemon, "later", "retrying")
    dead = deliveries(daemon, "refuse", "dead")
    assert len(dead) == 10
    running = repartition(daemon, 64)
    assert running.returncode == 1 and len(running.stderr.splitlines()) == 1, running.stderr

    for partitions in (64, 16):
        stop(daemon)
        done = repartition(daemon, partitions)
        assert done.returncode == 0, done.stderr
        daemon.launch()
        assert daemon.wait_exit() == 1, "the configuration has the former number"
        daemon.write_config(config(partitions))
        daemon.start()
        assert adds_up(daemon)
        assert deliveries(daemon, "later", "retrying") == retrying
        assert deliveries(daemon, "refuse", "dead") == dead
        repeated = daemon.accept({"type": "refuse", "id": "refuse-0", "data": 0})
        assert repeated["duplicate"] is True, "ids are remembered"

    resume(daemon, *many)
    auditor.wait_until_received(receiver, LONG, path="/hook")
    auditor.check(receiver, path="/hook")
    for id in many:
        came = [request.id for request in receiver.requests("/hook") if request.id.startswith(id + "-")]
        assert came == [f"{id}-{number}" for number in range(20)], "in order, each once"
    receiver.script("/refuse", then=answer(204))
    assert Commands(daemon)("dead-letters", "replay", "--endpoint", "refuse")[0] == 0
    until(lambda: len({r.id for r in receiver.requests("/refuse")[10:]}) == 10, "dead letters have their bodies")
    until(lambda: "250 delivered" in Commands(daemon).out("status"), "all are counted")
    assert adds_up(daemon)


def test_a_change_of_partitions_that_is_killed_goes_on_and_loses_nothing(receiver, start_daemon, new_redis, auditor):
    many = [f"many-{number}" for number in range(20)]
    redis = new_redis("--user", *user_with("p0str1der"), appendfsync="no").start()
    url = redis.url().replace("//", "//postrider:p0str1der@")

    def config(partitions):
        return webhooks(*[endpoint(receiver.url("/hook"), id=id, events=["a"], ordering="key") for id in many[:2]],
                        *[endpoint(receiver.url("/other"), id=id, events=["a"]) for id in many[2:]],
                        redis={"url": url, "partitions": partitions, "durability": "memory",
                               "lease_seconds": 1})
    daemon = start_daemon(config(8))
    pause(daemon, *many)
    accept_all(daemon, auditor, "a", 400, key="k")
    stop(daemon)
    kills = 0
    for attempt in range(40):
        running = process.start(repartition_command(daemon, 64), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: "moved to 64" in redis.cli("GET", DESCRIPTION) or running.poll() is not None, "it has begun")
        time.sleep(0.03 * (attempt % 5))
        if running.poll() is not None:
            break
        running.send_signal(signal.SIGKILL)
        running.wait(LONG)
        kills += 1
        if kills == 1 and "being moved" in redis.cli("GET", DESCRIPTION):
            daemon.launch()
            assert daemon.wait_exit() == 1
            told = daemon.matching("the store cannot be used")[-1]["error"]
            assert "postrider repartition --partitions 64" in told
    done = repartition(daemon, 64)
    assert done.returncode == 0, done.stderr
    assert kills >= 1, "it was killed in the middle"
    assert redis.cli("GET", DESCRIPTION).strip() == "postrider store, format 3, partitions 64"
    daemon.write_config(config(64))
    daemon.start()
    assert adds_up(daemon)
    resume(daemon, *many)
    until(lambda: "8,000 delivered" in Commands(daemon).out("status"), "all are delivered", limit=2 * LONG)
    assert len({r.id for r in receiver.requests("/hook")}) == 400
    assert len(receiver.requests("/hook")) == 800 and len(receiver.requests("/other")) == 7200
    auditor.check(receiver)
    assert adds_up(daemon)


def test_a_running_daemon_keeps_its_partitions(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url(), "lease_seconds": 3}))
    daemon.wait_metric("webhook_partitions_owned", 16)
    done = repartition(daemon, 64)
    assert done.returncode == 1 and "stop every daemon" in done.stderr, done.stderr
    assert redis.cli("GET", DESCRIPTION).strip() == "postrider store, format 3, partitions 16"
    daemon.accept({"type": "a", "data": 1})
    daemon.attempts(1, outcome="delivered")


def test_a_redis_cluster_is_refused(receiver, new_daemon, new_redis):
    nowhere = webhooks(redis={"cluster": {"nodes": ["127.0.0.1:1"]}})
    node = new_redis("--cluster-enabled", "yes", "--cluster-port", free_port()).start()
    for config in (nowhere, webhooks(redis={"url": node.url()})):
        daemon = new_daemon(config, name=f"of-{len(config['redis'])}-{'url' in config['redis']}")
        done = repartition(daemon, 16)
        assert done.returncode == 1 and "Redis Cluster cannot be changed in place" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments", [["--partitions", "0"], ["--partitions", "4097"], []])
def test_a_wrong_number_is_wrong_usage(arguments):
    done = subprocess.run([harness.daemon.BINARY, "repartition", *arguments], capture_output=True, timeout=LONG)
    assert done.returncode == 2
