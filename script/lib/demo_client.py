"""A client of Home Assistant's websocket, as small as the demo and the end-to-end tests need."""

import asyncio
from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import Any, Self

import aiohttp

PATIENCE_S = 60.0

type Message = dict[str, Any]


class CommandError(Exception):
    """Home Assistant's answer was an error, or the connection is gone."""


class Client:
    """One authenticated connection. Use it as a context: `async with Client(url, token) as client`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._subscribed: dict[int, Callable[[Message], None]] = {}

    async def __aenter__(self) -> Self:
        """Connect and sign in."""
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"})
        try:
            self._socket = await self._session.ws_connect(f"{self._url}/api/websocket", max_msg_size=0)
            await self._socket.receive_json()
            await self._socket.send_json({"type": "auth", "access_token": self._token})
            answer = await self._socket.receive_json()
            if answer["type"] != "auth_ok":
                raise CommandError(answer.get("message", "sign-in failed"))
        except BaseException:
            await self._session.close()
            raise
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._socket.close()
        await self._session.close()

    async def call(self, command: str, **payload: Any) -> Any:
        """Send a command and return its result."""
        return await self._send(next(self._ids), {"type": command, **payload})

    async def subscribe(self, told: Callable[[Message], None], command: str, **payload: Any) -> None:
        """Send a command that subscribes, and pass its events on."""
        number = next(self._ids)
        self._subscribed[number] = told
        await self._send(number, {"type": command, **payload})

    async def act(self, domain: str, action: str, data: Message | None = None, *, answer: bool = False) -> Any:
        """Perform an action; with `answer` return its response."""
        told = await self.call(
            "call_service", domain=domain, service=action, service_data=data or {}, return_response=answer
        )
        return told["response"] if answer else None

    async def states(self) -> dict[str, Message]:
        """Return every state by its entity."""
        return {state["entity_id"]: state for state in await self.call("get_states")}

    async def get(self, path: str) -> Any:
        """Return what a path of the REST interface holds, as JSON."""
        async with self._session.get(f"{self._url}{path}") as response:
            response.raise_for_status()
            return await response.json()

    async def post(self, path: str, body: Message | None = None) -> Any:
        """Post to a path of the REST interface and return its JSON."""
        async with self._session.post(f"{self._url}{path}", json=body or {}) as response:
            answer = await response.json()
            if response.status >= 400:
                raise CommandError(f"{path}: {answer}")
            return answer

    async def delete(self, path: str) -> None:
        """Delete what a path of the REST interface names."""
        async with self._session.delete(f"{self._url}{path}") as response:
            response.raise_for_status()

    async def _send(self, number: int, message: Message) -> Any:
        if self._reader.done():
            raise CommandError("the connection to Home Assistant is gone")
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, **message})
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await future
        finally:
            self._waiting.pop(number, None)

    async def _read(self) -> None:
        try:
            async for raw in self._socket:
                if raw.type is not aiohttp.WSMsgType.TEXT:
                    continue
                message: Message = raw.json()
                number = message.get("id", 0)
                if message["type"] == "event" and number in self._subscribed:
                    self._subscribed[number](message["event"])
                elif message["type"] == "result" and (future := self._waiting.get(number)) and not future.done():
                    if message["success"]:
                        future.set_result(message["result"])
                    else:
                        error = message["error"]
                        future.set_exception(CommandError(f"{error.get('code')}: {error.get('message')}"))
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(CommandError("the connection to Home Assistant is gone"))
