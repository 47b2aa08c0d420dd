"""Files of numbers as people and registries write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.numberfile import SEVERAL, Line, NoColumn, Numbering, read_numbers

GB = Numbering(cc="44", trunk="0")
ONE, TWO = 447700900001, 447700900002

FILES: dict[str, tuple[list[str], list[Line]]] = {
    "nothing": ([], []),
    "a number a line": (["447700900001\n", "+447700900002\n"], [Line(1, ONE), Line(2, TWO)]),
    "a head that is known": (
        ["name,msisdn\r\n", "Al,447700900001\r\n"],
        [Line(2, ONE)],
    ),
    "a head that is not": (["subscriber\n", "447700900001\n"], [Line(2, ONE)]),
    "the first column, and a mark": (["\ufeff447700900001;x\n"], [Line(1, ONE)]),
    "quotes and tabs": (['"+44 7700 900001"\t"a\tb"\n'], [Line(1, ONE)]),
    "empty lines are no lines": (
        ["number,x\n", "\n", ",\n", "447700900001,\n"],
        [Line(4, ONE)],
    ),
    "a quoted line break counts": (
        ["number,note\n", '447700900001,"a\nb"\n', "447700900002,\n"],
        [Line(2, ONE), Line(3, TWO)],
    ),
    "a quote that is never closed costs nobody else": (
        ["number,name\n", '447700900001,"Al\n', *["447700900002,Bo\n"] * 40],
        [Line(2, ONE), *(Line(at, TWO) for at in range(3, 43))],
    ),
    "a quote that somebody else's closes": (
        ["number,name\n", '447700900001,"Al\n', "447700900002,Bo\n", '447700900001,"Cy\n'],
        [Line(2, ONE), Line(3, TWO), Line(4, ONE)],
    ),
    "a cell of more than can be": (
        ["number,name\n", '447700900001,"Al\n', *["-\n"] * 15, "447700900002,Bo\n"],
        [
            Line(2, ONE),
            *(Line(at, 0, "-", "not a number") for at in range(3, 18)),
            Line(18, TWO),
        ],
    ),
    "all numbers in one line": (
        ["447700900001,447700900002, \n"],
        [Line(1, 0, "447700900001", SEVERAL)],
    ),
    "what is none": (
        ["number\n", "abc\n", "12\n", "1234567890123456\n", "07700900001\n", "1-800-FLOWERS\n"],
        [
            Line(2, 0, "abc", "not a number"),
            Line(3, 0, "12", "2 digits; a number has 7 to 15"),
            Line(4, 0, "1234567890123456", "16 digits; a number has 7 to 15"),
            Line(
                5,
                0,
                "07700900001",
                "a national number; say of which country with --country",
            ),
            Line(6, 0, "1-800-FLOWERS", "not a number"),
        ],
    ),
    "a line without the column": (
        ["x,number\n", "1\n", "1, \n"],
        [Line(2, 0, "", "no number"), Line(3, 0, " ", "no number")],
    ),
    "a long one is cut for the report": (
        ["9" * 200 + "\n"],
        [Line(1, 0, "9" * 80, "200 digits; a number has 7 to 15")],
    ),
}


@pytest.mark.parametrize(("lines", "read"), FILES.values(), ids=FILES)
def test_read_numbers(lines: list[str], read: list[Line]) -> None:
    assert list(read_numbers(lines)) == read


def test_national_numbers_of_a_country() -> None:
    assert list(read_numbers(["number\n", "07700900001\n"], numbering=GB)) == [Line(2, ONE)]


def test_a_column_by_its_name() -> None:
    lines = ["msisdn,Other Phone\n", "447700900001,447700900002\n"]
    assert list(read_numbers(lines, "other phone")) == [Line(2, TWO)]
    with pytest.raises(NoColumn, match=r"no column 'fax'; it has msisdn, Other Phone"):
        list(read_numbers(lines, "fax"))


@given(st.lists(st.text(max_size=20), max_size=6))
def test_any_file_is_read_to_its_end(lines: list[str]) -> None:
    for line in read_numbers(text + "\n" for text in lines):
        assert bool(line.number) != bool(line.why)
        assert line.at > 0


BESIDE = {
    "by its head": (["name,number", "Ann,447700900001"], "Ann"),
    "behind the number": (["447700900001; Ann "], "Ann"),
    "no such head": (["number,city", "447700900001,Rome"], ""),
    "a short line": (["number,name", "447700900001"], ""),
}


@pytest.mark.parametrize(("lines", "name"), BESIDE.values(), ids=BESIDE)
def test_what_stands_beside_the_number(lines: list[str], name: str) -> None:
    [line] = read_numbers(lines, beside="name")
    assert (line.number, line.beside) == (447700900001, name)
    [line] = read_numbers(lines)
    assert line.beside == ""
