"""The short form runs in CI; POSTRIDER_FAULT_FORM=long is the same with more kills and outages of a minute."""

import os
import random

FORM = os.environ.get("POSTRIDER_FAULT_FORM", "short")
LONG_FORM = FORM == "long"
OUTAGE_SECONDS = 60 if LONG_FORM else 3
KILLS = 50 if LONG_FORM else 5
SEED = int(os.environ.get("POSTRIDER_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
RANDOM = random.Random(SEED)


def random_moment(traffic, most_events=120):
    """Lets a random number of events be accepted: a random moment, on fast and slow machines alike."""
    traffic.wait_for_more(RANDOM.randrange(1, most_events))
