"""What all dialects share when we are the client: HTTP statuses, and whose answer is whose.

Knows no host and no retry: an outcome says what an answer means, not what is done next.
"""

from collections.abc import Iterable, Iterator

from dragoman.dialects.exchange import CannotCarry, Fate, Settings, UpstreamOutcome
from dragoman.model.submissions import Alphabet, Content
from dragoman.sms.addresses import normalise


def plain_text(content: Content, settings: Settings) -> str:
    """Give the text, if that is all there is to say; raises CannotCarry for anything more.

    Flash may be dropped where the operator lists it under `degrade`.
    """
    if content.alphabet == Alphabet.BINARY:
        raise CannotCarry("raw octets cannot be asked for")
    if content.flash and "flash" not in settings.get("degrade", ()):
        raise CannotCarry("flash cannot be asked for")
    return content.text


def fate_of_status(status: int) -> Fate:
    """Tell what an HTTP status means when the body has nothing to say.

    Only 429 and 503 say surely that nothing was taken; after any other the message may be on
    its way, and a second try could be a second text.
    """
    return Fate.NOT_TAKEN if status in {429, 503} else Fate.UNKNOWN


def canonical(number: str, settings: Settings) -> str:
    """Give a number in the one form in which `+250...`, `0...` and padded ones meet."""
    cc, trunk = str(settings.get("cc", "")), str(settings.get("trunk", "0"))
    nsn = settings.get("nsn", ())
    return normalise(number, cc, trunk, nsn if isinstance(nsn, (list, tuple)) else (nsn,)) or number


def match(
    numbers: Iterable[str], entries: Iterable[UpstreamOutcome], settings: Settings
) -> Iterator[UpstreamOutcome]:
    """Give the entry of each number asked for: by number, equal numbers by order.

    An entry without a number belongs to the number in its place.  What was made of a number
    without an entry is unknown.
    """
    left = [(canonical(entry.number, settings), entry) for entry in entries]
    for number in numbers:
        key = canonical(number, settings)
        place = next((i for i, (written, _) in enumerate(left) if written in {key, ""}), None)
        if place is None:
            yield UpstreamOutcome(number, Fate.UNKNOWN, detail="not in the answer")
        else:
            _, entry = left.pop(place)
            yield UpstreamOutcome(
                number, entry.fate, entry.ref, entry.reason, entry.detail, entry.cost_u
            )


def same_for_all(numbers: Iterable[str], outcome: UpstreamOutcome) -> tuple[UpstreamOutcome, ...]:
    """Give one outcome for each number: the request failed as a whole."""
    return tuple(
        UpstreamOutcome(number, outcome.fate, outcome.ref, outcome.reason, outcome.detail)
        for number in numbers
    )
