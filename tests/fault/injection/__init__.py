"""What breaks things, and what keeps the books meanwhile: a gate before Redis, a disk and a clock that misbehave,
traffic that repeats what was not answered, and a ledger outside the daemon."""
