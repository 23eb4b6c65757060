"""Pieces of configuration that many tests share."""

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def endpoint(url, id="hook", events=("**",), **more):
    """An endpoint that may reach the receivers of the tests."""
    settings = {"id": id, "url": url, "events": list(events), "allow_http": True, "allow_private_network": True}
    if "authentication" not in more:
        settings["secret"] = SECRET
    return {**settings, **more}


def webhooks(*endpoints, **more):
    return {"webhooks": list(endpoints), **more}


def retries(*delays, **more):
    """A schedule of exactly these delays, in seconds."""
    return {"schedule": [{"delay_seconds": delay} for delay in delays], "jitter": False, **more}
