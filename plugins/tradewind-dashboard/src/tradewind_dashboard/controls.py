"""What may be done: what the command line does, by the same way, written down, and only where settings allow it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tradewind.api import TradewindError, now_ms, redact
from tradewind_dashboard.answers import body_of, in_words, refused
from tradewind_dashboard.login import COOKIE, Logins
from tradewind_dashboard.panic import run_panic
from tradewind_dashboard.sight import Sight

VERBS: Final[dict[str, tuple[str, ...]]] = {
    "pause": (),
    "resume": ("breaker",),
    "stop": (),
    "flatten": (),
    "swap": ("strategy", "policy", "slot"),
    "panic": (),
}
"""What may be asked for, and what more each takes."""
SAFE: Final = frozenset({"pause"})
"""What needs no typed confirmation: it only holds back."""
OFF: Final = "nothing can be done from here: commands.dashboard.controls is false"
_LONGEST: Final = 100


def phrase_of(session: Mapping[str, Any]) -> str:
    """Return what a person types to confirm: mode and number of the session, such as `live 3`."""
    return f"{session['mode']} {session['id']}"


class Controls:
    """
    The controls of sessions.

    Args:
        sight: What is looked at.
        logins: Who is logged in.
        allowed: Anything may be done at all.
    """

    def __init__(self, sight: Sight, logins: Logins, *, allowed: bool) -> None:
        self._sight = sight
        self._logins = logins
        self._allowed = allowed
        self._turn = asyncio.Lock()

    async def told(self, _: Request) -> Response:
        """Tell whether anything may be done, and what."""
        return JSONResponse({"controls": self._allowed, "verbs": list(VERBS) if self._allowed else []})

    async def command(self, request: Request) -> Response:
        """Carry a command out."""
        if not self._allowed:
            return refused(403, OFF, hint="Set it to true and start the dashboard again; the command line always can.")
        body = await body_of(request)
        verb = body.get("verb") if isinstance(body, Mapping) else None
        if not isinstance(verb, str) or verb not in VERBS:
            return refused(400, f"the body was no command: a verb of {', '.join(VERBS)} is expected")
        try:
            session = await self._session(request)
            if verb not in SAFE and body.get("confirm") != phrase_of(session):
                return refused(409, "not confirmed", hint=f"Send confirm as the session's name: {phrase_of(session)}")
            wanted = _request(verb, body) | {"asker": self._asker(request)}
            async with self._turn:
                if verb == "panic":
                    sight = self._sight
                    return JSONResponse(await run_panic(sight.tradewind, sight.steering, session, wanted["asker"]))
                return await self._steer(session, wanted)
        except TradewindError as error:
            return in_words(error)

    async def plan(self, request: Request) -> Response:
        """Tell what an exchange of strategies would do, in the words of `tradewind swap --plan`; nothing is changed."""
        body = await body_of(request)
        if not isinstance(body, Mapping) or not isinstance(body.get("strategy"), str):
            return refused(400, "the body names no strategy")
        try:
            session = await self._session(request)
            async with self._turn:
                return await self._steer(session, _request("swap", body) | {"plan": True})
        except TradewindError as error:
            return in_words(error)

    async def _session(self, request: Request) -> dict[str, Any]:
        return await asyncio.to_thread(self._sight.board.session, int(request.path_params["session_id"]))

    async def _steer(self, session: Mapping[str, Any], wanted: Mapping[str, Any]) -> Response:
        steering = self._sight.steering
        found = await asyncio.to_thread(steering.command, session["account"], wanted, now_ms=now_ms())
        plain = found.to_dict()
        return JSONResponse({**plain, "text": redact(found.text)}, status_code=409 if found.code else 200)

    def _asker(self, request: Request) -> str:
        host = request.client.host if request.client is not None else "unknown"
        return f"browser {self._logins.short(request.cookies.get(COOKIE, ''))} at {host}"


def _request(verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: str(body[name])[:_LONGEST] for name in VERBS[verb] if name in body}
    return {"verb": verb, **({"breaker": "OPERATOR"} if verb == "resume" else {}), **given}
