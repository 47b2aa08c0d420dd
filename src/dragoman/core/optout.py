"""A subscriber's word that they want nothing more, or something again, kept with its proof.

Every word is an event that stays for ever, also one that was said before.  A running gateway
follows the lists, so it counts within a second of the commit.
"""

from dragoman.model.barring import Bar, BarList, parse_barred
from dragoman.store.barred import bar_numbers, free_numbers
from dragoman.store.database import Tx


async def opt_out(
    tx: Tx, account_id: int, number: str, at_us: int, source: str, proof: str
) -> bool:
    """Let a number get nothing more from an account (0: from everyone); false if it did already.

    `source` says by which way the word came ("sms", "cli", "stop keyword"), `proof` what was said.
    """
    digits = parse_barred(number)
    if digits is None:
        return False
    where = BarList(Bar.OPTED_OUT, account_id)
    return bool(await bar_numbers(tx, where, [digits], at_us, source, [proof], repeats=True))


async def opt_in(tx: Tx, account_id: int, number: str, at_us: int, source: str, proof: str) -> bool:
    """Let a number get something from an account again (0: what it told everyone is undone).

    Tells whether it was opted out there.  An opt-out from everyone stays when one account's is
    undone, and the other way round.
    """
    digits = parse_barred(number)
    if digits is None:
        return False
    where = BarList(Bar.OPTED_OUT, account_id)
    return bool(await free_numbers(tx, where, [digits], at_us, source, proof))
