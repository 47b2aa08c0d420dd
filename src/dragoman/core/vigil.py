"""Loops that never end: one that a fault of ours ends is told of, and begun again.

A task that dies says nothing by itself, and a gateway whose chores stand still looks well.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

REST_S = 1.0  # before a loop begins again
TELL_EACH = 60  # of so many times in a row that it ends alike, one is told


async def for_ever(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop, again and again if it ends; it keeps what it must remember elsewhere."""
    told, alike = "", 0
    while True:
        try:
            await loop()
            words, error = "it returned", None
        except Exception as fault:  # noqa: BLE001  # it is told
            words, error = f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}", fault
        alike = alike + 1 if words == told else 0
        told = words
        if alike % TELL_EACH == 0:
            log.error("%s ended and is begun again: %s", name, words, exc_info=error)
        await asyncio.sleep(REST_S)
