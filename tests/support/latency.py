"""A loopback TCP proxy that makes a near server far away, slow or broken.

::

    with latency.proxy(server.port, delay=0.02) as line:  # 20 ms each way, so 40 ms round trip
        connect("127.0.0.1", line.port)
        line.stall()         # nothing passes any more, and nobody is told: a dead peer
        line.reset()         # every connection ends with a TCP reset
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator


class Proxy:
    """A running proxy on 127.0.0.1:``port``. All methods may be called from any thread."""

    def __init__(self, target: int, delay: float, reset_after: int | None, rate: float | None) -> None:
        self.port = 0
        self.passed = 0
        """Bytes that came from the server so far."""
        self.connections = 0
        """Connections opened so far."""
        self._target = target
        self._delay = delay
        self._reset_after = reset_after
        self._rate = rate
        self._flowing: asyncio.Event
        self._writers: set[asyncio.StreamWriter] = set()
        self._dead: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="latency proxy", daemon=True)

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server

    def stall(self) -> None:
        """Hold every byte, in both directions, without closing anything."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def deaden(self) -> None:
        """The connections that there are now never carry a byte again, and nobody is told; new ones do."""

        def forget() -> None:
            self._dead |= self._writers

        self._loop.call_soon_threadsafe(forget)

    def resume(self) -> None:
        """Let the held bytes pass."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def reset(self) -> None:
        """End all connections with a TCP reset, as a rebooted router does."""
        self._loop.call_soon_threadsafe(self._reset)

    def _reset(self) -> None:
        for writer in self._writers:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        for each in pair:
            each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._writers |= pair
        try:
            await asyncio.gather(self._pump(reader, far_writer, False), self._pump(far_reader, writer, True))
        except asyncio.CancelledError:
            pass  # the proxy closes; Python 3.11's streams would log the cancellation as an error
        finally:
            self._writers -= pair
            for each in pair:
                each.close()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, from_server: bool
    ) -> None:
        """Carry bytes one way, each chunk ``delay`` seconds after it came, in order."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=256)

        async def take() -> None:
            while data := await source.read(65536):
                await chunks.put((loop.time() + self._delay, data))
            await chunks.put((loop.time() + self._delay, b""))

        async def give() -> None:
            while True:
                due, data = await chunks.get()
                await asyncio.sleep(due - loop.time())
                await self._flowing.wait()
                if sink in self._dead:
                    await asyncio.get_running_loop().create_future()  # for ever
                if not data:
                    sink.close()
                    return
                if from_server and self._rate:
                    await asyncio.sleep(len(data) / self._rate)
                if from_server and self._reset_after is not None:
                    data = data[: max(0, self._reset_after - self.passed)]
                if from_server:
                    self.passed += len(data)
                sink.write(data)
                await sink.drain()
                if from_server and self.passed == self._reset_after:
                    self._reset()
                    return

        taking = asyncio.ensure_future(take())
        try:
            await give()
        except OSError:
            sink.transport.abort()
        finally:
            taking.cancel()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await taking

    def close(self) -> None:
        """Close everything and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def proxy(
    target: int, delay: float = 0.0, reset_after: int | None = None, rate: float | None = None
) -> Iterator[Proxy]:
    """Stand between a client and 127.0.0.1:``target``.

    ``delay`` is the one-way delay in seconds, ``rate`` the bytes per second from the server (None: as they
    come), ``reset_after`` resets every connection when that many bytes have come from the server in all.
    """
    line = Proxy(target, delay, reset_after, rate)
    line.start()
    try:
        yield line
    finally:
        line.close()
