"""Every word the pages ask for exists in all languages, none is left over, and no page reaches elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from callwright.kit.words import LANGUAGES
from callwright.model.agent import AgentState
from callwright.web.desk_words import WORDS

STATIC = files("callwright.web").joinpath("static")
SOURCES = {
    entry.name: entry.read_text(encoding="utf-8")
    for entry in STATIC.iterdir()
    if entry.name.endswith((".html", ".js", ".css"))
}
FAMILIES = ("plan_", "state_", "reason_", "skip_", "pending_", "phone_", "aside_", "error_", "outcome_", "role_")
"""Asked for with a code at the end, or said by the server (``planning.tell``): tested below, or there."""


def test_every_word_asked_for_is_there_and_none_is_left_over() -> None:
    """(A word asked for by a choice between two shows in the browser's tests: the page complains of it.)"""
    asked: set[str] = set()
    quoted: set[str] = set()
    for text in SOURCES.values():
        asked |= set(re.findall(r'data-say(?:-label)?="([a-z_]+)"', text))
        asked |= set(re.findall(r'\bsay\("([a-z_]+)"', text))
        quoted |= set(re.findall(r'"([a-z_]+)"', text))
    assert len(asked) > 80
    assert asked - set(WORDS) == set()
    assert {key for key in WORDS if key not in asked | quoted and not key.startswith(FAMILIES)} == set()


def test_families_of_words_are_complete() -> None:
    assert {f"state_{state.value}" for state in AgentState} <= set(WORDS)
    for code in ("rest", "meal", "training", "meeting", "technical", "login", "lost", "line", "internal", "coaching"):
        assert f"reason_{code}" in WORDS
    for code in ("off", "simulated", "missing", "no_microphone", "connecting", "registered", "line", "failed"):
        assert f"phone_{code}" in WORDS
    assert {"role_helper", "role_coach"} <= set(WORDS)
    assert {"aside_ringing", "aside_talking", "aside_conference"} <= set(WORDS)
    assert {"skip_wrong_person", "skip_too_early", "skip_known"} <= set(WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty_and_blanks_agree(language: str) -> None:
    for key, words in WORDS.items():
        said = words.say(language)  # type: ignore[arg-type]
        assert said.strip(), key
        assert set(re.findall(r"\{\w+\}", said)) == set(re.findall(r"\{\w+\}", words.en)), key


def test_pages_fetch_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    for name, text in SOURCES.items():
        assert not re.search(r"(src|href)=\"(https?:)?//", text), name
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), name
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
            assert not re.search(r"\son[a-z]+=", text), name
            assert " style=" not in text, name
        if name.endswith(".js"):
            assert "innerHTML" not in text, name
