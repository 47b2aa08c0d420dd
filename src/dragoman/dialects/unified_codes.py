"""The codes of the dialect `unified`: which refusal has which, and which of several is told.

Knows no request.  Source: Unified Communications API's, table of error codes.
"""

from dragoman.dialects.exchange import Settings
from dragoman.dialects.order import in_order, ranks
from dragoman.model.refusals import Reason, Refusal

CODES = {
    Reason.MISSING_PARAMETER: 1702,
    Reason.BAD_REQUEST: 1702,
    Reason.BAD_SCHEDULE: 1702,
    Reason.BAD_CREDENTIALS: 1703,
    Reason.BAD_TYPE: 1704,
    Reason.BAD_MESSAGE: 1705,
    Reason.TOO_LONG: 1705,
    Reason.UNKNOWN_MESSAGE: 1705,  # nothing here asks for a message by its id
    Reason.BAD_DESTINATION: 1706,
    Reason.TOO_MANY_RECIPIENTS: 1706,
    Reason.NO_ROUTE: 1706,
    Reason.NO_PRICE: 1706,
    Reason.BAD_SENDER: 1707,
    Reason.BAD_PARAMETER: 1708,
    Reason.ACCOUNT_DISABLED: 1709,
    Reason.THROTTLED: 1709,
    Reason.INTERNAL: 1710,
    Reason.TIMEOUT: 1715,
    Reason.INSUFFICIENT_CREDIT: 1725,  # unless the option `credit_code` says otherwise
    Reason.DO_NOT_DISTURB: 1732,
    Reason.SPAM: 1028,
    Reason.TEMPLATE_MISMATCH: 1033,
    Reason.DUPLICATE: 1041,
    Reason.KEY_REUSED: 1041,
    Reason.OPTED_OUT: 1042,
    Reason.IP_BANNED: 16,
    Reason.IP_NOT_ALLOWED: 18,
}

# Accounts and their balances cannot be looked at now, so nobody's user can be validated.
UNREACHABLE = Refusal(Reason.INTERNAL, detail="unreachable")

# What is found wrong with one recipient; everything else is wrong with the request.
OF_RECIPIENT = frozenset(
    {
        Reason.BAD_DESTINATION,
        Reason.NO_ROUTE,
        Reason.NO_PRICE,
        Reason.OPTED_OUT,
        Reason.DO_NOT_DISTURB,
        Reason.DUPLICATE,
        Reason.INSUFFICIENT_CREDIT,
        Reason.INTERNAL,
        Reason.TIMEOUT,
        Reason.CARRIER_REFUSAL,
    }
)

# The order of the vendor's codes, but for the addresses that are banned: they come before the
# password, so that a banned peer cannot try passwords.
_REQUEST = (
    frozenset({Reason.BAD_REQUEST, Reason.MISSING_PARAMETER}),
    Reason.IP_BANNED,
    Reason.BAD_CREDENTIALS,
    Reason.IP_NOT_ALLOWED,
    Reason.BAD_TYPE,
    frozenset({Reason.BAD_MESSAGE, Reason.TOO_LONG}),
)
_DESTINATIONS = Reason.TOO_MANY_RECIPIENTS
_REST = (
    Reason.BAD_SENDER,
    Reason.BAD_PARAMETER,
    Reason.BAD_SCHEDULE,
    frozenset({Reason.ACCOUNT_DISABLED, Reason.THROTTLED}),
    Reason.SPAM,
    Reason.TEMPLATE_MISMATCH,
)
_ROUTES = (Reason.NO_ROUTE, Reason.NO_PRICE, Reason.UNKNOWN_MESSAGE)
_RECIPIENT = (
    Reason.OPTED_OUT,
    Reason.DO_NOT_DISTURB,
    frozenset({Reason.DUPLICATE, Reason.KEY_REUSED}),
    Reason.INSUFFICIENT_CREDIT,
    Reason.INTERNAL,
    Reason.TIMEOUT,
    Reason.CARRIER_REFUSAL,
)

rank = in_order(
    # A destination that stands alone is judged with the request, a list's one by one after it.
    single=ranks(
        *_REQUEST,
        frozenset({_DESTINATIONS, Reason.BAD_DESTINATION}),
        *_REST,
        frozenset(_ROUTES),
        *_RECIPIENT,
    ),
    several=ranks(
        *_REQUEST, _DESTINATIONS, *_REST, frozenset({*_ROUTES, Reason.BAD_DESTINATION}), *_RECIPIENT
    ),
)


def code(refusal: Refusal, settings: Settings) -> int:
    """Give the vendor's code of a refusal."""
    if refusal.reason is Reason.CARRIER_REFUSAL:
        return _carrier_code(refusal.status)
    if refusal.reason is Reason.INSUFFICIENT_CREDIT:
        return int(settings.get("credit_code", 1725))
    if refusal == UNREACHABLE:
        return CODES[Reason.THROTTLED]  # the one code after which a client may try again
    return CODES[refusal.reason]


def _carrier_code(status: int) -> int:
    """Give a carrier's command_status, or 69 where it would read as one of the vendor's codes.

    SMPP leaves 0x400 to 0x4FF to the vendors of SMSCs (SMPP 3.4 section 5.1.3); shown as they
    are, some of them would say "spam" or "duplicate" to a customer who did nothing wrong.
    """
    collides = status in {16, 18} or 1024 <= status <= 1279 or 1701 <= status <= 1732
    return 69 if collides or status <= 0 else status
