"""
The consumer of Django Channels, without a server: consumer.py REDIS_URL prints what it has noted, as JSON.
"""

import asyncio
import json
import os
import sys
import time

from django.conf import settings

settings.configure()

from channels.layers import InMemoryChannelLayer  # noqa: E402
from channels_redis.core import RedisChannelLayer  # noqa: E402
import layerbench_consumer as consumer  # noqa: E402

SENDER = 7


def message(seq, run=1):
    header = consumer.HEADER.pack(b"LB", 1, consumer.EPOCH_MEASURE, 0, run, 0, SENDER, seq)
    return {"type": "bench.frame", "frame": header + bytes(consumer.HEADER_BYTES - len(header))}


def noted(kind, cause):
    return [
        {key: value for key, value in entry.items() if key in ("from", "to", "channel", "name", "count")}
        for entry in consumer.evidence.entries
        if (entry["kind"], entry["cause"]) == (kind, cause)
    ]


async def expiry():
    """Two channels that nobody reads, of which one is in a group; the sweeps that drop their messages see each moment."""
    layer = consumer.watch(InMemoryChannelLayer(expiry=0.3))
    await layer.group_add("g0", "a!1")
    for seq in range(5):
        await layer.send("a!1", message(seq))
    await layer.send("b!1", message(5))
    while layer.channels:
        layer._clean_expired()
    # Nothing is expired of what is read in time, nor told again.
    await layer.send("a!1", message(6))
    await layer.receive("a!1")
    # What nobody looked at while it expired.
    await layer.send("b!1", message(7))
    time.sleep(0.4)
    layer._clean_expired()
    return {"expired": noted("message", "expired"), "counted": noted("count", "expired"), "groupExpired": noted("count", "groupExpired")}


async def held(url):
    """One message by `send`, one to a group of two, and one of another run: in Redis, and taken by nobody."""
    layer = consumer.watch(RedisChannelLayer(hosts=[url], prefix="layerbench-consumer"))
    channels = [await layer.new_channel() for _ in range(2)]
    await layer.send(channels[0], message(0))
    for channel in channels:
        await layer.group_add("g0", channel)
    await layer.group_send("g0", message(1))
    await layer.send(channels[0], message(2, run=2))
    frames = await consumer.held_by(layer, consumer.EPOCH_MEASURE, run=1)
    await layer.close_pools()
    return [[frame["seq"], channels.index(frame["channel"]), frame["expired"]] for frame in frames]


async def report():
    """Entries that come while a report asks what is held: how many it counts, and how many it has."""

    async def busy(layer, epoch, run):
        consumer.evidence.message("refused", message(100)["frame"])
        return []

    os.environ["LAYERBENCH_PROCESS_INDEX"] = "0"
    layer = consumer.watch(InMemoryChannelLayer())
    consumer.watched_layer, consumer.held_by = lambda: layer, busy
    before = len(consumer.evidence.entries)
    found = await consumer.report(before, consumer.EPOCH_MEASURE)
    return [found["evidenceCount"] - before, len(found["evidence"])]


async def runs():
    """What is told of the second of two runs over the same sockets: its own losses, and how far it was published."""
    before = len(consumer.evidence.entries)
    for run, seq in ((1, 200), (2, 201), (2, 202)):
        consumer.evidence.message("refused", message(seq, run)["frame"])
    consumer.published.update({SENDER: (2, 203), SENDER + 1: (1, 5)})
    found = await consumer.report(before, consumer.EPOCH_MEASURE, run=2)
    told = [[entry["run"], entry["from"], entry["to"]] for entry in found["evidence"] if entry["from"] >= 200]
    return {"run": found["run"], "published": found["published"], "told": told}


async def main():
    found = {"memory": await expiry(), "held": await held(sys.argv[1]), "report": await report(), "runs": await runs()}
    print(json.dumps(found))


asyncio.run(main())
