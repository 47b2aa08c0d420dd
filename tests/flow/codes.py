"""The shape of the tables of every code: what a refusal is called, and a request that meets it.

Each `codes_<dialect>.py` holds, beside the worked examples of its dialect:

- `CODES`: for every reason, with its variant, that the dialect has words for, the requests that
  are refused for it: the label of a worked example, which is run there, or a `Case` of its own.
- `LISTS`: mixed lists of recipients, by label.
- `UNMET`: reasons that the dialect has words for and that no request of it can meet.
- `own_table()`: what the dialect says for each reason and variant, as it stands in a reply.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dragoman.model.refusals import Reason
from tests.flow.examples import Row
from tests.flow.house import SMSC_PORT

Key = tuple[Reason, str]

SILENT = -1  # the SMSC takes a message and does not answer


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request, and what is the matter with the gateway while it is answered.

    `store`: "hangs", "refuses", "is gone" (for writing), "cannot be read".  `is_faulty`: our own
    code fails.  `carrier`: the command_status of each answer of an SMSC, one after the other and
    the last for ever; none: no carrier is reached.  `extra` is added to the world; `before` are
    requests that were answered on the same fixture, each with its own answer.
    """

    row: Row
    store: str = ""
    is_faulty: bool = False
    carrier: tuple[int, ...] = ()
    extra: str = ""
    before: tuple[Row, ...] = ()


Met = tuple["str | Case", ...]
Table = Mapping[Key, Met]


@dataclass(frozen=True)
class Account:
    """An account of the worked examples and what waiting for the carrier adds to it."""

    name: str
    options: Mapping[str, object] = field(default_factory=dict)

    def waits(self, row: Row, *statuses: int) -> Case:
        """Give a case in which the account waits for an SMSC that answers so."""
        options = {**self.options, "submit_mode": "carrier"}
        if SILENT in statuses:
            options["carrier_wait_s"] = 0.3
        changes: dict[str, Mapping[str, object]] = {
            f"account.{self.name}": options,
            "carrier.main": {"port": SMSC_PORT},
        }
        return Case(row=replace(row, changes={**row.changes, **changes}), carrier=statuses)

    def refuses_repeats(self, row: Row, first: Row) -> Case:
        """Give a case in which the same was sent before, and the account wants no duplicates."""
        options = {**self.options, "duplicate_window_s": 300, "duplicate_action": "refuse"}
        changes = {f"account.{self.name}": options}
        return Case(row=replace(row, changes={**row.changes, **changes}), before=(first,))

    def too_fast(self, row: Row, before: str) -> Case:
        """Give a case in which an example was sent within the same second."""
        changes = {f"account.{self.name}": {**self.options, "rate": 1}}
        return Case(row=replace(row, changes={**row.changes, **changes}, after=(before,)))


def with_key(row: Row) -> Row:
    """Give a request that carries an idempotency key."""
    return replace(row, headers={**row.headers, "idempotency-key": "order-77"})


def expired(currency: str, password: str = "secret") -> str:
    """Give an account `late` whose time is over."""
    return f"""
        [[account]]
        name = "late"
        password = "{password}"
        currency = "{currency}"
        balance = "100"
        expires = 2000-01-01T00:00:00Z
    """


def unpriced(currency: str, password: str = "secret", **options: str) -> str:
    """Give an account `stranger` in a currency whose tariff lacks the numbers of the examples."""
    more = "".join(f'{name} = "{value}"\n' for name, value in options.items())
    return f"""
        [[account]]
        name = "stranger"
        password = "{password}"
        currency = "{currency}"
        balance = "100"
        {more}
        [[price]]
        prefix = "1"
        currency = "{currency}"
        price = "1"
    """
