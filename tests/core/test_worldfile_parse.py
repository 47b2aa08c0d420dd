"""What a world file may say, and what it is told when it may not; every fault in whole words."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.worldfile.keys import (
    DIALECT_KEYS,
    NOT_YET,
    AccountKeys,
    GatewayKeys,
)
from dragoman.core.worldfile.parse import WorldError, plain
from dragoman.core.worldfile.sorts import read_amount, read_instant, render_amount, render_instant
from dragoman.core.worldfile.tables import Problems, read_keys
from dragoman.dialects import DIALECTS
from tests.core.worlds import WHOLE, parsed

CARRIER = '[[carrier]]\nname = "main"\nkind = "wire"\nhost = "h"\n'
ALICE = '[[account]]\nname = "alice"\npassword = "x"\n'

FAULTS = {
    "no TOML": (
        "[[account",
        ["this is not TOML: Expected ']]' at the end of an array declaration (at end of document)"],
    ),
    "nothing at all": (
        "# later",
        ["the file: has no tables; an empty world would remove everything"],
    ),
    "a table that is not": (
        "[[accounts]]\nname = 'x'",
        ["the file: has no table 'accounts'; did you mean 'account'?"],
    ),
    "one bracket too few": (
        "[account]\nname = 'x'",
        ["[account]: is a list; write [[account]], with two brackets"],
    ),
    "one bracket too many": (
        "[[gateway]]\ndrain = true",
        ["[[gateway]]: is no list; write [gateway], with one bracket"],
    ),
    "an unknown key, and one near": (
        ALICE + 'overdaft = "5"',
        ["[[account]] \"alice\": has no key 'overdaft'; did you mean 'overdraft'?"],
    ),
    "an unknown key, and none near": (
        ALICE + "zzz = 1",
        ["[[account]] \"alice\": has no key 'zzz'"],
    ),
    "no name": ("[[account]]\npassword = 'x'", ["[[account]] number 1: needs the key name"]),
    "a name with a colon, which Basic cannot carry": (
        "[[account]]\nname = 'a:b'\npassword = 'x'",
        ['[[account]] "a:b": name must be 1 to 64 characters without blanks and colons, not "a:b"'],
    ),
    "two of one name": (
        ALICE + ALICE,
        ['[[account]] "alice": name "alice" is taken by [[account]] "alice"'],
    ),
    "an API key that is another's name": (
        ALICE + '[[account]]\nname = "b"\npassword = "x"\napi_key = "alice"',
        ['[[account]] "b": api_key "alice" is taken by [[account]] "alice"'],
    ),
    "an API secret without its key": (
        ALICE + 'api_secret = "x"',
        ['[[account]] "alice": api_secret needs an api_key, the user name that goes with it'],
    ),
    "a password that is no text is not repeated": (
        '[[account]]\nname = "alice"\npassword = 12345',
        ['[[account]] "alice": password must be a text in quotes'],
    ),
    "an empty password": (
        '[[account]]\nname = "alice"\npassword = ""',
        ['[[account]] "alice": password is empty; leave the key out to keep what the store has'],
    ),
    "a variable that is not set": (
        '[[account]]\nname = "alice"\npassword_env = "ALICE"',
        [
            (
                '[[account]] "alice": password_env names the environment variable ALICE,'
                " which is not set"
            )
        ],
    ),
    "password and variable": (
        ALICE + 'password_env = "PATH_TO"',
        ['[[account]] "alice": has both password and password_env; one of them must go'],
    ),
    "money that is none": (
        ALICE + 'balance = "ten"',
        ['[[account]] "alice": balance must be an amount such as "12.50", not "ten"'],
    ),
    "money too fine": (
        ALICE + "balance = 0.0000001",
        ['[[account]] "alice": balance must be an amount with at most 6 decimals, not 1E-7'],
    ),
    "an overdraft below zero": (
        ALICE + "overdraft = -1",
        ['[[account]] "alice": overdraft must not be below 0, not -1'],
    ),
    "quiet hours": (
        ALICE + 'quiet_hours = "21-8"',
        ['[[account]] "alice": quiet_hours must be hours such as "21:00-08:00", not "21-8"'],
    ),
    "quiet hours without a length": (
        ALICE + 'quiet_hours = "21:00-21:00"',
        ['[[account]] "alice": quiet_hours must be hours such as "21:00-08:00", not "21:00-21:00"'],
    ),
    "a week without a day": (
        ALICE + 'quiet_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
        ['[[account]] "alice": quiet_days leaves no day to send on'],
    ),
    "a language without tables": (
        ALICE + 'languages = ["tr", "de"]',
        [
            (
                '[[account]] "alice": languages must be a language of the national tables such as'
                ' "tr", or "*" for all, not "de"'
            )
        ],
    ),
    "a time zone": (
        ALICE + 'time_zone = "Europe/Atlantis"',
        [
            (
                '[[account]] "alice": time_zone must be a time zone such as "Europe/London",'
                ' not "Europe/Atlantis"'
            )
        ],
    ),
    "a country": (
        ALICE + 'country = "UK"',
        [
            (
                '[[account]] "alice": country must be the two letters of a country, such as "GB",'
                ' not "UK"'
            )
        ],
    ),
    "one network of several": (
        ALICE + 'ip_allow = ["192.0.2.1", "192.0.2.0/64"]',
        [
            (
                '[[account]] "alice": ip_allow must be an IP address or network such as "192.0.2.1"'
                ' or "192.0.2.0/24", not "192.0.2.0/64"'
            )
        ],
    ),
    "a template": (
        ALICE + 'templates = ["Hi {#nope#}"]',
        [
            (
                '[[account]] "alice": templates must have no fields but var, num, alpha, alnum,'
                " amount, date, time, phone, email, url, numeric, alphanumeric, cbn, urlott;"
                ' {#nope#} is none, not "Hi {#nope#}"'
            )
        ],
    ),
    "a link": (
        ALICE + 'spam_links = ["bad"]',
        [
            (
                '[[account]] "alice": spam_links must be a domain such as "bad.example", or one'
                ' with a path behind it, not "bad"'
            )
        ],
    ),
    "a pattern": (
        ALICE + 'spam = ["a(b"]',
        [
            (
                '[[account]] "alice": spam must be a regular expression without look-around'
                ' and back-references (missing ): a(b), not "a(b"'
            )
        ],
    ),
    "a dialect": (
        ALICE + 'dialects = ["unified2"]',
        [
            (
                '[[account]] "alice": dialects must be one of intouch, itec, unified,'
                ' intellisoftware, inviosmart, not "unified2"'
            )
        ],
    ),
    "a time without its offset": (
        ALICE + "expires = 2030-01-31T00:00:00",
        [
            (
                '[[account]] "alice": expires must be a time with its offset, such as'
                " 2030-01-31T00:00:00Z, not 2030-01-31 00:00:00"
            )
        ],
    ),
    "a number beyond its bounds": (
        ALICE + "max_parts = 256",
        ['[[account]] "alice": max_parts must be a whole number from 1 to 255, not 256'],
    ),
    "a list that is none": (
        ALICE + 'senders = "ACME"',
        ['[[account]] "alice": senders must be a list, each a text in quotes, not "ACME"'],
    ),
    "a word out of few": (
        ALICE + 'refund = "always"',
        [
            (
                '[[account]] "alice": refund must be one of "none", "rejected", "undelivered",'
                ' not "always"'
            )
        ],
    ),
    "an account's own dialect": (
        ALICE + "[account.unified]\nlenient = 3\nreply = 'bare'",
        [
            '[[account]] "alice" unified: lenient must be true or false, not 3',
            "[[account]] \"alice\" unified: has no key 'reply'; did you mean 'reply_form'?",
        ],
    ),
    "a dialect that is not": (
        "[dialect.unified2]\nlenient = true",
        ["[dialect]: has no dialect 'unified2'; did you mean 'unified'?"],
    ),
    "a dialect that is no table": (
        "[dialect]\nunified = true",
        ["[dialect]: unified must be a table: write [dialect.unified]"],
    ),
    "a kind of carrier": (
        CARRIER.replace("wire", "pigeon"),
        ['[[carrier]] "main": kind must be one of wire, not "pigeon"'],
    ),
    "all faults of a carrier at once": (
        '[[carrier]]\nname = "main"\nkind = "wire"\nwindow = 0\nwindw = 1\nenabled = 1',
        [
            "[[carrier]] \"main\": has no key 'windw'; did you mean 'window'?",
            '[[carrier]] "main": enabled must be true or false, not 1',
            '[[carrier]] "main": window must be a whole number from 1 to 100, not 0',
            '[[carrier]] "main": needs the key host',
        ],
    ),
    "what its kind finds": (
        CARRIER.replace('"h"', '"nowhere"'),
        ['[[carrier]] "main": host must be somewhere, not "nowhere"'],
    ),
    "two carriers of one name": (
        CARRIER + CARRIER,
        ['[[carrier]] "main": stands in the file twice'],
    ),
    "a prefix": (
        CARRIER + '[[route]]\nprefix = "0044"\ncarrier = "main"',
        [
            (
                '[[route]] number 1 (prefix "0044"): prefix must be the first digits of'
                ' international numbers, such as "44", or "" for all, not "0044"'
            )
        ],
    ),
    "a route to nowhere": (
        CARRIER + '[[route]]\nprefix = ""\ncarrier = "main2"',
        [
            (
                '[[route]] number 1 (prefix ""): carrier "main2" is not in this file;'
                " did you mean 'main'?"
            )
        ],
    ),
    "the same route twice": (
        CARRIER + '[[route]]\nprefix = "4"\ncarrier = "main"\n' * 2,
        ['[[route]] number 2 (prefix "4"): stands in the file twice with carrier "main"'],
    ),
    "a route of nobody": (
        CARRIER + '[[route]]\nprefix = ""\ncarrier = "main"\naccount = "zoe"',
        ['[[route]] number 1 (prefix ""): account "zoe" is not in this file'],
    ),
    "a price in no currency": (
        '[[price]]\nprefix = ""\nprice = "1"',
        [
            (
                '[[price]] number 1 (prefix ""): needs the key currency,'
                " or the account whose price it is"
            )
        ],
    ),
    "a price in another currency than its account's": (
        ALICE + '[[price]]\nprefix = ""\nprice = "1"\naccount = "alice"\ncurrency = "USD"',
        ['[[price]] number 1 (prefix ""): currency is USD, but account "alice" pays in EUR'],
    ),
    "two prices for one prefix": (
        (
            '[[price]]\nprefix = ""\nprice = "1"\ncurrency = "EUR"\n'
            '[[price]]\nprefix = ""\nprice = "2"\ncurrency = "EUR"'
        ),
        ['[[price]] number 2 (prefix ""): this prefix has a price already'],
    ),
    "a number of nobody": (
        ALICE + '[[number]]\nnumber = "60300"\naccount = "alise"',
        ['[[number]] "60300": account "alise" is not in this file; did you mean \'alice\'?'],
    ),
    "a number twice, keywords in any case": (
        ALICE + '[[number]]\nnumber = "60300"\naccount = "alice"\nkeyword = "win"\n'
        '[[number]]\nnumber = "60300"\naccount = "alice"\nkeyword = "WIN"',
        ['[[number]] "60300": stands in the file twice with keyword "WIN"'],
    ),
    "a group of nobody": (
        ALICE + '[[group]]\naccount = "alise"\nname = "Staff"',
        ['[[group]] "Staff": account "alise" is not in this file; did you mean \'alice\'?'],
    ),
    "a list twice, in any case": (
        ALICE + '[[list]]\naccount = "alice"\nname = "News"\n'
        '[[list]]\naccount = "alice"\nname = " NEWS"',
        ['[[list]] "NEWS": account "alice" has one of that name already'],
    ),
    "a name like a number": (
        ALICE + '[[group]]\naccount = "alice"\nname = "+44 (770)"',
        [
            (
                '[[group]] "+44 (770)": name must not look like a number, in whose place it'
                ' stands, not "+44 (770)"'
            )
        ],
    ),
    "a name with a comma": (
        ALICE + '[[list]]\naccount = "alice"\nname = "a,b"',
        ['[[list]] "a,b": name must not hold commas and control characters, not "a,b"'],
    ),
    "a national member": (
        ALICE + '[[group]]\naccount = "alice"\nname = "Staff"\nmembers = ["07700900001"]',
        [
            (
                '[[group]] "Staff": members must be an international number such as'
                ' "+447700900123", not "07700900001"'
            )
        ],
    ),
    "a word that is none": (
        ALICE + '[[list]]\naccount = "alice"\nname = "News"\nstop_words = [" "]',
        ['[[list]] "News": stop_words must be a word of 1 to 40 characters, not " "'],
    ),
}


@pytest.mark.parametrize(("text", "problems"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_table_entry_key_and_what_to_do(
    text: str, problems: list[str]
) -> None:
    with pytest.raises(WorldError) as caught:
        parsed(text)
    assert caught.value.problems == problems


def test_a_time_in_quotes_is_that_time() -> None:
    [bare] = parsed(ALICE + "expires = 2030-01-31T00:00:00+01:00").accounts
    [quoted] = parsed(ALICE + 'expires = "2030-01-31T00:00:00+01:00"').accounts
    assert bare.expires == quoted.expires == 1_896_044_400_000_000


def test_a_whole_file_is_read() -> None:
    file = parsed(WHOLE)
    alice, bob = file.accounts
    assert (alice.balance, alice.overdraft) == (100_000_000, 2_500_000)
    assert (alice.country, alice.expires) == ("GB", 1_896_087_600_000_000)
    assert not isinstance(alice.unified, msgspec.UnsetType)
    assert alice.unified.lenient is True
    assert bob.currency == "EUR"
    assert [(e.keys.name, e.options) for e in file.carriers] == [
        ("main", {"host": "127.0.0.1", "window": 10}),
        ("spare", {"host": "127.0.0.2"}),
    ]
    assert [(r.prefix, r.carrier, r.weight) for r in file.routes] == [
        ("", "main", 0),
        ("", "spare", 3),
        ("44", "spare", 0),
    ]
    assert [p.price for p in file.prices] == [57_000, 1_000_000]
    assert file.gateway == {"ip_ban": ["203.0.113.0/24"], "retention_days": 30}
    assert file.dialects == {"unified": {"reply_form": "triple"}}
    assert file.notes == ()


def test_passwords_come_from_the_environment_and_out_of_no_repr() -> None:
    text = '[[account]]\nname = "a"\npassword_env = "A"\n' + CARRIER + 'password_env = "B"'
    file = parsed(text, {"A": "canary-1", "B": "canary-2"})
    assert file.accounts[0].password == "canary-1"
    assert file.carriers[0].keys.password == "canary-2"
    assert "canary" not in repr(file)


def test_what_nothing_reads_yet_is_said() -> None:
    text = (
        ALICE + 'voice_lang = "de"\n[account.intellisoftware]\nmo_email = "a@example.com"\n'
        '[gateway]\nsmtp = true\n[dialect.intellisoftware]\nhosts = ["example.com"]'
    )
    later = "is stored, but this version does nothing with it yet"
    assert parsed(text).notes == (
        f'[[account]] "alice": voice_lang {later}',
        f'[[account]] "alice" intellisoftware: mo_email {later}',
        f"[gateway]: smtp {later}",
        f"[dialect.intellisoftware]: hosts {later}",
    )


def test_a_key_that_the_code_reads_is_not_called_unread() -> None:
    """Every key stands in the code outside of the world file, or in NOT_YET, and never in both."""
    rooms = Path("src/dragoman")
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in rooms.rglob("*.py")
        if "worldfile" not in path.parts and "cli" not in path.parts
    )
    tables: dict[str, list[type[msgspec.Struct]]] = {
        "account": [AccountKeys],
        "gateway": [GatewayKeys],
        "dialect": list(DIALECT_KEYS.values()),
    }
    # read by the world file itself
    secrets = {"password_env", "api_secret", "api_secret_env", "notify_secret", "notify_secret_env"}
    for scope, structs in tables.items():
        keys = {field.name for table in structs for field in msgspec.structs.fields(table)}
        unread = {key for key in keys if f'"{key}"' not in code and f"{scope}.{key}" not in code}
        assert unread - secrets == NOT_YET[scope], scope


def test_every_option_of_the_gateway_that_the_code_reads_can_be_set() -> None:
    code = "\n".join(path.read_text("utf-8") for path in Path("src/dragoman").rglob("*.py"))
    read = set(re.findall(r'gateway\.get\(\s*"(\w+)"', code))
    assert {"retention_days", "drain"} <= read
    assert read - {field.name for field in msgspec.structs.fields(GatewayKeys)} == set()


def test_every_option_that_a_dialect_has_can_be_set() -> None:
    assert list(DIALECT_KEYS) == list(DIALECTS)
    for name, dialect in DIALECTS.items():
        problems = Problems()
        defaults = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in dialect.defaults.items()
        }
        keys = read_keys(DIALECT_KEYS[name], defaults, name, problems)
        assert problems.lines == []
        assert plain(keys) == defaults


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_money_survives_the_file(micro: int) -> None:
    assert read_amount(render_amount(micro)) == micro


@given(st.integers(0, 4_000_000_000_000_000))
def test_instants_survive_the_file(instant_us: int) -> None:
    assert read_instant(tomllib.loads(f"at = {render_instant(instant_us)}")["at"]) == instant_us
