"""Small worlds for tests of the decisions: one account, two carriers, a route and a price."""

from collections.abc import Iterable
from typing import Any

from dragoman.core.barred import barred
from dragoman.core.snapshot import Snapshot, View, compile_world
from dragoman.dialects import DIALECTS
from dragoman.model.world import Account, CarrierRow, Price, Route, World

CARRIERS = (
    CarrierRow(id=1, name="main", kind="smpp"),
    CarrierRow(id=2, name="spare", kind="smpp"),
)
ROUTES = (Route(prefix="", carrier_id=1),)
PRICES = (Price(prefix="", currency="EUR", price_u=1_000),)


def a_world(
    account: dict[str, Any] | None = None,
    options: dict[str, object] | None = None,
    listed: Iterable[tuple[int, int, int]] = (),
    **changes: Any,
) -> tuple[Snapshot, View]:
    """Give a world and the view of its account; `changes` are fields of the world.

    `listed` are barred numbers: (bar, account or 0 for everyone, number) each.
    """
    row = Account(id=7, name="alice", **(account or {}), options=options or {})
    fields = {"version": 1, "carriers": CARRIERS, "routes": ROUTES, "prices": PRICES}
    world = World(**{**fields, "accounts": (row,), **changes})
    snapshot = compile_world(world, DIALECTS, barred(listed))
    return snapshot, snapshot.views["alice"]
