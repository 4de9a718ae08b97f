"""Text for people in the three languages of the house: English, Chinese, Russian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "zh", "ru")


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """One phrase in every language of the house; none may be missing."""

    en: str
    zh: str
    ru: str

    def say(self, language: Language) -> str:
        match language:
            case "zh":
                return self.zh
            case "ru":
                return self.ru
            case _:
                return self.en
