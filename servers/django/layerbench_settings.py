"""Settings of the application that bench starts: CHANNEL_LAYERS comes from the environment, as JSON."""

import json
import os

SECRET_KEY = "measures channel layers, signs nothing"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["channels"]
CHANNEL_LAYERS = json.loads(os.environ["LAYERBENCH_CHANNEL_LAYERS"])
USE_TZ = True

# channels_redis before 4.1 takes [host, port] as a tuple only.
for layer in CHANNEL_LAYERS.values():
    hosts = layer.get("CONFIG", {}).get("hosts")
    if isinstance(hosts, list):
        layer["CONFIG"]["hosts"] = [tuple(host) if isinstance(host, list) else host for host in hosts]
