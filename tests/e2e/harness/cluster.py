"""A real Redis Cluster: three masters with a replica each, with or without TLS on every way."""

import subprocess

from .redis_server import Redis, free_port
from .rights import user_with
from .waiting import LONG, until


class Cluster:
    """Everybody needs a user and a password: the daemon is `postrider` and has the rights that are documented, the servers
    and this test are `rider`."""

    def __init__(self, directory, authority=None):
        """With an `authority` there is no listener without TLS."""
        options = ("--user", *user_with("p0str1der"), "--user", "rider", "on", "~*", "&*", "+@all", ">r1der",
                   "--user", "default", "off", "--masteruser", "rider", "--masterauth", "r1der", "--cluster-enabled", "yes",
                   "--cluster-node-timeout", "1500", "--repl-diskless-sync-delay", "0",
                   "--cluster-require-full-coverage", "no")
        self.authority, tls = authority, {}
        if authority:
            options += ("--tls-cluster", "yes", "--tls-replication", "yes")
            tls = {"tls": (authority.certificate, *authority.issue("node", "node")), "plain": False}
        self.servers = [Redis(directory / f"n{number}", *options, "--cluster-port", free_port(), **tls)
                        for number in range(6)]
        for server in self.servers:
            server.cli_options = ["--user", "rider", "--pass", "r1der"]

    def start(self):
        for server in self.servers:
            server.start()
        nodes = [f"127.0.0.1:{server.port}" for server in self.servers]
        tls = ["--tls", "--cacert", self.authority.certificate] if self.authority else []
        made = subprocess.run(["redis-cli", *tls, "--user", "rider", "--pass", "r1der", "--no-auth-warning", "--cluster",
                               "create", *nodes, "--cluster-replicas", "1", "--cluster-yes"], capture_output=True,
                              text=True, timeout=LONG)
        assert made.returncode == 0, made.stdout + made.stderr
        return self.wait_until_whole()

    def wait_until_whole(self):
        until(lambda: all("cluster_state:ok" in server.cli("CLUSTER", "INFO") for server in self.servers),
              "the cluster is whole")
        until(lambda: len(self.replicas()) == 3 and all("master_link_status:up" in each.cli("INFO", "replication")
                                                        for each in self.replicas()), "replicas follow")
        return self

    def renew(self):
        """For the next test: as many masters and replicas as ever, wherever the slots lie now, and nothing in them."""
        for server in self.servers:
            if not server.is_running():
                server.start()
        self.wait_until_whole()
        for master in self.masters():
            assert master.cli("FLUSHALL").strip() == "OK"
        return self

    def settings(self, password="p0str1der", authority=None, **more):
        """`authority`: another than that of the servers."""
        trusted = authority or self.authority
        tls = {"tls": True, "ca_file": str(trusted.certificate)} if trusted else {}
        return {"cluster": {"nodes": [f"127.0.0.1:{server.port}" for server in self.servers[:2]],
                            "username": "postrider", "password": password, **tls}, **more}

    def alive(self):
        return [server for server in self.servers if server.is_running()]

    def masters(self):
        return [each for each in self.alive() if each.cli("ROLE").startswith("master") and self.slots(each)]

    def replicas(self):
        return [each for each in self.alive() if each.cli("ROLE").startswith("slave")]

    @staticmethod
    def id_of(server):
        return server.cli("CLUSTER", "MYID").strip()

    @staticmethod
    def slots(server):
        """The ranges of slots that it serves."""
        myself = next(line for line in server.cli("CLUSTER", "NODES").splitlines() if "myself" in line)
        return [word for word in myself.split()[8:] if not word.startswith("[")]

    def slot_of(self, key):
        return int(self.servers[0].cli("CLUSTER", "KEYSLOT", key))

    def master_of(self, slot, masters=None):
        def serves(server):
            for each in self.slots(server):
                first, _, last = each.partition("-")
                if int(first) <= slot <= int(last or first):
                    return True
            return False
        return next(each for each in masters or self.masters() if serves(each))

    def move(self, slot, once_begun=lambda: None):
        """Moves a slot to another master as redis-cli does, key by key. `once_begun` is called while the slot has not a key
        fewer, and takes no new ones."""
        masters = self.masters()
        source = self.master_of(slot, masters)
        to = next(each for each in masters if each is not source)
        to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(to))
        once_begun()
        while keys := source.cli("CLUSTER", "GETKEYSINSLOT", slot, 100).split():
            source.cli("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "AUTH2", "rider", "r1der", "KEYS", *keys)
        for server in [to, source, *(each for each in masters if each not in (to, source))]:
            server.cli("CLUSTER", "SETSLOT", slot, "NODE", self.id_of(to))

    def wait_for_replicas(self):
        """Until the replicas have what their masters were told before this call."""
        for master in self.masters():
            offset = int(master.cli("INFO", "replication").split("master_repl_offset:")[1].split()[0])
            until(lambda: any(int(each.cli("INFO", "replication").split("slave_repl_offset:")[1].split()[0]) >= offset
                              for each in self.replicas()
                              if f"master_port:{master.port}" in each.cli("INFO", "replication")),
                  "the replica has it")

    def close(self):
        for server in self.servers:
            server.close()
