"""What a chain without a stop may have sold already: only facts and balances settle it, not being found never does."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import attrs
import pytest

from tradewind.live.orders import attempt as attempts
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.chain_plan import NEVER_WORKED, Plan
from tradewind.live.orders.coins import UNSEEN, Coins
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.open_ends import open_ends, swaps_only
from tradewind.live.orders.payload import to_text
from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderKind, OrderRequest, OrderStatus, Reply, ReplyKind, Side, Verb
from tradewind.store.records import Attempt, AttemptState, Chain, ChainState, OpenChain, OrderFact

D = Decimal
PAIR = Instrument(
    symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D("0.01"), lot_step=D("0.001"), min_qty=D("0.001")
)


def request(verb: Verb, client_id: str, **given: object) -> OrderRequest:
    return OrderRequest(verb=verb, symbol="BTCUSDT", client_id=client_id, timestamp_ms=0, recv_window_ms=2000, **given)  # type: ignore[arg-type]


ENTRY = request(
    Verb.ENTER,
    "E",
    side=Side.BUY,
    kind=OrderKind.LIMIT,
    quantity=D("0.01"),
    list_id="L",
    stop_id="S0",
    stop_price=D(100),
)
RAISE = request(Verb.SWAP, "S1", kind=OrderKind.STOP, quantity=D("0.01"), stop_price=D(110), consumes="S0")
EXIT = request(Verb.SWAP, "X1", quantity=D("0.01"), consumes="S0")
AGAIN = request(Verb.PLACE, "R1", kind=OrderKind.STOP, quantity=D("0.01"), stop_price=D(100))


def fact(order_id: int, client_id: str, status: OrderStatus, executed: str = "0", reason: str = "") -> OrderFact:
    return OrderFact(
        account_fp="a",
        symbol="BTCUSDT",
        order_id=order_id,
        client_id=client_id,
        chain_id=1,
        role=client_id[0],
        status=status,
        executed_qty=D(executed),
        terminal=status.is_terminal,
        expiry_reason=reason,
    )


BOUGHT = fact(1, "E", OrderStatus.FILLED, "0.01")


def dossier(
    requests: dict[OrderRequest, AttemptState], *facts: OrderFact, plan: Plan | None = None, token: str = ""
) -> Dossier:
    rows = tuple(
        Attempt(
            chain_id=1,
            n=number,
            verb=one.verb,
            client_id=one.client_id,
            consumes_cid=one.consumes,
            payload_json=to_text(one),
            payload_sha256="",
            ts_signed_ms=0,
            recv_window_ms=2000,
            epoch=1,
            state=state,
        )
        for number, (one, state) in enumerate(requests.items(), 1)
    )
    chain = Chain(
        id=1,
        session_id=1,
        account_fp="a",
        symbol="BTCUSDT",
        slot="s",
        bar_open_ms=0,
        opened_ms=0,
        state=ChainState.BARE,
        token_cid=token,
        detail=(plan or Plan(stop=D(100))).to_text(),
    )
    return Dossier(OpenChain(chain=chain, attempts=rows, facts=facts), PAIR)


def test_that_an_order_is_gone_says_nothing_of_the_request_that_names_it() -> None:
    assert attempts.verdict(Reply(kind=ReplyKind.GONE), None) is AttemptState.UNKNOWN


@pytest.mark.critical
def test_a_sale_that_was_not_answered_may_have_sold_although_it_is_not_found() -> None:
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, EXIT: AttemptState.UNKNOWN}, BOUGHT, fact(2, "S0", OrderStatus.CANCELED)
    )
    assert open_ends(one) == ["X1"]
    assert swaps_only(one, ["X1"])


@pytest.mark.critical
def test_a_stop_that_is_gone_may_have_sold_until_its_end_is_told() -> None:
    one = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, fact(2, "S0", OrderStatus.ACCEPTED))
    assert open_ends(one) == ["S0"]


def test_a_stop_that_sold_excludes_the_swap_that_names_it() -> None:
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, EXIT: AttemptState.UNKNOWN}, BOUGHT, fact(2, "S0", OrderStatus.FILLED, "0.01")
    )
    assert open_ends(one) == []


def test_a_swap_that_is_known_excludes_another_of_the_same_order() -> None:
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, RAISE: AttemptState.ACCEPTED, EXIT: AttemptState.UNKNOWN},
        BOUGHT,
        fact(2, "S0", OrderStatus.ACCEPTED),
        fact(3, "S1", OrderStatus.CANCELED),
    )
    assert open_ends(one) == []


def test_what_is_proven_never_to_have_sold_is_settled() -> None:
    plan = Plan(stop=D(100), never=("S0", "X1"))
    one = dossier({ENTRY: AttemptState.ACCEPTED, EXIT: AttemptState.UNKNOWN}, BOUGHT, plan=plan)
    assert open_ends(one) == []


def test_a_placement_without_an_answer_is_open_and_no_swap() -> None:
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, AGAIN: AttemptState.UNKNOWN}, BOUGHT, fact(2, "S0", OrderStatus.CANCELED)
    )
    assert open_ends(one) == ["R1"]
    assert not swaps_only(one, ["R1"])


def test_the_id_of_a_refused_placement_is_used_again_and_that_of_an_unanswered_one_is_not() -> None:
    refused = dossier({ENTRY: AttemptState.ACCEPTED, AGAIN: AttemptState.REFUSED}, BOUGHT)
    unanswered = dossier({ENTRY: AttemptState.ACCEPTED, AGAIN: AttemptState.UNKNOWN}, BOUGHT)
    assert (refused.refused_id, unanswered.refused_id) == ("R1", "")


def test_what_the_matching_engine_calls_absent_rests_no_more_whatever_look_ups_show() -> None:
    shown = fact(2, "S0", OrderStatus.ACCEPTED)
    before = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, shown)
    after = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, shown, plan=before.without("S0"))
    assert [[one.order_id for one in each.resting] for each in (before, after)] == [[2], []]


def test_a_copy_under_the_same_id_rests_although_the_first_order_is_absent() -> None:
    first, copy = fact(2, "S0", OrderStatus.ACCEPTED), fact(8, "S0", OrderStatus.ACCEPTED)
    plan = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, first).without("S0")
    one = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, first, copy, plan=plan)
    assert [order.order_id for order in one.resting] == [8]


@pytest.mark.critical
@pytest.mark.parametrize(
    ("state", "facts", "highest"),
    [
        (AttemptState.UNKNOWN, (), D(110)),
        (AttemptState.REFUSED, (), D(100)),
        (AttemptState.REFUSED, (fact(3, "S1", OrderStatus.EXPIRED),), D(110)),
    ],
)
def test_a_stop_that_may_have_rested_is_never_undercut(
    state: AttemptState, facts: tuple[OrderFact, ...], highest: Decimal
) -> None:
    one = dossier({ENTRY: AttemptState.ACCEPTED, RAISE: state}, BOUGHT, fact(2, "S0", OrderStatus.CANCELED), *facts)
    assert one.highest_stop == highest


def test_a_stop_that_never_worked_binds_nothing() -> None:
    one = dossier({ENTRY: AttemptState.ACCEPTED}, BOUGHT, fact(2, "S0", OrderStatus.EXPIRED, reason=NEVER_WORKED))
    assert one.highest_stop is None


@pytest.mark.critical
def test_a_swap_that_took_its_order_away_proves_that_no_other_swap_of_it_was_made() -> None:
    again = attrs.evolve(RAISE, client_id="S2", stop_price=D(120))
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, RAISE: AttemptState.UNKNOWN, again: AttemptState.REFUSED},
        BOUGHT,
        fact(2, "S0", OrderStatus.CANCELED),
    )
    assert open_ends(one) == ["S1", "S2"]
    one.plan = Driver(SimpleNamespace(seconds=lambda: 0.0), one).halved(one.plan, again)  # type: ignore[arg-type]
    assert open_ends(one) == []


@pytest.mark.critical
def test_what_rests_waits_for_copies_of_what_was_placed_and_not_for_those_of_a_swap() -> None:
    anchor = request(Verb.PLACE, "R2", kind=OrderKind.LIMIT, quantity=D("0.01"), price=D(200))
    plan = Plan(stop=D(100), placed_fence_ms=5_000, exit_reason="signal", pending="R2")
    one = dossier(
        {ENTRY: AttemptState.ACCEPTED, RAISE: AttemptState.UNKNOWN, anchor: AttemptState.ACCEPTED},
        BOUGHT,
        fact(2, "S0", OrderStatus.CANCELED),
        fact(3, "R2", OrderStatus.ACCEPTED),
        plan=plan,
    )
    one.chain = attrs.evolve(one.chain, fence_ms=9_000)
    chain, after = one.derived(stop_leg=True)
    assert (chain.token_cid, chain.state, after.token_fence_ms) == ("R2", ChainState.EXITING, 5_000)


@pytest.mark.critical
@pytest.mark.parametrize(
    ("price", "state", "spare"),
    [
        (D(101), ChainState.PROTECTED, D(0)),
        (D(100), ChainState.PROTECTED, D("0.01")),
        (None, ChainState.PROTECTED, D(0)),
        (None, ChainState.SWAPPING, D("0.01")),
    ],
)
def test_coins_behind_a_stop_that_is_reached_or_being_swapped_may_be_free(
    price: Decimal | None, state: ChainState, spare: Decimal
) -> None:
    bench = object.__new__(Bench)
    bench.prices = {} if price is None else {"BTCUSDT": price}
    bench.balance = lambda asset: D("0.02")  # type: ignore[method-assign]
    held = SimpleNamespace(net=D("0.01"), instrument=PAIR, plan=Plan(stop=D(100)), token_is_absent=False)
    token = SimpleNamespace(symbol="BTCUSDT", token_cid="S0", stop_px=D(100), state=state)  # noqa: S106  # a client id
    driver, other = (SimpleNamespace(dossier=SimpleNamespace(**vars(held), chain=token)) for _ in range(2))
    bench.drivers = {1: driver, 2: other}  # type: ignore[dict-item]
    assert bench.spare(driver) == spare  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("coins", "refuses"),
    [
        (Coins(unsold=True, total=D("0.0199"), surplus=False), True),
        (Coins(unsold=True, total=D("0.02"), surplus=False), False),
        (Coins(unsold=False, total=D("0.01"), surplus=False), False),
        (UNSEEN, False),
    ],
)
def test_a_sale_is_safe_from_its_copy_only_where_the_coins_are_seen_and_too_few_for_two(
    coins: Coins, refuses: bool
) -> None:
    assert coins.refuses_twice(D("0.01")) is refuses


def test_a_plan_is_read_as_it_was_written_and_one_of_before_too() -> None:
    plan = Plan(stop=D("1.5"), want_stop=D(2), absent=("7", "S0"), never=("X1",), pending="X1")
    old = {name: value for name, value in json.loads(plan.to_text()).items() if name not in {"absent", "never"}}
    assert Plan.from_text(plan.to_text()) == plan
    assert Plan.from_text(json.dumps(old)) == Plan(stop=D("1.5"), want_stop=D(2), pending="X1")
