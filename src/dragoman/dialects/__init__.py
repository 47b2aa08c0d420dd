"""The vendors' HTTP languages, both directions, as pure functions; one module each."""

from dragoman.dialects import intouch, inviosmart, itec
from dragoman.dialects.exchange import Dialect

DIALECTS: dict[str, Dialect] = {
    "intouch": intouch.DIALECT,
    "itec": itec.DIALECT,
    "inviosmart": inviosmart.DIALECT,
}
