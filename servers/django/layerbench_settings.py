"""Settings of the application that bench starts: CHANNEL_LAYERS comes from the environment, as JSON."""

import json
import os
from urllib.parse import quote, urlencode, urlsplit

SECRET_KEY = "measures channel layers, signs nothing"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["channels"]
CHANNEL_LAYERS = json.loads(os.environ["LAYERBENCH_CHANNEL_LAYERS"])
USE_TZ = True



def for_old_channels_redis(host):
    """channels_redis before 4.1 takes [host, port] as a tuple only, and nothing beside an address: those go into its query."""
    if isinstance(host, list):
        return tuple(host)
    if not isinstance(host, dict) or "address" not in host:
        return host
    options = {name: value for name, value in host.items() if name != "address"}
    # None is a default of redis-py, but for certificates, where it is "none".
    if "ssl_cert_reqs" in options:
        options["ssl_cert_reqs"] = {None: "none", 0: "none", 1: "optional", 2: "required"}.get(
            options["ssl_cert_reqs"], options["ssl_cert_reqs"]
        )
    # What the URL says itself wins, as upstream has it: of a name that stands twice in a query, redis-py takes the first.
    if urlsplit(host["address"]).path.strip("/").isdigit():
        options.pop("db", None)
    query = urlencode({name: quote(str(value), safe="") for name, value in options.items() if value is not None})
    address = host["address"]
    return address + ("&" if "?" in address else "?") + query if query else address


def is_old():
    try:
        from channels_redis import utils
    except ImportError:
        return False
    return not hasattr(utils, "create_pool")


for layer in CHANNEL_LAYERS.values():
    hosts = layer.get("CONFIG", {}).get("hosts")
    if isinstance(hosts, list) and is_old():
        layer["CONFIG"]["hosts"] = [for_old_channels_redis(host) for host in hosts]
