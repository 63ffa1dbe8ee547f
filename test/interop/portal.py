"""Server processes of a portal, as layers of channels_redis with consumers, driven over stdin and stdout: a JSON object a line.

Arguments: `core` or `pubsub`, the layer's CONFIG as JSON, and how many layers to make. Each layer stands for a server process: it has
queues, connections and a reader of its own.
"""
import asyncio
import json
import random
import sys

import msgpack
from django.conf import settings

settings.configure()

from channels_redis.core import RedisChannelLayer  # noqa: E402
from channels_redis.pubsub import RedisPubSubChannelLayer  # noqa: E402

BACKENDS = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}


class Portal:
    def __init__(self, backend, config, processes):
        self.layers = [BACKENDS[backend](**config) for _ in range(processes)]
        self.received = 0
        self.more = asyncio.Event()
        self.tasks = []

    async def join(self, groups):
        """For each group, how many of its members are in each process. Every membership is a connection of its own."""
        for group, counts in groups.items():
            for layer, count in zip(self.layers, counts):
                for _ in range(count):
                    channel = await layer.new_channel()
                    await layer.group_add(group, channel)
                    self.tasks.append(asyncio.create_task(self.consume(layer, channel)))

    async def consume(self, layer, channel):
        while True:
            await layer.receive(channel)
            self.received += 1
            self.more.set()

    async def churn(self, group, times):
        """One connection joins and leaves."""
        channel = await self.layers[0].new_channel()
        for _ in range(times):
            await self.layers[0].group_add(group, channel)
            await self.layers[0].group_discard(group, channel)

    async def send(self, sends, seed, gap):
        """[group, deliveries to wait for, entries] for each send, in turn. Returns the mean size of a message over entries."""
        chosen = random.Random(seed)
        before, due, total, entries = self.received, 0, 0, 0
        for group, deliveries, reached in sends:
            message = {"type": "chat.message", "text": "x" * chosen.randint(50, 500)}
            await chosen.choice(self.layers).group_send(group, message)
            due += deliveries
            entries += reached
            total += reached * len(msgpack.packb(message))
            await asyncio.sleep(gap)
        while self.received - before < due:
            self.more.clear()
            await self.more.wait()
        return {"deliveries": self.received - before, "meanBytes": total / max(entries, 1)}


async def main():
    portal = Portal(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        request = json.loads(line)
        result = await getattr(portal, request["op"])(*request["args"])
        print(json.dumps({"result": result}), flush=True)


asyncio.run(main())
