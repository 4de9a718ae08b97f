"""Settings from the environment, and the edge of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from callwright.app.errors_cli import run_edge
from callwright.app.settings import Settings, read_settings
from callwright.kit.errors import BadInput


def test_no_settings_at_all_are_the_standard() -> None:
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "CALLWRIGHT_LANGUAGE": "ru"}, "ru"),
    ],
)
def test_the_language_comes_from_the_setting_then_the_locale(environment: dict[str, str], language: str) -> None:
    assert read_settings(environment).language == language


def test_wrong_values_say_what_to_do() -> None:
    with pytest.raises(BadInput, match="set it to en, zh or ru"):
        read_settings({"CALLWRIGHT_LANGUAGE": "french"})
    with pytest.raises(BadInput, match="postgresql://user"):
        read_settings({"CALLWRIGHT_DATABASE_URL": "mysql://localhost/x"})


def test_an_unknown_setting_is_a_warning_with_the_nearest_name() -> None:
    settings = read_settings({"CALLWRIGHT_DATABASEURL": "x", "CALLWRIGHT_HOME": "/srv/cw", "OTHER": "1"})
    assert settings.warnings == (
        "The setting CALLWRIGHT_DATABASEURL is unknown and has no effect; did you mean CALLWRIGHT_DATABASE_URL?",
    )
    assert settings.home == Path("/srv/cw")


def _fail(error: BaseException) -> object:
    raise error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BadInput("The list is empty: give one with people."), 1, "The list is empty: give one with people.\n"),
        (typer.BadParameter("Give one."), 2, "Give one. See callwright --help.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "Permission denied at /x"),
        (ZeroDivisionError("division by zero"), 1, "ZeroDivisionError: division by zero; run it again with"),
    ],
)
def test_every_error_is_one_sentence_and_a_status(
    error: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_edge(lambda: _fail(error), debug=False) == status
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_debug_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_edge(lambda: _fail(ZeroDivisionError("x")), debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("left", "status"), [(0, 0), (None, 0), (3, 3), ("words", 1)])
def test_a_program_that_leaves_keeps_its_status(left: object, status: int) -> None:
    assert run_edge(lambda: _fail(SystemExit(left)), debug=False) == status
