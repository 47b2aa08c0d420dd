"""What the running gateway says about itself, asked over its ops listener."""

import http.client

import msgspec

from dragoman.config import Config
from dragoman.core.watch import NodeStatus

TIMEOUT_S = 2.0
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  # compared, not bound


def node_status(config: Config) -> NodeStatus | None:
    """Give the state of the gateway that these settings name; None when none answers."""
    address = config.ops.listen
    # Whoever listens on every address listens on this one, too.
    host = "127.0.0.1" if address.host in EVERYWHERE else address.host
    connection = http.client.HTTPConnection(host, address.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/status.json")
        response = connection.getresponse()
        if response.status != http.client.OK:
            return None
        return msgspec.json.decode(response.read(), type=NodeStatus)
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return None
    finally:
        connection.close()
