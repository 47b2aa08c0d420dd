"""How an SMSC simulator is set up.

Refuses to know what may go wrong: that is `faults`, and changes while it runs.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

ID_FORMS = {
    "decimal": "{:d}",
    "hex": "{:x}",
    "HEX": "{:X}",
    "padded": "{:010d}",
    "padded-hex": "{:08X}",
    "prefixed": "smsc-{:d}",
}


class SmscOptions(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an SMSC is like; the defaults take every bind and deliver everything at once."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 0  # 0: any that is free
    control_port: Annotated[int, Meta(ge=-1, le=65535)] = -1  # HTTP; -1: none
    system_id: str = "dragoman-smsc"
    accounts: dict[str, str] = {}  # system_id to password; empty: anybody may bind
    most_binds: int = 0  # of one system_id; 0: any number
    window: Annotated[int, Meta(ge=1)] = 500  # deliver_sm without an answer, per bind
    receipt_delay_s: Annotated[float, Meta(ge=0)] = 0.0
    id_form: str = "decimal"
    receipt_id_form: str = ""  # empty: as in the response
    first_id: int = 1
    keep: Annotated[int, Meta(ge=1)] = 10_000  # messages remembered
    tls_certificate: str = ""
    tls_key: str = ""

    def __post_init__(self) -> None:
        """Refuse a form of ids that does not exist."""
        for form in (self.id_form, self.receipt_id_form or self.id_form):
            if form not in ID_FORMS:
                raise ValueError(f"id_form is one of {', '.join(ID_FORMS)}, not {form!r}")
