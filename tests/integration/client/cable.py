"""A cable between a client and a server that can be cut, squeezed, and kept from carrying WebSockets."""

from __future__ import annotations

import asyncio
import socket


class Cable:
    """Forwards TCP to one port of this machine."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.carries_websockets = True
        self.upgrades = 0
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where the client plugs in."""
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Accept connections on a free port."""
        self._server = await asyncio.start_server(self._on_connection, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everything and accept no more."""
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection without a word."""
        for writer in self._writers:
            writer.transport.abort()

    def squeeze(self) -> None:
        """Carry nothing from the server until `release`: the client reads, but nothing comes."""
        self._open.clear()

    def release(self) -> None:
        """Carry again."""
        self._open.set()

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65536)
        upgrade = b"upgrade: websocket" in head.lower()
        self.upgrades += upgrade
        if upgrade and not self.carries_websockets:
            writer.transport.abort()
            return
        link = socket.socket()
        # Small, so that a squeezed cable is felt by the server and not only by the kernel.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        link.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", self.server_port))
        except OSError:
            link.close()
            writer.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection(sock=link, limit=4096)
        to_server.write(head)
        self._writers |= {writer, to_server}
        for task in (
            asyncio.create_task(self._carry(reader, to_server, squeezable=False)),
            asyncio.create_task(self._carry(from_server, writer, squeezable=True)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, squeezable: bool
    ) -> None:
        try:
            while data := await reader.read(4096):
                if squeezable:
                    await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # cut, at either end
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
