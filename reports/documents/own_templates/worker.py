"""Checks and fills in a Word or Excel template, in a separate process that is started by this file's path with bounded memory and
time. Knows no Django.

Templates are written with `{{ variable }}`, `{% for x in list %}…{% endfor %}` and `{% if … %}…{% endif %}` (in Word by docxtpl,
whose `{%tr for … %}` repeats a row; in Excel a row that holds both `for` and `endfor` is repeated). Only variables, their
parts and a few filters may stand in them: no call, no attribute of an object of Python.
"""

import json
import re
import resource
import sys
from copy import copy
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY = 1 << 30
SECONDS = 20  # of a processor
MOST_PROBLEMS = 50
# Ends the process where a template compares a number with one that is missing.
NO_NUMBER = 3
MOST_ROWS = 20_000  # of a sheet that was filled in
TAG = re.compile(r"\{\{(?P<value>.*?)\}\}|\{%(?P<act>.*?)%\}", re.DOTALL)
# What docxtpl reads behind the sign of a tag: a row, a paragraph, a column, a run.
PREFIX = re.compile(r"^(?:tr|tc|p|r)(?=\s)")
FOR = re.compile(r"^for\s+([^\W\d]\w*)\s+in\s+(.+)$", re.DOTALL)
# A corner of a range in a formula: column and row.
CORNER = re.compile(r"(\$?[A-Za-z]{0,3}\$?)(\d+)")
FILTERS = {"upper", "lower", "default", "length", "join"}
# Why a template whose tags are right by themselves cannot be filled in.
CANNOT_FILL = {
    "docx": "Điền thử không được: xem thẻ trong khung chữ, chú thích cuối trang; hàng lặp của bảng viết liền {%tr for … %} "
    "ở một hàng và {%tr endfor %} ở một hàng khác.",
    "xlsx": "Điền thử không được: for và endfor phải ở cùng một hàng; if và endif phải ở cùng một ô.",
}
LOOP = {"index": 0, "first": False, "last": False, "length": 0}
PLAIN = (nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Output, nodes.CondExpr)


class Problem(NamedTuple):
    """A fault of a template. place: the paragraph or cell, in words."""

    place: str
    text: str


class BadExpression(Exception):
    """An expression that a template may not hold; the message gives the reason, in Vietnamese."""


class Environment(ImmutableSandboxedEnvironment):
    """Templates read parts of dictionaries and nothing else of an object."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict | list) and isinstance(argument, str | int):
            return super().getitem(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(undefined=StrictUndefined, autoescape=True)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.filters["default"] = lambda value, other="": other if value in (None, "") else value
    return made


# Checking
class Checker:
    """The faults of a template's tags, in their order. shape: the variables, each list with one element."""

    def __init__(self, shape: dict[str, Any]) -> None:
        self.environment = environment()
        self.scopes: list[dict[str, Any]] = [shape]
        self.open: list[tuple[str, str]] = []
        self.problems: list[Problem] = []

    def read(self, place: str, text: str) -> None:
        """Check the tags of one paragraph or cell."""
        for tag in TAG.finditer(text):
            try:
                if tag["value"] is not None:
                    self._print(tag["value"])
                else:
                    self._act(place, _bare(tag["act"]))
            except BadExpression as bad:
                self.problems.append(Problem(place, str(bad)))
        rest = TAG.sub("", text)
        if any(sign in rest for sign in ("{{", "}}", "{%", "%}")):
            self.problems.append(
                Problem(place, "Thẻ mở mà không đóng, hoặc đóng mà không mở: viết đủ {{ … }} hay {% … %}.")
            )

    def end(self) -> None:
        """Tell what is left open at the end."""
        for act, place in self.open:
            self.problems.append(Problem(place, f"{act} không có end{act} đi kèm."))

    def _print(self, text: str) -> None:
        if PREFIX.match(text.strip()):
            raise BadExpression(f"Viết {{{{ {_bare(text)} }}}}, không có chữ r, p, tr, tc trước tên.")
        if isinstance(self._value(_bare(text)), list | dict):
            raise BadExpression(f"{_bare(text)} không phải một giá trị: lặp bằng for, hoặc lấy từng phần.")

    def _act(self, place: str, text: str) -> None:
        word = text.split(None, 1)[0] if text else ""
        if word == "for":
            match = FOR.match(text)
            if match is None:
                raise BadExpression("Viết vòng lặp như {% for ct in chi_tieu %}.")
            element = self._value(match[2])
            self.open.append(("for", place))
            is_list = isinstance(element, list)
            self.scopes.append({match[1]: element[0] if is_list else "", "loop": LOOP})
            if not is_list:
                raise BadExpression(f"{match[2].strip()} không phải là danh sách, không lặp được.")
        elif word in ("endfor", "endif"):
            act = word.removeprefix("end")
            if not self.open or self.open[-1][0] != act:
                raise BadExpression(f"{word} mà trước đó không có {act} đang mở.")
            self.open.pop()
            if act == "for":
                self.scopes.pop()
        elif word == "if":
            self.open.append(("if", place))
            self._value(text[2:])
        elif word == "elif":
            self._value(text[4:])
        elif word != "else":
            raise BadExpression(f"Không dùng được lệnh {text[:40]}: chỉ có for, endfor, if, elif, else, endif.")

    def _value(self, text: str) -> Any:
        """Return the shape of an expression. Raises BadExpression."""
        try:
            parsed = self.environment.parse("{{" + text + "}}")
        except TemplateSyntaxError:
            raise BadExpression(f"Viết sai: {text.strip()[:60]}.") from None
        (output,) = parsed.body
        (node,) = output.nodes  # type: ignore[attr-defined]
        return self._shape(node)

    def _shape(self, node: nodes.Node) -> Any:
        if isinstance(node, nodes.Name):
            for scope in reversed(self.scopes):
                if node.name in scope:
                    return scope[node.name]
            raise BadExpression(f"Không có biến {node.name}.")
        if isinstance(node, nodes.Getattr):
            of = self._shape(node.node)
            if isinstance(of, dict) and node.attr in of:
                return of[node.attr]
            raise BadExpression(f"Không có phần {node.attr} ở đó.")
        if isinstance(node, nodes.Filter):
            if node.name not in FILTERS:
                raise BadExpression(f"Không có bộ lọc {node.name}: chỉ có {', '.join(sorted(FILTERS))}.")
        elif not isinstance(node, PLAIN):
            raise BadExpression("Chỉ dùng được tên biến, phần của biến, so sánh và bộ lọc.")
        for child in node.iter_child_nodes():
            self._shape(child)
        return ""


def _bare(text: str) -> str:
    return PREFIX.sub("", text.strip().strip("-").strip()).strip()


def check(kind: str, content: bytes, shape: dict[str, Any]) -> list[Problem]:
    """Return the faults of a template, in its order. kind: docx or xlsx. One without faults is filled in for trial: tags stand
    also where no paragraph is read (text boxes, footnotes)."""
    checker = Checker(shape)
    for place, text in (_word_places if kind == "docx" else _sheet_places)(content):
        checker.read(place, text)
    checker.end()
    return checker.problems[:MOST_PROBLEMS] or _tried(kind, content, shape)


def _tried(kind: str, content: bytes, shape: dict[str, Any]) -> list[Problem]:
    """Return the fault of a template that cannot be filled in."""
    try:
        fill(kind, content, shape)
    except (TypeError, MemoryError):
        pass  # words stand in for numbers here; what is too large is told when it is filled in
    except Exception:
        return [Problem("Cả tệp", CANNOT_FILL[kind])]
    return []


def _word_places(content: bytes):
    """Yield (place, text) of the paragraphs of a Word file with its tables, heads and feet."""
    from docx import Document

    document = Document(BytesIO(content))
    yield from _blocks(document, "")
    for number, section in enumerate(document.sections, 1):
        for part, name in ((section.header, "Đầu trang"), (section.footer, "Chân trang")):
            if not part.is_linked_to_previous:
                yield from _blocks(part, f"{name} của phần {number}, ")


def _blocks(parent, within: str):
    from docx.table import Table

    paragraphs = tables = 0
    for block in parent.iter_inner_content():
        if isinstance(block, Table):
            tables += 1
            read: dict[int, Any] = {}  # a merged cell stands at each of its places
            for row_number, row in enumerate(block.rows, 1):
                for column, cell in enumerate(row.cells, 1):
                    if id(cell._tc) in read:
                        continue
                    read[id(cell._tc)] = cell._tc
                    yield from _blocks(cell, f"{within}bảng {tables}, hàng {row_number}, cột {column}, ")
        else:
            paragraphs += 1
            if "{" in block.text or "}" in block.text:
                place = f"{within}đoạn {paragraphs}"
                yield f"{place[:1].upper()}{place[1:]}", block.text


def _sheet_places(content: bytes):
    """Yield (place, text) of the cells of a workbook that hold tags."""
    from openpyxl import load_workbook

    for sheet in load_workbook(BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and ("{" in cell.value or "}" in cell.value):
                    yield f"Trang tính “{sheet.title}”, ô {cell.coordinate}", cell.value


# Filling in
def fill(kind: str, content: bytes, values: dict[str, Any]) -> bytes:
    """Return the template filled in."""
    return (_fill_word if kind == "docx" else _fill_sheets)(content, values)


def _fill_word(content: bytes, values: dict[str, Any]) -> bytes:
    from docxtpl import DocxTemplate

    template, out = DocxTemplate(BytesIO(content)), BytesIO()
    template.render(values, jinja_env=environment(), autoescape=True)
    template.save(out)
    return out.getvalue()


def _fill_sheets(content: bytes, values: dict[str, Any]) -> bytes:
    from openpyxl import load_workbook

    book, out, made = load_workbook(BytesIO(content)), BytesIO(), environment()
    made.autoescape = False
    for sheet in book.worksheets:
        number = 1
        while number <= min(sheet.max_row, MOST_ROWS):
            number += _fill_row(sheet, number, made, values)
    book.save(out)
    return out.getvalue()


def _fill_row(sheet, number: int, made: Environment, values: dict[str, Any]) -> int:
    """Fill in one row of a sheet; return how many rows it became."""
    from openpyxl.formula.translate import Translator

    cells = [_copied(cell) for cell in sheet[number]]
    tag = next((match for text, _ in cells if isinstance(text, str) and (match := _row_loop(text))), None)
    if tag is None:
        for column, (text, _) in enumerate(cells, 1):
            _put(sheet.cell(number, column), text, made, values)
        return 1
    elements: Any = made.compile_expression(tag[2], undefined_to_none=False)(**values)
    if not elements and _is_named(sheet, number):
        # The row stays, empty: a formula names it or what is below.
        for column in range(1, len(cells) + 1):
            _put(sheet.cell(number, column), None, made, values)
        return 1
    _make_room(sheet, number, len(elements))
    cells = (
        [(sheet.cell(number, column).value, style) for column, (_, style) in enumerate(cells, 1)] if elements else []
    )
    for index, element in enumerate(elements):
        loop = {"index": index + 1, "first": index == 0, "last": index == len(elements) - 1, "length": len(elements)}
        for column, (text, style) in enumerate(cells, 1):
            cell = sheet.cell(number + index, column)
            cell._style = copy(style)
            bare = _without_loop(text) if isinstance(text, str) else text
            if index and _is_formula(bare):
                bare = Translator(bare, cell.offset(-index).coordinate).translate_formula(cell.coordinate)
            _put(cell, bare, made, values | {tag[1]: element, "loop": loop})
    return len(elements)


def _make_room(sheet, number: int, count: int) -> None:
    """Let one row become so many, and move what openpyxl leaves in its place: merged cells, heights, the rows that formulas
    name."""
    more = count - 1
    if not more:
        return
    merged = [one.bounds for one in sheet.merged_cells.ranges]
    sizes = sheet.row_dimensions.items()
    heights = {row: size.height for row, size in sizes if row >= number and size.height}
    for left, top, right, bottom in merged:
        sheet.unmerge_cells(None, top, left, bottom, right)
    sheet.insert_rows(number + 1, more) if more > 0 else sheet.delete_rows(number)
    for left, top, right, bottom in merged:
        # One within the row stands in each of its copies; one around it grows; one below it moves.
        copies = range(count) if top == bottom == number else (0,)
        for copy_number in copies:
            first = top + (more if top > number else copy_number)
            last = bottom + (copy_number if top == bottom == number else more if bottom >= number else 0)
            if (first, left) != (last, right):
                sheet.merge_cells(None, first, left, last, right)
    for row in heights:
        sheet.row_dimensions[row].height = None
    for row, height in heights.items():
        for place in range(number, number + count) if row == number else (row + more,):
            sheet.row_dimensions[place].height = height
    for other in sheet.parent.worksheets:
        for row in other.iter_rows():
            for cell in row:
                if cell.data_type == "f" and _is_formula(cell.value):
                    is_here = other is sheet
                    is_own = is_here and cell.row == number
                    cell.value = _moved(cell.value, (sheet.title, is_here), number, more, is_own)


def _moved(formula: str, sheet: tuple[str, bool], number: int, more: int, is_own: bool) -> str:
    """Return a formula after rows were inserted below one: what names rows below it moves, a range or the only argument of a
    function that ends with it grows. sheet: the title of the sheet, and whether the formula stands in it; is_own: it stands in
    the row itself, and names cells of its row."""
    from openpyxl.formula import Tokenizer

    tokens = Tokenizer(formula)
    for place, token in enumerate(tokens.items):
        title, sign, reference = token.value.rpartition("!")
        parts = reference.split(":")
        corners = [match for part in parts if (match := CORNER.fullmatch(part))]
        is_meant = title.strip("'").replace("''", "'") == sheet[0] if sign else sheet[1]
        if token.subtype != "RANGE" or not is_meant or len(corners) < len(parts):
            continue
        around = tokens.items[place - 1 : place] + tokens.items[place + 1 : place + 2]
        if len(corners) == 1 and [one.subtype for one in around] == ["OPEN", "CLOSE"] and not is_own:
            corners *= 2 if corners[0][2] == str(number) else 1
        rows = [int(corner[2]) for corner in corners]
        rows = [
            row + (more if row > number or (row == number and last and not is_own) else 0)
            for last, row in enumerate(rows)
        ]
        moved = ":".join(f"{corner[1]}{row}" for corner, row in zip(corners, rows, strict=True))
        token.value = f"{title}{sign}{moved}"
    return str(tokens.render())


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=") and not TAG.search(value)


def _is_named(sheet, number: int) -> bool:
    """Return whether a formula names a row of a sheet, or one below."""
    return any(
        _moved(cell.value, (sheet.title, other is sheet), number - 1, 1, False) != cell.value
        for other in sheet.parent.worksheets
        for row in other.iter_rows()
        for cell in row
        if cell.data_type == "f" and _is_formula(cell.value) and not (other is sheet and cell.row == number)
    )


def _copied(cell) -> tuple[Any, Any]:
    """Return the value and the style of a cell."""
    return cell.value, copy(cell._style)


def _row_loop(text: str) -> re.Match[str] | None:
    return next((match for tag in TAG.finditer(text) if tag["act"] and (match := FOR.match(_bare(tag["act"])))), None)


def _without_loop(text: str) -> str:
    """Return a cell's text without the tags that repeat its row."""
    is_loop = lambda tag: tag["act"] and _bare(tag["act"]).split(None, 1)[0] in ("for", "endfor")  # noqa: E731
    return TAG.sub(lambda tag: "" if is_loop(tag) else tag[0], text).strip()


def _put(cell, text: Any, made: Environment, values: dict[str, Any]) -> None:
    """Write a cell: one variable alone keeps its number; words never become a formula."""
    if not isinstance(text, str) or not TAG.search(text):
        if cell.value != text:
            cell.value = text or None
        return
    alone = TAG.fullmatch(text.strip())
    if alone is not None and alone["value"] is not None:
        value = made.compile_expression(_bare(alone["value"]), undefined_to_none=False)(**values)
    else:
        value = made.from_string(text).render(values)
    cell.value = value if isinstance(value, int | float | Decimal) else str("" if value is None else value)
    if isinstance(cell.value, str):
        cell.data_type = "s"


def main(action: str, kind: str, template: str, data: str) -> None:
    """Check a template (its faults as JSON) or fill it in (the file) to standard output. data: the shape, or the values."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content, given = Path(template).read_bytes(), json.loads(Path(data).read_text(), parse_float=Decimal)
    if action == "check":
        sys.stdout.write(json.dumps(check(kind, content, given)))
        return
    try:
        made = fill(kind, content, given)
    except TypeError:
        sys.exit(NO_NUMBER)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
