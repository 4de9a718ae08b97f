"""Where keys stand in a TOML file."""

from __future__ import annotations

from callwright.app.toml_lines import key_lines

TEXT = '''# a comment = 1
name = "a [not] = header"
long = """
fake = 1
[also.fake]
"""
list = [
  "x", # c
  "y = 2",
]
rows = [
  { id = 1, name = "n" },
]
[a."b c"]
d.e = 1
[[f]]
g = 1
[[f]]
  g = 2
[f.h]
i = { j = 1 }
'''


def test_every_key_has_its_line() -> None:
    lines = key_lines(TEXT)
    assert lines[("name",)] == 2
    assert lines[("long",)] == 3
    assert ("fake",) not in lines
    assert ("also", "fake") not in lines
    assert lines[("list",)] == 7
    assert lines[("rows",)] == 11
    assert lines[("rows", "id")] == 12
    assert lines[("a", "b c")] == 14
    assert lines[("a", "b c", "d", "e")] == 15
    assert lines[("f", 0, "g")] == 17
    assert lines[("f", 1, "g")] == 19
    assert lines[("f", 1, "h", "i")] == 21
    assert lines[("f", 1, "h", "i", "j")] == 21
