"""How commands look for people: aligned columns, little colour, none where nobody sees it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDE = 200  # columns where there is no terminal, so that a program's grep sees whole lines

# What a state or a carrier's state looks like.
STYLES = {
    **dict.fromkeys(("delivered", "up", "created", "acknowledged"), "green"),
    **dict.fromkeys(("undeliverable", "expired", "rejected", "failed", "down"), "red"),
    **dict.fromkeys(("removed", "disabled", "stopped", "declined"), "red"),
    **dict.fromkeys(("queued", "sending", "connecting", "changed", "unknown"), "yellow"),
    **dict.fromkeys(("sent", "scheduled"), "cyan"),
}

# What a terminal would obey rather than show; a carrier or a customer may have written it.
_OBEYED = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
} | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


class Screen:
    """A terminal, or what stands in its place."""

    def __init__(self, file: TextIO) -> None:
        """Take the stream; colours follow the terminal and NO_COLOR."""
        self.console = Console(
            file=file,
            highlight=False,
            soft_wrap=True,
            width=None if file.isatty() else WIDE,
        )

    def line(self, words: str = "", style: str = "") -> None:
        """Write a line."""
        self.console.print(Text(words.translate(_OBEYED), style=style))

    def spans(self, *spans: tuple[str, str]) -> None:
        """Write a line of words with their styles."""
        self.console.print(
            Text.assemble(*((words.translate(_OBEYED), style) for words, style in spans))
        )

    def error(self, words: str, problems: Iterable[str] = ()) -> None:
        """Say what cannot be done."""
        self.spans(("dragoman: ", "bold red"), (words, ""))
        for problem in problems:
            self.line(f"  {problem}")

    def note(self, words: str) -> None:
        """Say what is worth knowing and no error."""
        self.spans(("note: ", "yellow"), (words, ""))

    def table(
        self, heads: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[str] = ()
    ) -> None:
        """Write rows under their heads; columns in `right` are numbers."""
        cells = [[str(cell).translate(_OBEYED) for cell in row] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
        numbers = set(right)
        for index, row in enumerate([list(heads), *cells]):
            texts = [
                self._padded(
                    cell,
                    width,
                    "bold" if index == 0 else STYLES.get(cell, ""),
                    to_right=head in numbers,
                )
                for cell, width, head in zip(row, widths, heads, strict=True)
            ]
            line = Text("  ").join(texts)
            line.rstrip()
            self.console.print(line)

    @staticmethod
    def _padded(cell: str, width: int, style: str, *, to_right: bool) -> Text:
        gap = " " * (width - cell_len(cell))
        text = Text.assemble((cell, style))
        return Text.assemble(gap, text) if to_right else Text.assemble(text, gap)


def clock(instant_us: int, *, date: bool = True) -> str:
    """Give an instant in the local time of whoever looks, to the millisecond."""
    local = datetime.fromtimestamp(instant_us / 1_000_000, UTC).astimezone()
    form = "%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S"
    return f"{local.strftime(form)}.{instant_us // 1000 % 1000:03}"


def iso(instant_us: int) -> str | None:
    """Give an instant for programs, in UTC; None where there is none."""
    if not instant_us:
        return None
    whole = datetime.fromtimestamp(instant_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{instant_us % 1_000_000:06}Z"


def ago(span_us: int) -> str:
    """Give a span of time in its two largest units."""
    seconds = max(0, span_us // 1_000_000)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    words: list[str] = []
    for unit, size in units:
        count, seconds = divmod(seconds, size)
        if count or (words and len(words) < 2):
            words.append(f"{count} {unit}")
        if len(words) == 2:
            break
    return " ".join(words) or "0 s"
