"""As many events come in as go out, while a queue of a given length stays."""

import statistics
import time

from posting import Poster, lines_of

MOVING = 256  # are on their way at any time: enough to keep an endpoint of 64 in flight busy
TOGETHER = 32  # as few are posted in one request
MOST = 500
SETTLING = 0.3
LOOK_EVERY = 0.25  # as often as the daemon looks at its queues


def flow(setting, type, seconds, size):
    """The rate and the CPU of each event, at an endpoint that is enabled. As many wait afterwards as before, and those of
    MOVING that are not in flight wait with them: `waiting` is how many that were."""
    poster, receiver = Poster(setting.daemon.port), setting.receiver
    lines = lines_of(type, MOST, size)
    begun, posted, refused, lengths = receiver.count(), 0, 0, []
    counting_from, end, mark = time.monotonic() + SETTLING, None, None
    while end is None or time.monotonic() < end:
        count = receiver.count() - begun
        if mark is None and time.monotonic() >= counting_from:
            mark = (time.monotonic(), count, setting.daemon.cpu(), setting.redis.cpu())
            end = mark[0] + seconds
        if mark is not None and time.monotonic() >= mark[0] + LOOK_EVERY * (len(lengths) + 1):
            lengths.append(setting.daemon.waiting())
        free = min(MOVING - (posted - count), MOST)
        if free >= TOGETHER:
            accepted = poster.post(b"\n".join(lines[:free]))
            posted += free if accepted else 0
            refused += not accepted
        else:
            time.sleep(0.0005)
    result = since(mark, setting, receiver.count() - begun)
    return {**result, "posted": posted, "refused": refused, "waiting": statistics.median(lengths)}


def steady_around(before, setting, type, seconds, size):
    """The mean of the rate before and of that now: a machine's speed drifts while a million events are put in."""
    setting.receiver.wait_until_quiet()
    return (before + flow(setting, type, seconds, size)["per_second"]) / 2


def since(mark, setting, count):
    at, counted, daemon_cpu, redis_cpu = mark
    share = 1e6 / max(count - counted, 1)
    return {"per_second": (count - counted) / (time.monotonic() - at),
            "daemon_us": (setting.daemon.cpu() - daemon_cpu) * share, "redis_us": (setting.redis.cpu() - redis_cpu) * share}
