"""Telephone numbers as the house writes them: E.164 with a plus."""

from __future__ import annotations


def is_e164(number: str) -> bool:
    """A plus, then 7 to 15 digits, the first not 0: nothing else ever reaches a dial string."""
    digits = number[1:]
    return number[:1] == "+" and 7 <= len(digits) <= 15 and digits.isascii() and digits.isdigit() and digits[0] != "0"
