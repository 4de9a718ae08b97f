"""A campaign as JSON for its row, and back. Driven by the dataclasses' type hints: a new field needs nothing here.

Enums travel as their values, sets as sorted lists, mappings as objects. A field missing in the JSON takes its default,
an unknown one is ignored: an older or newer program wrote the row.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from callwright.model.campaign import Campaign


def campaign_to_json(campaign: Campaign) -> str:
    return json.dumps(_plain(campaign), ensure_ascii=False, sort_keys=True)


def campaign_from_json(config: Mapping[str, Any], *, campaign_id: int) -> Campaign:
    made = _typed(Campaign, {**config, "id": campaign_id})
    assert isinstance(made, Campaign)
    return made


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    """``value`` as read from JSON made into what the hint ``kind`` says."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _typed(next(argument for argument in arguments if argument is not type(None)), value)
    if origin is tuple:
        return tuple(_typed(arguments[0], item) for item in value)
    if origin is frozenset:
        return frozenset(_typed(arguments[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(arguments[0], key): _typed(arguments[1], item) for key, item in value.items()}
    if is_dataclass(kind):
        hints = _hints(kind) if isinstance(kind, type) else {}
        known = {name: _typed(hint, value[name]) for name, hint in hints.items() if name in value}
        return kind(**known) if isinstance(kind, type) else None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return float(value) if kind is float else value
