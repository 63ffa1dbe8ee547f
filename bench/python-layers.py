"""
Deliveries per second of a channel layer of Django Channels, for bench/against-python.ts.

    python-layers.py LAYER REDIS_URL PREFIX

Reads lines `MEMBERS MESSAGES IN_FLIGHT` and answers each with a number: every message goes to a group of MEMBERS channels of
this process, and is received by each; IN_FLIGHT sends wait at a time.
"""

import asyncio
import sys
import time

from django.conf import settings

settings.configure()

from channels.layers import InMemoryChannelLayer  # noqa: E402
from channels_redis.core import RedisChannelLayer  # noqa: E402
from channels_redis.pubsub import RedisPubSubChannelLayer  # noqa: E402

PAYLOAD = bytes(128)


def open_layer(name, url, prefix):
    if name == "memory":
        return InMemoryChannelLayer(capacity=1_000_000)
    if name == "redis-pubsub":
        return RedisPubSubChannelLayer(hosts=[url], prefix=prefix)
    return RedisChannelLayer(hosts=[url], prefix=prefix, capacity=1_000_000)


class Group:
    def __init__(self, layer, name):
        self.layer = layer
        self.name = name
        self.missing = 0
        self.arrived = asyncio.Event()
        self.receivers = []

    async def fill(self, members):
        for _ in range(members):
            channel = await self.layer.new_channel()
            await self.layer.group_add(self.name, channel)
            self.receivers.append(asyncio.ensure_future(self.receive(channel)))

    async def receive(self, channel):
        while True:
            await self.layer.receive(channel)
            self.missing -= 1
            if self.missing == 0:
                self.arrived.set()

    async def measure(self, messages, in_flight):
        self.missing = messages * len(self.receivers)
        self.arrived.clear()
        numbers = iter(range(messages))

        async def sender():
            for n in numbers:
                await self.layer.group_send(self.name, {"type": "bench.message", "n": n, "bytes": PAYLOAD})

        start = time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(in_flight)))
        await self.arrived.wait()
        return messages * len(self.receivers) / (time.perf_counter() - start)


async def main(name, url, prefix):
    layer = open_layer(name, url, prefix)
    groups = {}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        members, messages, in_flight = (int(word) for word in line.split())
        if members not in groups:
            groups[members] = Group(layer, f"g{members}")
            await groups[members].fill(members)
        print(await groups[members].measure(messages, in_flight), flush=True)
    for group in groups.values():
        for receiver in group.receivers:
            receiver.cancel()


asyncio.run(main(*sys.argv[1:]))
