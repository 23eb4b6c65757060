"""A master with two replicas, watched by three real Sentinels, all over TLS."""

import subprocess

from . import process
from .redis_server import Redis, free_port
from .rights import user_with
from .waiting import LONG, until


class Sentinel:
    def __init__(self, directory, config, tls):
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.file = directory / "sentinel.conf"
        authority, certificate, key = tls
        self.cli_options = ["--tls", "--cacert", authority, "--user", "sentry", "--pass", "s3ntry"]
        self.file.write_text(f"port 0\ntls-port {self.port}\ntls-ca-cert-file {authority}\ntls-cert-file {certificate}\n"
                             f"tls-key-file {key}\ntls-auth-clients no\ntls-replication yes\nbind 127.0.0.1\n"
                             f"dir {directory}\nlogfile {directory}/sentinel.log\n" + config)
        self.process = None

    def start(self):
        self.process = process.start(["redis-server", self.file, "--sentinel"], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        return self

    def cli(self, *arguments):
        command = ["redis-cli", "-p", self.port, "--no-auth-warning", *self.cli_options, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LONG)
        return done.stdout + done.stderr

    def knows_all(self):
        lines = self.cli("SENTINEL", "MASTER", "mymaster").split("\n")
        told = dict(zip(lines[::2], lines[1::2]))
        following = self.cli("SENTINEL", "REPLICAS", "mymaster").count("master-link-status\nok")
        return (told.get("num-other-sentinels") == "2" and told.get("flags") == "master" and
                told.get("num-slaves") == "2" and following == 2)

    def close(self):
        if self.process is not None:
            process.stop(self.process)


class Sentinels:
    """Every way is TLS, and everybody needs a user and a password: `rider` on the servers, `sentry` on the Sentinels, and on
    both the daemon is `postrider` and has the rights that are documented."""

    def __init__(self, directory, authority):
        user = ("--user", *user_with("p0str1der"), "--user", "rider", "on", "~*", "&*", "+@all", ">r1der",
                "--user", "default", "off", "--masteruser", "rider", "--masterauth", "r1der",
                "--tls-replication", "yes", "--repl-diskless-sync-delay", "0")
        tls = (authority.certificate, *authority.issue("server", "server"))
        self.authority = authority
        self.servers = [Redis(directory / "s0", *user, tls=tls, plain=False)]
        for number in (1, 2):
            self.servers.append(Redis(directory / f"s{number}", *user, "--replicaof", "127.0.0.1",
                                      self.servers[0].port, tls=tls, plain=False))
        for server in self.servers:
            server.cli_options = ["--user", "rider", "--pass", "r1der"]
        config = (f"sentinel monitor mymaster 127.0.0.1 {self.servers[0].port} 2\n"
                  "sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 3000\n"
                  "sentinel auth-user mymaster rider\nsentinel auth-pass mymaster r1der\n"
                  "user sentry on >s3ntry ~* &* +@all\nuser default off\n"
                  f"user {' '.join(user_with('w4tcher', after='redis-cli -p 26379'))}\n"
                  "sentinel sentinel-user sentry\nsentinel sentinel-pass s3ntry\n")
        self.sentinels = [Sentinel(directory / f"w{number}", config, tls) for number in range(3)]

    def start(self):
        for each in [*self.servers, *self.sentinels]:
            each.start()
        until(lambda: all(each.knows_all() for each in self.sentinels), "the Sentinels know everybody")
        return self

    def settings(self, **more):
        return {"sentinel": {"master": "mymaster", "username": "postrider", "password": "p0str1der",
                             "sentinel_username": "postrider", "sentinel_password": "w4tcher",
                             "tls": True, "ca_file": str(self.authority.certificate),
                             "nodes": [f"127.0.0.1:{each.port}" for each in self.sentinels], **more}}

    def master(self):
        """Whom one of the Sentinels names."""
        port = int(self.sentinels[0].cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster").split()[1])
        return next(server for server in self.servers if server.port == port)

    def wait_for_replicas(self, server):
        """Until the replicas have everything that the server was told before this call. WAIT counts from the
        connection's own last write, and replication is one stream."""
        said = subprocess.run(["redis-cli", "-s", str(server.socket_path), "--no-auth-warning", *server.cli_options],
                              input="SET probe 1\nWAIT 2 10000\n", capture_output=True, text=True, timeout=LONG)
        assert said.stdout.split() == ["OK", "2"], said.stdout + said.stderr

    def close(self):
        for each in [*self.sentinels, *self.servers]:
            each.close()
