"""What is written is TOML that says the same."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from dragoman.core.worldfile.render import render_key, render_value

TEXTS = st.text(st.characters(codec="utf-8"))
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number % 1 != 0),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_is_read_back_as_it_was(value: object) -> None:
    assert tomllib.loads(f"key = {render_value(value)}") == {"key": value}


@given(TEXTS)
def test_a_key_is_read_back_as_it_was(key: str) -> None:
    assert tomllib.loads(f"{render_key(key)} = 1") == {key: 1}


def test_a_whole_float_is_written_as_people_write_it() -> None:
    assert render_value([0.0, 2.5]) == "[0, 2.5]"
