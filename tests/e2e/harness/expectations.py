"""How tests begin and end a run under load."""

from .behaviours import after, answer
from .load import Load
from .waiting import LONG

SETTLE = 2 * LONG


def begin_load(daemon, receiver, auditor, accepted, **options):
    """A receiver that takes a few milliseconds, so that there is always something in flight."""
    receiver.script("/hook", then=after(0.005, answer(204)))
    load = Load(daemon, auditor, **options).start()
    load.wait_for(accepted)
    return load


def all_received(auditor, receiver, load):
    """Ends the load; every accepted event must come in; gives how many came more than once, in copies."""
    load.stop()
    auditor.wait_until_received(receiver, SETTLE)
    counts = auditor.check(receiver)
    return sum(count - 1 for count in counts.values())
