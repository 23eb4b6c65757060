"""The pieces that end-to-end tests are made of: the daemon, receivers, Redis, certificates, an auditor.

Everything waits for an event (a log line, a request that came in, a process that ended) under a generous
limit; nothing sleeps for a fixed time to let something happen.
"""
