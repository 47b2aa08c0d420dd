"""What `preview` tells of a text, and that it changes nothing."""

from pathlib import Path

import msgspec

from tests.cli.conftest import WORLD, Run

TO = "+447700900123"
TABLES = WORLD.replace('country = "GB"', 'country = "GB"\nlanguages = ["tr"]').replace(
    "port = 2775", 'port = 2775\nlanguages = ["tr"]'
)
TURKISH = "Kargonuz yarın şubemize ulaşıyor, lütfen kimliğinizle geliniz. Teşekkürler."

LOOKS = (["balance", "alice"], ["queue", "list", "main"])


def test_a_text_its_form_its_way_and_its_price(run_engine: Run, tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(TABLES, encoding="utf-8")
    assert run_engine("apply", str(tmp_path / "world.toml")).code == 0
    before = [run_engine(*words).out for words in LOOKS]
    told = run_engine("preview", "--account", "alice", "--to", TO, TURKISH)
    assert told.code == 0
    assert told.out == (
        "text       GSM 7-bit with Turkish single shift, 1 segment, 81 of 155 septets, 74 left\n"
        "+447700900123  by main, 1 × 0.057 EUR = 0.057 EUR\n"
        "total      0.057 EUR, of 10.00 EUR to spend\n"
    )
    after = [run_engine(*words).out for words in LOOKS]
    assert after == before


def test_what_forces_unicode_and_what_would_save_it(world: Path, run: Run) -> None:
    told = run("preview", "--account", "alice", "--to", "07700900123", "“ş” 🎉" + "a" * 70)
    assert told.out == (
        "text       UCS-2, 2 segments, 9 of 67 UTF-16 units in the last, 58 left\n"
        "Unicode    “ (U+201C), which smart_encoding makes '\"'\n"
        "Unicode    ş (U+015F), which nothing stands for\n"
        "Unicode    ” (U+201D), which smart_encoding makes '\"'\n"
        "Unicode    🎉 (U+1F389), which nothing stands for\n"
        "+447700900123  by main, 2 × 0.057 EUR = 0.114 EUR\n"
        "total      0.114 EUR, of 10.00 EUR to spend\n"
    )
    assert run("preview", "--account", "alice", "--to", TO, TURKISH).out.splitlines()[-3] == (
        'note: languages = ["tr"] of account and carrier would make it 1 segment'
    )


def test_what_smart_encoding_replaces(run: Run, tmp_path: Path) -> None:
    world = WORLD.replace('country = "GB"', 'country = "GB"\nsmart_encoding = true')
    (tmp_path / "world.toml").write_text(world, encoding="utf-8")
    assert run("apply", str(tmp_path / "world.toml")).code == 0
    told = run("preview", "--account", "alice", "--to", TO, "“Hi” – ok")
    assert told.out.splitlines()[:2] == [
        "text       GSM 7-bit, 1 segment, 9 of 160 septets, 151 left",
        "replaced   “ by '\"', ” by '\"', – by '-'",
    ]
    sent = run("send", "alice", TO, "“Hi” – ok", "--json").json()
    [message] = msgspec.convert(sent, dict[str, list[dict[str, int | str]]])["messages"]
    shown = run("status", str(message["id"]))
    assert "replaced       “ by '\"', ” by '\"', – by '-'" in shown.out
    told_all = run("status", str(message["id"]), "--json").json()
    [life] = msgspec.convert(told_all, list[dict[str, object]])
    assert life["replaced"] == [["“", '"'], ["”", '"'], ["–", "-"]]


def test_refusals_are_told_and_end_with_1(world: Path, run: Run) -> None:
    told = run("preview", "--account", "alice", "--to", f"{TO},+33612345678,12ab", "Hi")
    assert (told.code, told.out.splitlines()[1:]) == (
        1,
        [
            "+447700900123  by main, 1 × 0.057 EUR = 0.057 EUR",
            "+33612345678  refused: no price (no [[price]] of the world file covers it)",
            "12ab  refused: bad destination (write it as +447700900123)",
            "total      0.057 EUR, of 10.00 EUR to spend",
        ],
    )
    told = run("preview", "--account", "alice", "--to", TO, "a" * 2000)
    assert told.code == 1
    assert told.out.splitlines()[-1] == (
        "refused    too long (see max_parts of the account in the world file)"
    )
    assert run("preview", "--account", "alcie", "--to", TO, "Hi").code == 1
    assert "did you mean 'alice'?" in run("preview", "--account", "alcie", "--to", TO, "Hi").err


def test_all_of_it_for_programs(world: Path, run: Run) -> None:
    told = run("preview", "--account", "alice", "--to", f"{TO},12ab", "--json", "-", stdin="“Hi”")
    form = {
        "alphabet": "UCS2",
        "tables": {},
        "segments": 1,
        "sizes": [4],
        "room": 70,
        "left": 66,
        "texts": ["“Hi”"],
    }
    assert told.json() == {
        "text": "“Hi”",
        "replaced": [],
        "refusal": None,
        "plain": form,
        "unicode_because": [
            {"character": "“", "replacement": '"'},
            {"character": "”", "replacement": '"'},
        ],
        "recipients": [
            {
                "recipient": "447700900123",
                "refusal": None,
                "reached": True,
                "carrier": "main",
                "price": "0.057",
                "charge": "0.057",
                "due": None,
                "quiet": False,
                "form": form,
            },
            {
                "recipient": "12ab",
                "refusal": "bad destination (write it as +447700900123)",
                "reached": True,
                "carrier": None,
                "price": "0.00",
                "charge": "0.00",
                "due": None,
                "quiet": False,
                "form": None,
            },
        ],
        "total": "0.057",
        "currency": "EUR",
        "spendable": "10.00",
    }
