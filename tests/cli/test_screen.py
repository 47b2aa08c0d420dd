"""What commands write on a terminal, whoever wrote the words."""

import io

from dragoman.cli.screen import Screen

EVIL = "a\x1b[2Jb\r\x07\x9b31m\u202ec"
SHOWN = r"a\x1b[2Jb\x0d\x07\x9b31m\u202ec"


def test_a_terminal_obeys_no_carrier_and_no_customer() -> None:
    """A carrier's message id with an escape sequence cleared the operator's screen."""
    file = io.StringIO()
    screen = Screen(file)
    screen.line(EVIL)
    screen.spans((EVIL, "bold"))
    screen.error(EVIL, [EVIL])
    screen.table(["head"], [[EVIL]])
    assert file.getvalue() == (f"{SHOWN}\n{SHOWN}\ndragoman: {SHOWN}\n  {SHOWN}\nhead\n{SHOWN}\n")


def test_texts_keep_their_line_breaks_and_letters() -> None:
    file = io.StringIO()
    Screen(file).line("one\ntwo é नमस्ते 🚂")
    assert file.getvalue() == "one\ntwo é नमस्ते 🚂\n"
