"""The names after `ERR:` in the dialect `intellisoftware`, and which of several is told.

Knows no request.  Source: IntelliSoftware SMS Gateway, "HTTP Interface", the lists of responses;
the order of checks is that of the vendor's own libraries.
"""

from dragoman.dialects.order import in_order, ranks
from dragoman.model.refusals import Reason, Refusal

INVALID_REQUEST = "INVALID_REQUEST"
GATEWAY_ERROR = "GATEWAY_ERROR"
INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_NUMBER = "INVALID_NUMBER"
PARAMETER_INVALID = "PARAMETER_INVALID"

# By reason and field where a field has a name of its own, else by reason.
NAMES: dict[tuple[Reason, str], str] = {
    (Reason.MISSING_PARAMETER, "username"): "NO_USERNAME",
    (Reason.MISSING_PARAMETER, "password"): "NO_PASSWORD",
    (Reason.MISSING_PARAMETER, "to"): "NO_TO",
    (Reason.MISSING_PARAMETER, "text"): "NO_TEXT",
    (Reason.MISSING_PARAMETER, "msgid"): "NO_MSGID",
    (Reason.MISSING_PARAMETER, ""): "PARAMETER_MISSING",
    (Reason.BAD_REQUEST, ""): INVALID_REQUEST,
    (Reason.BAD_CREDENTIALS, ""): "LOGIN_INVALID",
    (Reason.ACCOUNT_DISABLED, ""): "LOGIN_INVALID",
    (Reason.IP_BANNED, ""): "LOGIN_INVALID",
    (Reason.IP_NOT_ALLOWED, ""): "LOGIN_INVALID",
    (Reason.THROTTLED, ""): GATEWAY_ERROR,
    (Reason.BAD_TYPE, ""): INVALID_REQUEST,
    (Reason.BAD_MESSAGE, "hex"): PARAMETER_INVALID,
    (Reason.BAD_MESSAGE, "ud"): PARAMETER_INVALID,
    (Reason.BAD_MESSAGE, "udh"): PARAMETER_INVALID,
    (Reason.BAD_MESSAGE, ""): INVALID_REQUEST,
    # The vendor's own spelling; clients that look for the right word find it in this one.
    (Reason.BAD_PARAMETER, "sublistname"): "PPARAMETER_INVALID",
    (Reason.BAD_PARAMETER, "action"): "PPARAMETER_INVALID",
    (Reason.BAD_PARAMETER, ""): INVALID_REQUEST,
    (Reason.BAD_SENDER, ""): INVALID_REQUEST,
    (Reason.BAD_SCHEDULE, ""): INVALID_REQUEST,  # nothing here can be scheduled
    (Reason.TOO_MANY_RECIPIENTS, ""): INVALID_REQUEST,
    (Reason.TOO_LONG, ""): INVALID_REQUEST,
    (Reason.SPAM, ""): INVALID_REQUEST,
    (Reason.TEMPLATE_MISMATCH, ""): INVALID_REQUEST,
    (Reason.DUPLICATE, ""): INVALID_REQUEST,
    (Reason.KEY_REUSED, ""): PARAMETER_INVALID,
    (Reason.BAD_DESTINATION, ""): INVALID_NUMBER,
    (Reason.NO_ROUTE, ""): INVALID_NUMBER,
    (Reason.NO_PRICE, ""): INVALID_NUMBER,
    (Reason.OPTED_OUT, ""): INVALID_NUMBER,
    (Reason.DO_NOT_DISTURB, ""): INVALID_NUMBER,
    (Reason.INSUFFICIENT_CREDIT, ""): "INSUFFICIENT_CREDIT",
    (Reason.TIMEOUT, ""): GATEWAY_ERROR,
    (Reason.INTERNAL, ""): INTERNAL_ERROR,
    (Reason.CARRIER_REFUSAL, ""): GATEWAY_ERROR,
    (Reason.UNKNOWN_MESSAGE, ""): "MSGID_INVALID",
}
ESME_RINVDSTADR = 11  # the one command_status that says the number is at fault

rank = in_order(
    ranks(
        Reason.BAD_REQUEST,  # a multipart body that cannot be read
        (Reason.MISSING_PARAMETER, "username"),
        (Reason.MISSING_PARAMETER, "password"),
        frozenset({(Reason.MISSING_PARAMETER, "to"), (Reason.MISSING_PARAMETER, "msgid")}),
        Reason.MISSING_PARAMETER,  # text, hex, ud, href, file parts: whatever the type needs
        frozenset(
            {
                Reason.BAD_CREDENTIALS,
                Reason.ACCOUNT_DISABLED,
                Reason.IP_BANNED,
                Reason.IP_NOT_ALLOWED,
            }
        ),
        Reason.THROTTLED,
        frozenset(
            {
                Reason.BAD_TYPE,
                Reason.UNKNOWN_MESSAGE,
                (Reason.BAD_PARAMETER, "sublistname"),
                (Reason.BAD_PARAMETER, "action"),
            }
        ),
        frozenset({(Reason.BAD_MESSAGE, field) for field in ("hex", "ud", "udh")}),
        frozenset(
            {
                Reason.BAD_MESSAGE,
                Reason.BAD_PARAMETER,
                Reason.BAD_SENDER,
                Reason.BAD_SCHEDULE,
                Reason.TOO_MANY_RECIPIENTS,
                Reason.TOO_LONG,
            }
        ),
        frozenset({Reason.SPAM, Reason.TEMPLATE_MISMATCH, Reason.DUPLICATE, Reason.KEY_REUSED}),
        frozenset(
            {
                Reason.BAD_DESTINATION,
                Reason.NO_ROUTE,
                Reason.NO_PRICE,
                Reason.OPTED_OUT,
                Reason.DO_NOT_DISTURB,
            }
        ),
        Reason.INSUFFICIENT_CREDIT,
        frozenset({Reason.INTERNAL, Reason.TIMEOUT}),
        Reason.CARRIER_REFUSAL,
    )
)


def name(refusal: Refusal) -> str:
    """Give the vendor's name of a refusal, without its `ERR:`."""
    if refusal.reason is Reason.CARRIER_REFUSAL and refusal.status == ESME_RINVDSTADR:
        return INVALID_NUMBER
    return NAMES.get((refusal.reason, refusal.field)) or NAMES[refusal.reason, ""]
