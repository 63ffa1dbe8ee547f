"""A process of Django Channels, driven over stdin and stdout: one JSON object a line, an answer for each request.

Values are tagged, because JSON knows neither bytes nor the difference between 1 and 1.0.
"""
import asyncio
import base64
import hashlib
import json
import sys

from django.conf import settings

settings.configure()

from cryptography.fernet import Fernet, MultiFernet  # noqa: E402
from channels.exceptions import ChannelFull  # noqa: E402
from channels_redis.core import RedisChannelLayer  # noqa: E402
from channels_redis.pubsub import RedisPubSubChannelLayer  # noqa: E402



class PubSub(RedisPubSubChannelLayer):
    """With the encryption that channels_redis has from 4.1 on: a Fernet token around the message, without a time to live."""

    def __init__(self, *args, symmetric_encryption_keys=None, **kwargs):
        super().__init__(*args, **kwargs)
        keys = [base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in symmetric_encryption_keys or []]
        self.crypter = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def serialize(self, message):
        body = super().serialize(message)
        return self.crypter.encrypt(body) if self.crypter else body

    def deserialize(self, message):
        return super().deserialize(self.crypter.decrypt(message) if self.crypter else message)


BACKENDS = {"core": RedisChannelLayer, "pubsub": PubSub}


def tag(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return {"list": [tag(item) for item in value]}
    return {"map": [[key, tag(item)] for key, item in value.items()]}


def untag(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    ((kind, content),) = value.items()
    if kind == "int":
        return int(content)
    if kind == "float":
        return float.fromhex(content)
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "list":
        return [untag(item) for item in content]
    return {key: untag(item) for key, item in content}


class Peer:
    layer = None

    async def open(self, backend, config):
        self.layer = BACKENDS[backend](**config)

    async def new_channel(self):
        return await self.layer.new_channel()

    async def send(self, channel, message):
        await self.layer.send(channel, untag(message))

    async def send_many(self, channel, count):
        for n in range(count):
            await self.layer.send(channel, {"type": "test.message", "n": n})

    async def receive(self, channel, timeout):
        return tag(await asyncio.wait_for(self.layer.receive(channel), timeout))

    async def receive_many(self, channel, count):
        return [(await self.layer.receive(channel))["n"] for _ in range(count)]

    async def group_add(self, group, channel):
        await self.layer.group_add(group, channel)

    async def group_discard(self, group, channel):
        await self.layer.group_discard(group, channel)

    async def group_send(self, group, message):
        await self.layer.group_send(group, untag(message))

    async def serialize(self, message):
        return base64.b64encode(self.layer.serialize(untag(message))).decode()

    async def json_dumps(self, message):
        return json.dumps(untag(message))


async def main():
    peer = Peer()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()

    async def answer(request):
        try:
            result = await getattr(peer, request["op"])(*request["args"])
            reply = {"id": request["id"], "result": result}
        except (asyncio.TimeoutError, ChannelFull, Exception) as error:
            reply = {"id": request["id"], "error": type(error).__name__, "message": str(error)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()

    while line := await reader.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


asyncio.run(main())
