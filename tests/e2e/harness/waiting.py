"""Limits of waiting, in one place: they end a test that is stuck, they never pace one that works."""

import os
import time

# Sanitizer builds and busy machines are slower; the limits stretch, the tests stay the same.
SCALE = float(os.environ.get("POSTRIDER_TEST_TIMEOUT_SCALE", "1"))
LONG = 60.0 * SCALE
# By so much a machine that does other things may miss what is promised "within a second": it still tells an answer from a
# wait that only a client's patience ends.
BUSY = 5.0 * SCALE


class StillWaiting(AssertionError):
    """Something that had to happen did not happen within the limit."""


def until(condition, what, limit=LONG, pause=0.02):
    """Asks `condition` again and again until it gives something true, and gives that."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise StillWaiting(f"{what}: not within {limit:g} s")
        time.sleep(pause)
