"""The picture of a plan: records done over time with their range, and by the deadline by agents. PNG.

matplotlib is loaded only here, when a picture is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callwright.kit.errors import BadInput
from callwright.kit.words import Language
from callwright.planning.words import say

_INK, _BAND, _LINE, _MARK = "#17202b", "#a9c7f5", "#1a5fd0", "#b3261e"
_CHINESE = ("Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC")


def write_picture(answer: Mapping[str, Any], path: Path, language: Language) -> None:
    """Write the PNG. Raises BadInput where the file cannot be written."""
    try:
        path.write_bytes(picture(answer, language))
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}): choose another --png.") from None


def picture(answer: Mapping[str, Any], language: Language) -> bytes:
    """The PNG, 1,200 pixels wide. Chinese needs a font that has it; without one the words are English."""
    from matplotlib import font_manager, rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fonts = ["DejaVu Sans"]
    if language == "zh":
        known = {font.name for font in font_manager.fontManager.ttflist}
        chinese = [name for name in _CHINESE if name in known]
        language = "zh" if chinese else "en"
        fonts = chinese + fonts
    with rc_context({"font.family": "sans-serif", "font.sans-serif": fonts, "text.color": _INK}):
        deadline = answer["deadline"]
        figure = Figure(figsize=(12, 5), dpi=100, layout="constrained")
        FigureCanvasAgg(figure)
        if deadline is None:
            _draw_curve(figure.subplots(), answer, language)
        else:
            left, right = figure.subplots(1, 2, width_ratios=(2, 1))
            _draw_curve(left, answer, language)
            _draw_by_agents(right, answer, language)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _draw_curve(axes: Any, answer: Mapping[str, Any], language: Language) -> None:
    from matplotlib.dates import ConciseDateFormatter

    zone = ZoneInfo(answer["zone"])
    points = answer["curve"]
    times = [datetime.fromtimestamp(point["at"], zone) for point in points]
    low, middle, high = ([100 * point[key] for point in points] for key in ("low", "middle", "high"))
    axes.fill_between(times, low, high, color=_BAND, label="80 %", linewidth=0)
    axes.plot(times, middle, color=_LINE, linewidth=2)
    axes.axhline(100 * answer["share"], color=_INK, linewidth=0.8, linestyle=":")
    if answer["deadline"] is not None:
        axes.axvline(datetime.fromtimestamp(answer["deadline"]["at"], zone), color=_MARK, linewidth=1.5)
    axes.set_ylim(0, 101)
    axes.set_ylabel("%")
    formatter: Any = ConciseDateFormatter
    axes.xaxis.set_major_formatter(formatter(axes.xaxis.get_major_locator(), tz=zone))
    axes.set_title(f"{answer['campaign']}: {say('plan_curve', language)} ({answer['agents']})", loc="left")
    axes.legend(loc="lower right", frameon=False)
    axes.grid(alpha=0.25)


def _draw_by_agents(axes: Any, answer: Mapping[str, Any], language: Language) -> None:
    deadline = answer["deadline"]
    points = deadline["by_agents"]
    agents = [point["agents"] for point in points]
    low, middle, high = ([100 * point[key] for point in points] for key in ("low", "middle", "high"))
    axes.fill_between(agents, low, high, color=_BAND, linewidth=0)
    axes.plot(agents, middle, "o-", color=_LINE, markersize=4)
    axes.axhline(100 * answer["share"], color=_INK, linewidth=0.8, linestyle=":")
    if deadline["recommended"] is not None:
        axes.axvline(deadline["recommended"], color=_MARK, linewidth=1.5)
    axes.set_ylim(0, 101)
    axes.set_xlabel(say("plan_agents", language))
    axes.set_title(say("plan_by_agents", language), loc="left", fontsize=10)
    axes.grid(alpha=0.25)
