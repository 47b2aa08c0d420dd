"""The vendors' HTTP languages, both directions, as pure functions; one module each."""

from dragoman.dialects import intellisoftware, intouch, inviosmart, itec, unified
from dragoman.dialects.exchange import Dialect

DIALECTS: dict[str, Dialect] = {
    "intouch": intouch.DIALECT,
    "itec": itec.DIALECT,
    "unified": unified.DIALECT,
    "intellisoftware": intellisoftware.DIALECT,
    "inviosmart": inviosmart.DIALECT,
}
