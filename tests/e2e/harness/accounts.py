"""The daemon's own accounts at the end of a run, as `postrider audit` shows them, proven once more and partition by partition."""

import json
import os
import subprocess

from .daemon import BINARY
from .waiting import LONG, until


def audit(daemon):
    """Exit code, all partitions and their sum; nothing while Redis does not answer."""
    done = subprocess.run([BINARY, "audit", "--json"], capture_output=True, text=True, timeout=LONG,
                          env={**os.environ, "POSTRIDER_URL": f"http://{daemon.admin_address}"})
    found = json.loads(done.stdout) if done.stdout else None
    return done.returncode, found, done.stderr


def adds_up(row):
    begun, ended = row["accepted"] + row["replayed"], row["delivered"] + row["dead"] + row["expired"]
    gone = row["revived"] + row["purged"] + row["dropped"] + row["swept"]
    return begun == ended + row["live"] and row["dead"] + row["expired"] == gone + row["dead_letters"]


def prove_accounts(daemon, limit=LONG):
    """Waits until nothing is live any more. Whatever is seen meanwhile has to add up as well. Gives the sum."""
    def at_rest():
        code, found, error = audit(daemon)
        if found is None:
            return None
        settled = [row for row in found["partitions"] if row["settled"]]
        assert code == 0 and all(map(adds_up, settled)), (error, [row for row in settled if not adds_up(row)])
        return len(settled) == len(found["partitions"]) and found["sum"]["live"] == 0 and found
    found = until(at_rest, "accounts without anything live", limit, 0.1)
    return {**found["sum"], "partitions": len(found["partitions"])}
