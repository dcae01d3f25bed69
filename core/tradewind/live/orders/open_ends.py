"""
Which sell orders of a chain may still have sold what it seems to hold.

A swap that was sent and not answered, a stop that is not open any more and whose end nobody has told yet: as
long as one of them may have sold, what the chain seems to hold may be gone, and a sale would take the coins of
others on the account. Not being found proves nothing, look-ups lag; an end is known by a fact that excludes it.
"""

from __future__ import annotations

from tradewind.live.orders.dossier import Dossier
from tradewind.model.orders import OrderRequest, OrderStatus, Verb
from tradewind.store.records import AttemptState


def open_ends(dossier: Dossier) -> list[str]:
    """Return the client ids of the sell orders whose end is not known, oldest first."""
    return [client_id for client_id in dossier.created() if not _has_ended(dossier, client_id)]


def swaps_only(dossier: Dossier, client_ids: list[str]) -> bool:
    """Tell whether none of these could still be made: each would consume an order that is gone."""
    for client_id in client_ids:
        request = dossier.requests.get(client_id)
        if dossier.known(client_id) is None and (request is None or not request.consumes):
            return False
    return True


def _has_ended(dossier: Dossier, client_id: str) -> bool:
    if client_id in dossier.plan.never:
        return True
    fact = dossier.known(client_id)
    if fact is not None:
        # A swap takes only an order that has not traded: one that it replaced has sold nothing.
        return fact.terminal or _was_replaced(dossier, client_id)
    request = dossier.requests.get(client_id)
    if request is None:
        return _was_replaced(dossier, client_id) or dossier.executed_entry == 0
    if not request.consumes:
        # The id of one that is to rest is used again: what comes of a copy comes under that id.
        return client_id == dossier.refused_id
    return _cannot_have_been_made(dossier, request)


def _was_replaced(dossier: Dossier, client_id: str) -> bool:
    """Tell whether a swap that names the order is known to have been carried out."""
    return any(request.consumes == client_id and dossier.known(cid) for cid, request in dossier.requests.items())


def _cannot_have_been_made(dossier: Dossier, swap: OrderRequest) -> bool:
    """Tell whether what the swap names is known to have ended by something else."""
    for cid, request in dossier.requests.items():
        if request.consumes != swap.consumes or cid == swap.client_id:
            continue
        cancelled = request.verb is Verb.CANCEL and dossier.attempts[cid].state is AttemptState.ACCEPTED
        if cancelled or (request.verb is Verb.SWAP and dossier.known(cid)):
            return True
    token = dossier.known(swap.consumes)
    if token is None or not token.terminal:
        return False
    return token.status is not OrderStatus.CANCELED
