"""A real Redis Cluster: three masters with a replica each."""

import subprocess

from .redis_server import Redis, free_port
from .waiting import LONG, until


class Cluster:
    """Everybody needs a user and a password: `rider`."""

    def __init__(self, directory):
        options = ("--user", "rider", "on", "~*", "&*", "+@all", ">r1der", "--user", "default", "off",
                   "--masteruser", "rider", "--masterauth", "r1der", "--cluster-enabled", "yes",
                   "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0",
                   "--cluster-require-full-coverage", "no")
        self.servers = [Redis(directory / f"n{number}", *options, "--cluster-port", free_port())
                        for number in range(6)]
        for server in self.servers:
            server.cli_options = ["--user", "rider", "--pass", "r1der"]

    def start(self):
        for server in self.servers:
            server.start()
        nodes = [f"127.0.0.1:{server.port}" for server in self.servers]
        made = subprocess.run(["redis-cli", "--user", "rider", "--pass", "r1der", "--no-auth-warning", "--cluster",
                               "create", *nodes, "--cluster-replicas", "1", "--cluster-yes"], capture_output=True,
                              text=True, timeout=LONG)
        assert made.returncode == 0, made.stdout + made.stderr
        until(lambda: all("cluster_state:ok" in server.cli("CLUSTER", "INFO") for server in self.servers),
              "the cluster is whole")
        until(lambda: len(self.replicas()) == 3 and all("master_link_status:up" in each.cli("INFO", "replication")
                                                        for each in self.replicas()), "replicas follow")
        return self

    def settings(self, **more):
        return {"cluster": {"nodes": [f"127.0.0.1:{server.port}" for server in self.servers[:2]],
                            "username": "rider", "password": "r1der"}, **more}

    def alive(self):
        return [server for server in self.servers if server.process is not None]

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

    def master_of(self, slot):
        def serves(server):
            for each in self.slots(server):
                first, _, last = each.partition("-")
                if int(first) <= slot <= int(last or first):
                    return True
            return False
        return next(each for each in self.masters() if serves(each))

    def move(self, slot, to):
        """Moves a slot as redis-cli does, key by key."""
        source = self.master_of(slot)
        to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(to))
        while keys := source.cli("CLUSTER", "GETKEYSINSLOT", slot, 100).split():
            source.cli("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "AUTH2", "rider", "r1der", "KEYS", *keys)
        for server in [to, source, *self.masters()]:
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
