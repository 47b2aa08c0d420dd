"""The demo, told shorter: that it sees what does not come true.  All of it: scripts/wheel."""

import asyncio
import io

import msgspec
import pytest

from dragoman.cli.demo import Story, fold
from dragoman.cli.demo_back import WayBack
from dragoman.cli.demo_scenes import SCENES, Scene, Unexpected
from dragoman.cli.screen import Screen
from dragoman.dialects import DIALECTS

REPLACE = msgspec.structs.replace
BY_NAME = {scene.dialect: scene for scene in SCENES}


def test_every_dialect_has_its_scene() -> None:
    assert [scene.dialect for scene in SCENES] == list(DIALECTS)


def wrong_number(scene: Scene) -> Scene:
    # The last digits are those of a handset that cannot be reached.
    ask = REPLACE(scene.ask, body=scene.ask.body.replace(b"0785971082", b"0785990001"))
    return REPLACE(scene, ask=ask, number="250785990001")


def wrong_text(scene: Scene) -> Scene:
    return REPLACE(scene, text="something else")


def wrong_password(scene: Scene) -> Scene:
    return REPLACE(scene, ask=REPLACE(scene.ask, headers={}))


FAULTS = {
    "never delivered": (wrong_number, "that is not delivered"),
    "another text": (wrong_text, "that is not the text that was sent"),
    "no log-in": (wrong_password, 'one entry of "details" with status "P" was expected'),
}


def test_what_does_not_come_true_is_said_and_the_exit_code_tells() -> None:
    scenes = [make(BY_NAME["intouch"]) for make, _ in FAULTS.values()]
    out = io.StringIO()
    story = Story(Screen(out), stay=False, scenes=[*scenes, BY_NAME["unified"]], wait_s=1.0)
    assert asyncio.run(story.play()) == 1
    lines = out.getvalue().splitlines()
    end = lines.index("1 of 4 delivered")
    for line, (label, (_, words)) in zip(lines[end + 1 :], FAULTS.items(), strict=True):
        assert line.startswith(f"intouch: {words}"), label


REPLIES = {
    "intouch refuses": ("intouch", '{"success": false, "details": []}'),
    "intouch refuses the recipient": (
        "intouch",
        '{"success": true, "details": [{"status": "U", "messageid": 1}]}',
    ),
    "unified refuses": ("unified", "1703"),
    "unified shows too little": ("unified", "1701|919812345678"),
    "intellisoftware refuses": ("intellisoftware", "ERR:LOGIN_INVALID"),
    "inviosmart refuses": ("inviosmart", "Error: 1012 - User authendication failure."),
}


@pytest.mark.parametrize(("dialect", "reply"), REPLIES.values(), ids=REPLIES)
def test_a_refusal_is_not_taken_for_an_id(dialect: str, reply: str) -> None:
    with pytest.raises(Unexpected):
        BY_NAME[dialect].read_id(reply)


STATUSES = {
    "delivered, by letter": ("intouch", '{"results": {"status": "D"}, "success": true}', True),
    "sent, by letter": ("itec", '{"results": {"status": "S"}, "success": true}', False),
    "delivered, by number": ("inviosmart", "5:2026:39:2026:2048:1:0.057", True),
    "sent, by number": ("inviosmart", "5:2026:39:2026:2:1:0.057", False),
    "a refusal": ("inviosmart", "Error: 1028 - ...", False),
}


@pytest.mark.parametrize(("dialect", "reply", "good"), STATUSES.values(), ids=STATUSES)
def test_a_status_is_read_as_the_vendor_means_it(dialect: str, reply: str, good: bool) -> None:
    assert BY_NAME[dialect].is_delivered(reply) is good


def test_passwords_are_not_told() -> None:
    for scene in SCENES:
        polled = scene.poll("1") if scene.poll else scene.ask
        assert "demo" not in scene.ask.shown + polled.shown


def test_folded_lines_are_the_text_again() -> None:
    text = '{"one":"two three","four":"five"}' * 4 + "x" * 90
    lines = fold(text, 40)
    assert "".join(lines) == text
    assert max(map(len, lines)) <= 40
    assert fold("", 40) == [""]


def test_the_way_back_is_told_and_what_does_not_come_true_fails() -> None:
    out = io.StringIO()
    story = Story(Screen(out), stay=False, scenes=[BY_NAME["intellisoftware"]], wait_s=8.0)
    assert asyncio.run(story.play()) == 0
    told = out.getvalue()
    assert "1 of 1 delivered; a report, a reply with its context and a STOP came back" in told
    assert "usercontext=order-77" in told
    assert "password=demo" not in told
    assert WayBack(report="a", reply="b", stopped="c").came_true
    assert not WayBack(report="a", reply="b").came_true
    assert not WayBack(report="a", reply="b", stopped="c", fault="d").came_true
