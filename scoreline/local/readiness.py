"""What a service's /readyz says, in words for a person."""

import json
import urllib.error
import urllib.request

from scoreline.local.ports import HOST


def not_ready(port: int, host: str = HOST) -> str:
    """Return why the service on `port` is not ready, or nothing when it is."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=4) as answer:  # our own
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        return f"it does not answer: {error}"
    try:
        said = json.loads(body)
        bad = [f"{name}: {check['reason']}" for name, check in said["checks"].items() if not check["ok"]]
        return "" if said["ready"] else "; ".join(bad) or "it is about to stop"
    except (ValueError, KeyError, TypeError):
        return "the answer is not one of ours; another program has the port"
