"""
The Layerbench client protocol, version 2, for Django Channels: copy this file into a project and wrap its application.

    from layerbench_consumer import mount
    application = mount(application)

Nothing of the project changes: what Layerbench does not ask for goes to the wrapped application. The channel layer is
whatever CHANNEL_LAYERS says. What it drops without an error is noted, by wrapping its methods, never by replacing them.

It asks nobody who they are: whoever reaches it may publish to groups of the layer, and flood the process. So it is mounted
only where LAYERBENCH_PROCESS_INDEX is set, which Layerbench does for the processes that it starts. Everywhere else, mount
returns the application as it is. Never set the variable for processes that others than you can reach.
"""

import asyncio
import collections
import contextlib
import contextvars
import itertools
import json
import logging
import os
import re
import struct
import time
import urllib.parse
import uuid

import channels
from channels.exceptions import ChannelFull, StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.utils import await_many_dispatch
from django.conf import settings

PROTOCOL = 2
EPOCH_MEASURE = 2
HEADER_BYTES = 56
SEND_AT, RECV_AT = 40, 48
MAX_BODY_BYTES = 2 * 1024 * 1024
# Of one run: its WebSocket, and below it what is asked over HTTP. Any other path is the application's.
SOCKET_PATH = re.compile("/bench/[^/]+")
HTTP_PATH = re.compile("/bench/[^/]+/(health|clock|report|session|publish/[^/]+)")
STAMP = struct.Struct("<Q")
# magic, version, epoch, group, run, server process, sender, sequence number
HEADER = struct.Struct("<2sBBIHHII")


def is_frame(data):
    return isinstance(data, (bytes, bytearray)) and len(data) >= HEADER_BYTES and data[:3] == b"LB\x01"


def stamped(frame, at):
    """A private copy with the clock written into it: the members of a group share the bytes that they get."""
    copy = bytearray(frame)
    STAMP.pack_into(copy, at, time.monotonic_ns())
    return bytes(copy)


class Evidence:
    """What is known of lost messages of the measure epoch: runs of sequence numbers become one entry until it is read."""

    def __init__(self):
        self.entries = []
        self.counters = collections.Counter()
        self._growing = {}
        self._outage_from = None

    def after(self, index):
        self._growing.clear()
        return self.entries[index:]

    def message(self, cause, frame, channel=None, queues=None, reason=None):
        self.counters[cause] += queues or 1
        if not is_frame(frame):
            return
        _, _, epoch, _, run, _, sender, seq = HEADER.unpack_from(frame)
        if epoch != EPOCH_MEASURE:
            return
        key = (cause, run, sender, channel, queues, reason)
        last = self._growing.get(key)
        if last is not None and last["to"] == seq:
            last["to"] = seq + 1
            return
        entry = {"kind": "message", "cause": cause, "run": run, "sender": sender, "from": seq, "to": seq + 1}
        entry.update(channel=channel, queues=queues)
        if reason is not None:
            entry.update(reason=reason)
        self._growing[key] = entry
        self.entries.append(entry)

    def count(self, cause, name, count):
        self.counters[cause] += count
        self.entries.append({"kind": "count", "cause": cause, "name": name, "count": count, "atNs": time.monotonic_ns()})

    def backend_down(self, reason):
        if self._outage_from is None:
            self._outage_from = time.monotonic_ns()
            self._outage(None, reason=reason)

    def backend_up(self):
        if self._outage_from is not None:
            self._outage(time.monotonic_ns())
            self._outage_from = None
            self.counters["reconnects"] += 1

    def _outage(self, to_ns, **more):
        self.entries.append({"kind": "outage", "cause": "backendLost", "fromNs": self._outage_from, "toNs": to_ns, **more})


evidence = Evidence()
#: The frame that this task is sending to a group or channel: what is dropped meanwhile is this message.
sending = contextvars.ContextVar("layerbench_sending", default=None)
in_group = contextvars.ContextVar("layerbench_in_group", default=False)


def frame_of(message):
    return message.get("frame") if isinstance(message, dict) else None


def is_backend_error(error):
    if isinstance(error, (ConnectionError, OSError)):
        return True
    return type(error).__module__.startswith("redis.") and type(error).__name__ in ("ConnectionError", "TimeoutError", "BusyLoadingError")


def failed(error):
    """Notes when the backend goes away; and `worked`, when it answers again."""
    if is_backend_error(error):
        evidence.backend_down(reason_of(error))


def worked(counter):
    evidence.backend_up()
    evidence.counters[counter] += 1


def watch(layer):
    """Wraps the methods of a layer instance so that its silent drops are noted. Returns the layer.

    They are called for every message: what is said here costs time that a measurement shows.
    """
    in_memory = type(layer).__name__ == "InMemoryChannelLayer"
    send, group_send, receive = layer.send, layer.group_send, layer.receive

    async def watched_send(channel, message):
        try:
            await send(channel, message)
        except ChannelFull:
            # group_send of the in-memory layer takes no notice of it.
            if in_memory and in_group.get():
                evidence.message("overCapacity", frame_of(message), channel=channel)
            raise
        except BaseException as error:
            failed(error)
            raise
        if not (in_memory and in_group.get()):
            worked("sent")

    async def watched_group_send(group, message):
        frame, inside = sending.set(frame_of(message)), in_group.set(True)
        try:
            await group_send(group, message)
        except BaseException as error:
            failed(error)
            raise
        finally:
            sending.reset(frame)
            in_group.reset(inside)
        worked("sent")

    async def watched_receive(channel):
        try:
            message = await receive(channel)
        except BaseException as error:
            failed(error)
            raise
        worked("received")
        return message

    layer.send, layer.group_send, layer.receive = watched_send, watched_group_send, watched_receive
    if in_memory:
        watch_expiry(layer)
    if hasattr(layer, "receive_buffer"):
        watch_buffers(layer)
        watch_log()
    return layer


# A message whose turn comes while a sweep goes on is one that the sweep drops. No sweep takes longer.
SWEEP_SECONDS = 0.05


def watch_expiry(layer):
    """What the sweep of the in-memory layer drops: messages, and the memberships of their channels.

    Every receive and every group_send sweeps, so the watch looks at queues only when something can have expired. Messages
    expire in the order in which they were sent: before the first of the heads, and before what is sent from now on.
    """
    clean, remove = layer._clean_expired, layer._remove_from_groups
    due = {}  # by channel: its messages that have expired, or are about to, the oldest first
    quiet_until = seen = 0

    def look(now):
        nonlocal quiet_until
        limit, first = now + SWEEP_SECONDS, now + layer.expiry
        for channel, queue in layer.channels.items():
            waiting = queue._queue
            if not waiting:
                continue
            head = waiting[0][0]
            if head < first:
                first = head
            if head < limit:
                due[channel] = collections.deque(m for _, m in itertools.takewhile(lambda entry: entry[0] < limit, waiting))
        quiet_until = first - SWEEP_SECONDS

    def watched_clean():
        nonlocal seen
        now = time.time()
        if now >= quiet_until or now < seen:
            due.clear()
            look(now)
        seen = now
        clean()

    def watched_remove(channel):
        """The sweep has dropped the oldest message of a channel."""
        if due.get(channel):
            evidence.message("expired", frame_of(due[channel].popleft()), channel=channel)
        else:
            evidence.count("expired", channel, 1)
        for group, members in layer.groups.items():
            if channel in members:
                evidence.count("groupExpired", group, 1)
        remove(channel)

    layer._clean_expired, layer._remove_from_groups = watched_clean, watched_remove


def watch_buffers(layer):
    """A full local buffer of channels_redis drops its oldest message."""
    make = layer.receive_buffer.default_factory
    bounded = type(make())

    class Buffer(bounded):
        channel = None

        def put_nowait(self, item):
            if self.full():
                evidence.message("bufferOverflow", frame_of(self._queue[0]), channel=self.channel)
            return super().put_nowait(item)

    class Buffers(collections.defaultdict):
        def __missing__(self, channel):
            buffer = self[channel] = Buffer(layer.capacity)
            buffer.channel = channel
            return buffer

    layer.receive_buffer = Buffers(make, layer.receive_buffer)


class OverCapacity(logging.Handler):
    """channels_redis logs how many queues were full; the context says for which message."""

    def emit(self, record):
        if "over capacity" in str(record.msg) and sending.get() is not None and record.args:
            evidence.message("overCapacity", sending.get(), queues=int(record.args[0]))


def watch_log():
    logger = logging.getLogger("channels_redis.core")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(OverCapacity(logging.INFO))


_watched = {}


def watched_layer(alias="default"):
    layer = get_channel_layer(alias)
    if layer is None:
        raise RuntimeError("CHANNEL_LAYERS has no layer '%s'" % alias)
    if id(layer) not in _watched:
        _watched[id(layer)] = watch(layer)
    return layer


def layer_in_use(alias="default"):
    """The backend of the settings, and where its Redis is: a host without user, password and options. None where that is not known."""
    try:
        setting, layer = settings.CHANNEL_LAYERS[alias], get_channel_layer(alias)
    except Exception:
        return None  # whoever uses it gets the error
    config = setting.get("CONFIG", {})
    modules = [kind.__module__ for kind in type(layer).__mro__]
    hosts = None
    if any(name.startswith("channels_redis.") for name in modules):
        hosts = [place_of(host) for host in config.get("hosts") or [("localhost", 6379)]]
        hosts = None if None in hosts else hosts
    elif type(layer).__module__ == "channels.layers":
        hosts = []
    prefix = getattr(layer, "prefix", config.get("prefix", "asgi" if hosts else None))
    return {"backend": setting["BACKEND"], "hosts": hosts, "prefix": prefix if isinstance(prefix, str) else None}


def place_of(host):
    """The URL of a host in any form of CHANNEL_LAYERS, without its login; None for forms that name no one server."""
    try:
        if isinstance(host, (list, tuple)):
            return "redis://%s:%d/0" % (host[0], host[1])
        if isinstance(host, dict):
            if "address" in host:
                return place_of(host["address"])
            scheme = "rediss" if host.get("ssl") else "redis"
            return "%s://%s:%d/%d" % (scheme, host["host"], host.get("port", 6379), host.get("db", 0))
        url = urllib.parse.urlsplit(host)
        if url.scheme == "unix":
            return "unix://%s?db=%d" % (url.path, int(urllib.parse.parse_qs(url.query).get("db", ["0"])[0]))
        if url.scheme not in ("redis", "rediss"):
            return None
        name = "[%s]" % url.hostname if ":" in (url.hostname or "") else url.hostname or "localhost"
        return "%s://%s:%d/%d" % (url.scheme, name, url.port or 6379, int(url.path.strip("/") or 0))
    except (TypeError, ValueError, LookupError):
        return None


class LayerbenchConsumer(AsyncWebsocketConsumer):
    """One client, with a channel of its own: operations are text, frames are publishes."""

    async def __call__(self, scope, receive, send):
        self.scope = scope
        self.base_send = send
        try:
            self.channel_layer = watched_layer(self.channel_layer_alias)
            self.channel_name = await self.channel_layer.new_channel()
        except Exception as error:
            # In the place of hello: a server that only closes the socket does not say why.
            await self.accept()
            await self.answer(op="failed", reason=reason_of(error))
            await self.close(code=1011)
            raise
        self.joined = set()
        self.targets = {}
        self.echoing = False
        self.resumed = asyncio.Event()
        self.resumed.set()
        self.in_hand = None
        try:
            await await_many_dispatch([receive, self.take], self.dispatch)
        except StopConsumer:
            pass
        except Exception as error:
            # The server ends the socket, and its code does not say why.
            with contextlib.suppress(Exception):
                await self.answer(op="failed", reason=reason_of(error))
            raise

    async def take(self):
        """The next message of the layer. A receive that was under way when the client paused keeps what it got."""
        await self.resumed.wait()
        self.in_hand = message = await self.channel_layer.receive(self.channel_name)
        if not self.resumed.is_set():
            evidence.counters["poppedUnwanted"] += 1
            await self.resumed.wait()
        return message

    async def connect(self):
        await self.accept()
        await self.answer(op="hello", protocol=PROTOCOL, processIndex=process_index(), pid=os.getpid(), channel=self.channel_name)
        connections.add(self)

    async def disconnect(self, code):
        connections.discard(self)
        for group in self.joined:
            with contextlib.suppress(Exception):
                await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            return await self.publish(bytes_data)
        try:
            await self.operate(json.loads(text_data))
        except Exception as error:
            await self.answer(op="failed", reason=reason_of(error))

    async def operate(self, message):
        op, group = message["op"], message.get("group")
        if op == "join":
            await self.channel_layer.group_add(group, self.channel_name)
            self.joined.add(group)
            await self.answer(op="joined", group=group)
        elif op == "leave":
            await self.channel_layer.group_discard(group, self.channel_name)
            self.joined.discard(group)
            await self.answer(op="left", group=group)
        elif op == "pause":
            self.resumed.clear()
            await self.answer(op="paused")
        elif op == "resume":
            self.resumed.set()
            await self.answer(op="resumed")
        elif op == "direct":
            self.targets[group] = message["channel"]
            await self.answer(op="directed", group=group)
        elif op == "echo":
            self.echoing = True
            await self.answer(op="echoing")
        elif op == "session":
            await self.answer(op="session", known=sessions.pop(message["id"], None) is not None)
        else:
            await self.answer(op="failed", reason="unknown operation %r" % op)

    async def publish(self, frame):
        if not is_frame(frame):
            return await self.close(code=1003)
        _, _, epoch, number, run, _, sender, seq = HEADER.unpack_from(frame)
        frame = stamped(frame, SEND_AT)
        try:
            group = "g%d" % number
            target = self.targets.get(group)
            if target is None:
                await self.channel_layer.group_send(group, {"type": "bench.frame", "frame": frame})
            else:
                await self.channel_layer.send(target, {"type": "bench.frame", "frame": frame, "reply": self.channel_name})
        except Exception as error:
            evidence.message("refused", frame)
            await self.answer(op="refused", epoch=epoch, run=run, sender=sender, seq=seq, reason=reason_of(error))
        finally:
            if epoch == EPOCH_MEASURE:
                published[sender] = (run, seq + 1)

    async def bench_frame(self, message):
        """The layer has handed a message to this member."""
        frame = message["frame"]
        if not is_frame(frame):
            return
        await self.send(bytes_data=stamped(frame, RECV_AT))
        self.in_hand = None
        if self.echoing and "reply" in message:
            try:
                await self.channel_layer.send(message["reply"], {"type": "bench.frame", "frame": frame})
            except Exception as error:
                # Nobody else is told of it.
                evidence.message("refused", frame, reason=reason_of(error))

    async def answer(self, **message):
        await self.send(text_data=json.dumps(message))


connections = set()
published = {}  # by sender: the run of its last frame whose publish has ended, and the sequence number after it
sessions = {}


def process_index():
    return int(os.environ["LAYERBENCH_PROCESS_INDEX"])


def reason_of(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


async def held_by(layer, epoch, run=None):
    """What no client has been sent yet: in the process queue in Redis, in queues and buffers of this process, with its consumers."""
    held = []

    def note(channel, message, expired=False):
        frame = frame_of(message)
        if not is_frame(frame):
            return
        _, _, its_epoch, _, its_run, _, sender, seq = HEADER.unpack_from(frame)
        if its_epoch == epoch and run in (None, its_run):
            held.append({"sender": sender, "seq": seq, "channel": channel, "expired": expired})

    # In the direction of the messages, so that one that moves on meanwhile is met again.
    for message, expired in await queued_in_redis(layer):
        to = message.get("__asgi_channel__", ())
        # A `send` names one channel, a `group_send` several.
        for channel in [to] if isinstance(to, str) else to:
            note(channel, message, expired)
    if type(layer).__name__ == "InMemoryChannelLayer":
        for channel, queue in layer.channels.items():
            for deadline, message in queue._queue:
                note(channel, message, deadline < time.time())
    for channel, buffer in list(getattr(layer, "receive_buffer", {}).items()):
        for message in buffer._queue:
            note(channel, message)
    if type(layer).__name__ == "RedisPubSubChannelLayer":
        for channel, queue in layer._get_layer().channels.items():
            for content in queue._queue:
                note(channel, layer.deserialize(content))
    for consumer in connections:
        note(consumer.channel_name, consumer.in_hand)
    return held


async def queued_in_redis(layer):
    """What channels_redis has put into the queue of this process; nothing where Redis does not answer, or with another layer."""
    if not hasattr(layer, "client_prefix"):
        return []
    queue = "specific.%s!" % layer.client_prefix
    try:
        entries = await layer.connection(layer.consistent_hash(queue)).zrange(layer.prefix + queue, 0, -1, withscores=True)
    except Exception:
        return []
    return [(layer.deserialize(content), score < time.time() - layer.expiry) for content, score in entries]


def rss_bytes():
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


async def report(after, held_epoch, run=None):
    layer = watched_layer()
    under_way = {"held": []}
    if held_epoch is not None:
        # In the direction of the messages: what is published meanwhile is met as held.
        ended = {sender: to for sender, (its_run, to) in published.items() if run in (None, its_run)}
        under_way = {"published": ended, "held": await held_by(layer, held_epoch, run)}
        if run is not None:
            under_way["run"] = run
    # Nothing is awaited from here on: the entries and their number are of one moment.
    return {
        "processIndex": process_index(),
        "pid": os.getpid(),
        "version": "channels " + channels.__version__,
        "evidenceCount": len(evidence.entries),
        "evidence": evidence.after(after),
        "counters": {name: evidence.counters[name] for name in COUNTERS},
        "connections": len(connections),
        "cpuSeconds": time.process_time(),
        "rssBytes": rss_bytes(),
        "eventLoopUtilization": None,
        "eventLoopDelayP99Us": None,
        **under_way,
    }


COUNTERS = (
    "sent",
    "received",
    "refused",
    "overCapacity",
    "expired",
    "groupExpired",
    "bufferOverflow",
    "reconnects",
    "decodeErrors",
    "poppedUnwanted",
)


async def read_body(receive):
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > MAX_BODY_BYTES or not event.get("more_body", False):
            return body


async def answer_http(scope, receive, send):
    """The HTTP side of the protocol; False where the request is none of it."""
    path, method = HTTP_PATH.fullmatch(scope["path"]), scope["method"]
    if path is None:
        return False
    name, _, group = path[1].partition("/")
    query = dict(pair.partition("=")[::2] for pair in scope.get("query_string", b"").decode().split("&"))
    if method == "GET" and name == "clock":
        status, value = 200, {"ns": time.monotonic_ns()}
    elif method == "GET" and name == "health":
        status, value = 200, {"status": "ok", "processIndex": process_index(), "pid": os.getpid(), "layer": layer_in_use()}
    elif method == "GET" and name == "report":
        held_epoch = int(query.get("epoch", EPOCH_MEASURE)) if "held" in query else None
        run = int(query["run"]) if "run" in query else None
        status, value = 200, await report(int(query.get("after", "0")), held_epoch, run)
    elif method == "POST" and name == "session":
        session = query.get("session") or uuid.uuid4().hex
        sessions[session] = True
        status, value = 200, {"id": session, "processIndex": process_index()}
    elif method == "POST" and name == "publish":
        status, value = await publish_http(group, await read_body(receive))
    else:
        return False
    body = b"" if value is None else json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))] if value is not None else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return True


async def publish_http(group, body):
    if not is_frame(body):
        return 400, {"error": "the body is not a frame"}
    frame = stamped(body, SEND_AT)
    try:
        await watched_layer().group_send(group, {"type": "bench.frame", "frame": frame})
    except Exception as error:
        evidence.message("refused", frame)
        return 503, {"error": reason_of(error)}
    return 204, None


async def not_found(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4404})


def mount(application=not_found):
    """An ASGI application that speaks the protocol, and hands everything else to `application`.

    It is `application` itself where LAYERBENCH_PROCESS_INDEX is not set: nothing of the protocol is served there.
    """
    if not os.environ.get("LAYERBENCH_PROCESS_INDEX"):
        return application
    consumer = LayerbenchConsumer.as_asgi()

    async def with_layerbench(scope, receive, send):
        if scope["type"] == "websocket" and SOCKET_PATH.fullmatch(scope["path"]):
            return await consumer(scope, receive, send)
        if scope["type"] == "http" and await answer_http(scope, receive, send):
            return
        return await application(scope, receive, send)

    return with_layerbench
