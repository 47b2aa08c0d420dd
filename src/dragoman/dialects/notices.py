"""The forms in which customers are told things, by name: those of dialects, and our own."""

from dragoman.dialects import (
    intellisoftware_callbacks,
    intouch_callbacks,
    native,
    unified_callbacks,
)
from dragoman.dialects.callback import Form

FORMS: dict[str, Form] = {
    "intouch": intouch_callbacks.INTOUCH,
    "itec": intouch_callbacks.ITEC,
    "unified": unified_callbacks.FORM,
    "intellisoftware": intellisoftware_callbacks.FORM,
    native.NAME: native.FORM,
}
