"""A socket of `peers` for Locust, which has no WebSocket of its own: each user reads, and reports every message as a request."""

import time

import websocket
from gevent import monkey

monkey.patch_all()

from locust import User, task  # noqa: E402


class Reader(User):
    @task
    def read(self):
        socket = websocket.create_connection(self.host)
        while True:
            begin = time.perf_counter()
            message = socket.recv()
            self.environment.events.request.fire(
                request_type="WS",
                name="recv",
                response_time=(time.perf_counter() - begin) * 1000,
                response_length=len(message),
                exception=None,
                context={},
            )
