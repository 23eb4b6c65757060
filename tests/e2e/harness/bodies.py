"""Bodies lie in the store beside the script that makes their deliveries (docs/decisions/0027-bodies-beside-the-script.md): neither
may ever be there without the other."""

import threading

from .accounts import prove_accounts

# Of one moment. On a Cluster a slot that is just being moved has a part of its keys here and the rest there.
LOOK = """
local bodies, astray = {}, {}
for _, body in ipairs(redis.call('KEYS', '*}:event:*')) do bodies[body] = true end
for _, states in ipairs(redis.call('KEYS', '*}:states')) do
    for _, id in ipairs(redis.call('HKEYS', states)) do
        local body = states:gsub('states$', 'event:' .. id)
        if not bodies[body] then astray[#astray + 1] = body .. ' is missing' end
        bodies[body] = nil
    end
end
for body in pairs(bodies) do astray[#astray + 1] = body .. ' is nobody\\'s' end
return {'looked', #astray, unpack(astray, 1, 20)}"""


def astray(server):
    """Bodies without a delivery and deliveries without a body, in words; None: the server is away."""
    said = server.cli("EVAL", LOOK, 0).splitlines()
    return said[2:2 + int(said[1])] if said[:1] == ["looked"] else None


def nothing_is_left(daemon, *servers):
    """Waits until every delivery has ended; the accounts have to add up, and no body stays."""
    accounts = prove_accounts(daemon)
    assert accounts["dead_letters"] == 0, accounts
    for server in servers:
        left = server.cli("KEYS", "*}:event:*").split()
        assert not left and astray(server) == [], (left[:3], astray(server))


class Watch:
    """Looks at servers again and again while a test goes on."""

    def __init__(self, *servers):
        self.servers, self.looks, self.faults = servers, 0, []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        assert self.looks and not self.faults, (self.looks, self.faults[:3])

    def _run(self):
        try:
            while not self.stopping.wait(0.01):
                for server in self.servers:
                    found = astray(server)
                    self.looks += found is not None
                    self.faults += found or []
        except Exception as fault:  # a fault of the test itself must fail it
            self.faults.append(repr(fault))
