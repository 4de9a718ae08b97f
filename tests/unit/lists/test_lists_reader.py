"""Files as they come: encodings, delimiters, headers, flaws. Nothing is lost and nothing is guessed silently."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.kit.errors import BadInput
from callwright.lists.chunk import RejectedRow
from callwright.lists.reader import Table, open_table
from callwright.lists.scan import scan


def _open(tmp_path: Path, content: bytes, name: str = "list.csv", **options: str) -> Table:
    path = tmp_path / name
    path.write_bytes(content)
    return open_table(path, **options)


def _all(table: Table, rows: int = 100_000) -> tuple[list[tuple[object, ...]], list[RejectedRow], int]:
    chunks = list(table.chunks(rows))
    return (
        [r for c in chunks for r in c.rows.rows()],
        [r for c in chunks for r in c.rejected],
        sum(c.blank for c in chunks),
    )


@pytest.mark.parametrize(
    ("text", "codec", "detected"),
    [
        ("电话,姓名\n13800138000,张伟\n13800138001,王芳\n", "utf-8", "utf-8"),
        ("电话,姓名\n13800138000,张伟\n13800138001,王芳\n", "utf-8-sig", "utf-8-sig"),
        ("电话,姓名\n13800138000,张伟\n13800138001,王芳\n", "utf-16", "utf-16"),
        ("phone,name\n13800138000,Li\n13800138001,Wu\n", "utf-16-le", "utf-16-le"),
        ("phone,name\n13800138000,Li\n13800138001,Wu\n", "utf-16-be", "utf-16-be"),
        ("电话;姓名;城市\n13800138000;张伟;北京\n13800138001;王芳;上海\n", "gb18030", "gb18030"),
        ("客户,电话\n诸葛亮,13800138000\n欧阳修,13800138001\n", "gbk", "gb18030"),
        ("Телефон;ФИО;Город\n89161234567;Иванов Пётр;Тверь\n", "cp1251", "cp1251"),
        ("ТЕЛЕФОН;ФИО\n89161234567;ИВАНОВА АННА\n89161234568;ПЕТРОВ ИЛЬЯ\n", "cp1251", "cp1251"),
        ("phone,name\n+33612345678,José Müller\n", "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, text: str, codec: str, detected: str) -> None:
    with _open(tmp_path, text.encode(codec)) as table:
        assert table.encoding == detected
        rows, rejected, _ = _all(table)
    delimiter = ";" if ";" in text else ","
    assert [tuple(r[1:]) for r in rows] == [tuple(line.split(delimiter)) for line in text.splitlines()[1:]]
    assert not rejected


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    text = "电话,姓名\n13800138000,张伟\n13800138001,".encode() + b"\xff\xfe\n"
    with pytest.raises(BadInput, match=r"Line 3 of list.csv cannot be read as utf-8"):
        _open(tmp_path, text)
    with pytest.raises(BadInput, match=r"Line 2 .* as gb18030"):
        _open(tmp_path, b"phone,name\n13800138000,\xff\xff\n", encoding="gbk")


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no encoding 'utf-99'"):
        _open(tmp_path, b"phone\n1\n", encoding="utf-99")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    text = f'phone{sign}name{sign}note\n13800138000{sign}"Li{sign} Wei"{sign}"a,b;c"\n13800138001{sign}Wu{sign}\n'
    with _open(tmp_path, text.encode()) as table:
        assert table.delimiter == sign
        rows, _, _ = _all(table)
    assert rows == [(2, "13800138000", f"Li{sign} Wei", "a,b;c"), (3, "13800138001", "Wu", None)]


def test_quoted_line_breaks_and_windows_line_ends(tmp_path: Path) -> None:
    text = b'phone,note\r\n13800138000,"a\r\nb ""c"""\r\n13800138001,x\r\n'
    with _open(tmp_path, text) as table:
        rows, rejected, _ = _all(table)
    assert rows == [(2, "13800138000", 'a\r\nb "c"'), (3, "13800138001", "x")]
    assert not rejected


def test_ragged_rows_stay_out_and_the_rest_loads(tmp_path: Path) -> None:
    text = b"phone,name\n13800138000,Li\n13800138001,Wu,x\n13800138002\n\n13800138003,Xu,\n,\n13800138004,He"
    with _open(tmp_path, text) as table:
        rows, rejected, blank = _all(table)
    assert [r[0] for r in rows] == [2, 6, 8]  # an empty further field is no harm
    assert [(r.row, r.reason, r.detail, r.cells) for r in rejected] == [
        (3, "ragged", "3", ("13800138001", "Wu", "x")),
        (4, "ragged", "1", ("13800138002",)),
    ]
    assert blank == 2


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    text = b'phone,name\n13800138000,5" pipe\n13800138001,"Li\n13800138002,Wu\n'
    with _open(tmp_path, text) as table:
        rows, rejected, _ = _all(table)
    assert rows == [(2, "13800138000", '5" pipe'), (4, "13800138002", "Wu")]
    assert [(r.row, r.reason) for r in rejected] == [(3, "unclosed_quote")]


def test_nul_bytes_and_huge_cells_stay_out(tmp_path: Path) -> None:
    text = b"phone,note\n13800138000,a\0b\n13800138001," + b"x" * 40_000 + b"\n13800138002,fine\n"
    with _open(tmp_path, text) as table:
        rows, rejected, _ = _all(table)
    assert rows == [(4, "13800138002", "fine")]
    assert {(r.row, r.reason) for r in rejected} == {(2, "nul_byte"), (3, "huge_cell")}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match="is empty"):
        _open(tmp_path, content)


def test_a_header_only(tmp_path: Path) -> None:
    with _open(tmp_path, b"phone_number,name\n") as table:
        assert table.has_header
        assert _all(table) == ([], [], 0)


def test_columns_of_the_same_name_and_of_none(tmp_path: Path) -> None:
    with _open(tmp_path, b"phone,phone,\n13800138000,13900139000,x\n") as table:
        assert table.columns == ("phone", "phone_2", "column_3")
        assert "phone_2" in table.warnings[0]


def test_a_vicidial_file_without_header(tmp_path: Path) -> None:
    line = (
        b"V1|S1|101|1|2125550123|Mr|Al|B|Cee|1 Main St|||NYC|NY||10001|USA|M|1970-01-01|2125550124|a@b.co|x|hi|5|bob\n"
    )
    with _open(tmp_path, line + line.replace(b"V1", b"V2")) as table:
        assert not table.has_header
        assert table.columns[3:5] == ("phone_code", "phone_number")
        assert table.columns[-1] == "owner"
        assert len(_all(table)[0]) == 2


def test_numbers_alone_without_header(tmp_path: Path) -> None:
    with _open(tmp_path, b"2125550123\n2125550124\n") as table:
        assert (table.has_header, table.columns) == (False, ("phone_number",))
        assert [r[0] for r in _all(table)[0]] == [1, 2]


def test_a_packed_file(tmp_path: Path) -> None:
    with _open(tmp_path, gzip.compress(b"phone;name\n13800138000;Li\n"), name="list.csv.gz") as table:
        assert _all(table)[0] == [(2, "13800138000", "Li")]


def test_chunks_cover_the_file_once(tmp_path: Path) -> None:
    text = "phone,name\n" + "".join(f"1380013{i:04d},N{i}\n" for i in range(1000))
    with _open(tmp_path, text.encode()) as table:
        assert table.total_rows == 1000
        rows, _, _ = _all(table, rows=77)
    assert [r[0] for r in rows] == list(range(2, 1002))


def test_a_spreadsheet_with_floats_dates_and_formulas(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    for r, row in enumerate([["phone", "spend", "note"], [13800138000.0, 12.5, "=1+1"], [8.61380013e10, 3, "@cmd"]]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    sheet.write_formula(3, 2, '=HYPERLINK("x")', value="shown")
    sheet.write_string(3, 0, "+8613900139000")
    book.close()
    with open_table(path) as table:
        assert (table.format, table.has_header) == ("xlsx", True)
        rows, _, _ = _all(table)
    assert rows == [
        (2, "13800138000", "12.5", "=1+1"),
        (3, "86138001300", "3", "@cmd"),
        (4, "+8613900139000", None, "shown"),
    ]


def test_a_broken_spreadsheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read as a spreadsheet"):
        _open(tmp_path, b"PK\x03\x04 this is no zip", name="list.xlsx")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        open_table(tmp_path / "none.csv")


_CELL = st.text(alphabet='ab",\n ', max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_CELL, min_size=2, max_size=2), min_size=1, max_size=12))
def test_whatever_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["phone", "note"], *rows])
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    path.write_bytes(out.getvalue().encode())
    with open_table(path, delimiter=",") as table:
        read, rejected, _ = _all(table)
    expected = [tuple(c or None for c in row) for row in rows]
    filled = [r for r in expected if any(c and c.strip() for c in r)]
    got = [tuple(r[1:]) for r in read if any(c and str(c).strip() for c in r[1:])]
    assert got == filled
    assert not rejected


def test_the_scan_gives_up_on_marks_out_of_place() -> None:
    assert scan(b'a,b"c\n1,2\n', ",") is None
    records = scan(b'a,"b\n,c"\n1,2', ",")
    assert records is not None
    assert records.widths.tolist() == [2, 2]
    assert pl.Series(records.starts).to_list() == [0, 9, 12]


def test_a_header_with_a_broken_quotation_mark_costs_no_row(tmp_path: Path) -> None:
    with _open(tmp_path, b'phone,"name\n13800138000,Li\n13800138001,Wu\n') as table:
        rows, rejected, _ = _all(table)
    assert [r[0] for r in rows] == [2, 3]
    assert [(r.row, r.reason) for r in rejected] == [(1, "unclosed_quote")]


def test_a_directory_or_an_unreadable_packed_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        open_table(tmp_path)
    with pytest.raises(BadInput, match="cannot be unpacked"):
        _open(tmp_path, gzip.compress(b"phone\n13800138000\n")[:-6], name="list.csv.gz")
