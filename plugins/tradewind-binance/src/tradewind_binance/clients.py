"""python-binance's clients, pointed where we want them and answering with what really came."""

from __future__ import annotations

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp

from tradewind_binance.answers import Answer
from tradewind_binance.settings import Addresses

with warnings.catch_warnings():
    # The library still names what websockets has put aside; nothing of that is used here.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance.async_client import AsyncClient
    from binance.client import Client


class AskingClient(Client):  # type: ignore[misc]  # python-binance has no types
    """
    The blocking client, for history: it pings nobody when it is made and hands out every answer.

    Args:
        addresses: Where to ask.
        timeout: Longest wait for an answer, seconds.
    """

    def __init__(self, addresses: Addresses, timeout: float) -> None:
        # A host is not an argument of the client's: it reads these when it is built.
        self.API_URL = f"{addresses.rest}/api"
        self.MARGIN_API_URL = f"{addresses.rest}/sapi"
        self.REQUEST_TIMEOUT = timeout
        # Every client of the library takes an event loop, this one to no purpose, and makes one where there is none:
        # it gets one of a thread that ends at once.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(self._build).result()

    def _build(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            super().__init__(ping=False)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    def ask(self, path: str, parameters: dict[str, Any]) -> Answer:
        """Return the answer to a public GET under `/api/v3`."""
        answer: Answer = self._request_api("get", path, version="v3", data=parameters)
        return answer

    @staticmethod
    def _handle_response(response: Any) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, text=response.text)


class LostAnswerError(aiohttp.ClientError):
    """The connection ended before an answer came."""


async def sent_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """
    Send a request, and no second time.

    aiohttp repeats PUT and DELETE by itself when the connection breaks, though the first may have arrived: it
    knows the breaks that it repeats after by their class.

    Raises:
        LostAnswerError: The connection broke.
    """
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise LostAnswerError(type(error).__name__) from error


class SigningClient(AsyncClient):  # type: ignore[misc]  # python-binance has no types
    """
    The asynchronous client, for orders: it signs with the time it is told, never with one of its own.

    Args:
        addresses: Where to ask.
        timeout: Longest wait for an answer, seconds.
        key: What python-binance's clients take for a key.
    """

    def __init__(self, addresses: Addresses, timeout: float, **key: str | None) -> None:
        self.API_URL = f"{addresses.rest}/api"
        self.MARGIN_API_URL = f"{addresses.rest}/sapi"
        self.WS_API_URL = addresses.ws_api
        limits = aiohttp.ClientTimeout(total=timeout)
        super().__init__(session_params={"timeout": limits, "middlewares": (sent_once,)}, **key)
        self.REQUEST_TIMEOUT = limits

    async def ask(self, method: str, path: str, parameters: dict[str, Any], *, wallet: bool = False) -> Answer:
        """Return the answer to an unsigned request."""
        send = self._request_margin_api if wallet else self._request_api
        answer: Answer = await send(method, path, version=1 if wallet else "v3", data=dict(parameters))
        return answer

    async def ask_signed(
        self, method: str, path: str, parameters: dict[str, Any], timestamp_ms: int, window_ms: int, *, wallet: bool
    ) -> Answer:
        """
        Return the answer to a request signed with exactly this time and window.

        The library would sign with its own clock, so that what was written down beforehand would not be
        what is sent: the signature is made here by its means and goes out as one more parameter.
        """
        signed = dict(parameters) | {"timestamp": timestamp_ms, "recvWindow": window_ms}
        signed["signature"] = self._generate_signature(signed, uri_encode=method == "get")
        return await self.ask(method, path, signed, wallet=wallet)

    def signed_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return parameters of the WebSocket API with key id and signature ("SIGNED request security")."""
        ordered = dict(sorted((parameters | {"apiKey": self.API_KEY}).items()))
        return {**ordered, "signature": self._generate_ws_api_signature(ordered)}

    async def _handle_response(self, response: aiohttp.ClientResponse) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status, headers=headers, text=await response.text())
