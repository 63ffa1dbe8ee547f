"""
What the watch of the Django consumer costs the in-memory layer, for bench/watched-layer.ts: prints a line a case, its name and
the CPU time of the watched layer as a ratio to that of the bare one, which do the same in turn.
"""

import asyncio
import statistics
import time

from django.conf import settings

settings.configure()

from channels.layers import InMemoryChannelLayer  # noqa: E402
import layerbench_consumer  # noqa: E402

ROUNDS = 60
HEADER = b"LB\x01\x02" + bytes(52)
MESSAGE = {"type": "bench.frame", "frame": HEADER + bytes(128)}


async def prepared(watched, unread_channels, unread, members):
    """A layer in which channels that nobody reads hold messages; a group of others, which are read."""
    layer = InMemoryChannelLayer(expiry=3600)
    for i in range(unread_channels):
        for _ in range(unread):
            await layer.send("unread!%d" % i, MESSAGE)
    for i in range(members):
        await layer.group_add("g0", "member!%d" % i)
    return layerbench_consumer.watch(layer) if watched else layer


async def cpu_seconds(layer, members, times):
    began = time.process_time()
    for _ in range(times):
        await layer.group_send("g0", MESSAGE)
        for i in range(members):
            await layer.receive("member!%d" % i)
    return time.process_time() - began


async def ratio(unread_channels, unread, members, times):
    bare, watched = [await prepared(which, unread_channels, unread, members) for which in (False, True)]
    ratios = []
    for i in range(ROUNDS):
        # Each begins every other round.
        pair = [(bare, 0), (watched, 1)][:: 1 if i % 2 == 0 else -1]
        took = [0.0, 0.0]
        for layer, place in pair:
            took[place] = await cpu_seconds(layer, members, times)
        ratios.append(took[1] / took[0])
    return statistics.median(ratios)


async def main():
    print("1,000 channels x 100 unread, 1 member: %.3f" % await ratio(1000, 100, 1, 40))
    print("100 channels x 100 unread, 100 members: %.3f" % await ratio(100, 100, 100, 3))
    print("nothing unread, 100 members: %.3f" % await ratio(0, 0, 100, 4))


asyncio.run(main())
