"""A flow as a picture: one SVG, one page, for who owns the flow and for who reviews it.

Every step is a box with what it says and, row by row, where it leads. What simply goes on goes on downwards;
what chooses, chooses to the right. A step is drawn once, where it is first led to: every other way to it names
it. No ring and no crossing is ever drawn, so the picture can be read at any size of flow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap

from dialplans.flows import (
    Announce,
    Branch,
    Call,
    ChooseLanguage,
    Flow,
    HangUp,
    Hours,
    KeyIn,
    Menu,
    Person,
    Record,
    Return,
    Serve,
    Speak,
    Step,
)
from dialplans.institution import Institution
from dialplans.ways import prompts, targets

LETTER = 6.4  # width of a letter of the legend, in the picture's units
BOX = 292  # width of a step, in the picture's units
GAP = 56  # between columns
SPACE = 22  # between boxes of one column
LINE = 16  # a line of text
ROW = 20  # a way out
PAD = 10
LETTERS = 42  # of a spoken text, in one line
MOST_LINES = 4  # of a spoken text; the rest is in the file
HEAD = 92  # title and legend
SHORTEST = 900  # a column of the page, before another is begun

COLOURS: Mapping[str, str] = {
    "say": "#e8eef7", "announcement": "#e8eef7", "menu": "#fff2cc", "ask": "#fff2cc", "language": "#fff2cc",
    "record": "#f8dcdc", "hours": "#ece4f7", "branch": "#ece4f7", "service": "#dcefe0", "call": "#dceef2",
    "return": "#dceef2", "person": "#ffe0c7", "hangup": "#e3e3e3", "outcomes": "#dcefe0",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A step as it is drawn: what stands in it, and its ways out as rows of label and target."""

    name: str
    kind: str
    title: str
    words: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    down: str = ""  # the row that goes on below

    @property
    def height(self) -> int:
        """In the picture's units."""
        return PAD * 2 + LINE + LINE * len(self.words) + ROW * len(self.rows) + (4 if self.rows else 0)

    def row_y(self, row: int) -> float:
        """Give the middle of a row below the box's top."""
        return self.height - PAD - ROW * (len(self.rows) - row) + ROW / 2


@dataclass
class Page:
    """What was placed: box to its left upper corner, and lines between them."""

    boxes: dict[str, tuple[int, int]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    led: set[tuple[str, int]] = field(default_factory=set)  # the rows a line leads from
    wide: int = 0
    high: int = 0


def draw(institution: Institution, flow: str, language: str) -> str:
    """Give the SVG of a flow with its prompts in this language."""
    shape = institution.flows[flow]
    boxes = {
        name: _box(name, step, institution.texts[language], _down(step)) for name, step in shape.steps.items()
    }
    if shape.outcomes:
        boxes[_TABLE] = Box(_TABLE, "outcomes", "how services end", (), tuple(shape.outcomes.items()))
    page = _laid_out(boxes, _roots(shape))
    return "\n".join(_svg(shape, flow, boxes, page))


_TABLE = "[outcomes]"


def _down(step: Step) -> str:
    """Give the way out that simply goes on."""
    match step:
        case Speak() | Announce() | ChooseLanguage() | Record() | Call() | KeyIn():
            return "next"
        case Hours():
            return "open"
        case Branch():
            return "otherwise"
        case Menu() | Serve() | Return() | Person() | HangUp():
            return ""


def _box(name: str, step: Step, texts: Mapping[str, str], down: str) -> Box:
    spoken = " ".join(texts.get(key, key) for key in prompts(step))
    lines = wrap(spoken, LETTERS)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][: LETTERS - 2] + " …"]
    rows = tuple((_label(field), target) for field, target in targets(step).items())
    return Box(name, step.kind, _title(step), tuple(lines), rows, down)


def _label(field: str) -> str:
    return field.partition(".")[2] or field


def _title(step: Step) -> str:  # noqa: PLR0911 - one for each kind that has more to say than its name
    match step:
        case Serve():
            return f"service {step.service}"
        case KeyIn():
            return f"ask {step.answer}, {step.least} to {step.most} digits"
        case Branch():
            return f"branch on {step.on} {step.name}".rstrip()
        case Hours():
            return f"hours {step.calendar}".rstrip()
        case ChooseLanguage():
            return ", ".join(f"{key} {language}" for key, language in step.keys.items())
        case Person():
            return f"person, level {step.level}"
        case _:
            return step.kind


def _roots(shape: Flow) -> list[str]:
    named = [shape.start, shape.person, _TABLE, shape.language, shape.emergency, shape.farewell]
    return [name for name in named if name] + list(shape.steps)


def _laid_out(boxes: Mapping[str, Box], roots: list[str]) -> Page:
    """Place one tree after another from the top, and begin another column where the page ends."""
    parents = _parents(boxes, roots)
    page = Page(led=set(parents.values()))
    left, top, longest = 0, 0, SHORTEST
    for root in roots:
        if root in boxes and root not in page.boxes and root not in parents:
            if top and top + boxes[root].height > longest:
                left, top = page.wide + GAP, 0
            top = _place(boxes, parents, page, root, left, top) + SPACE * 2
            longest = max(longest, page.high)
    return page


def _parents(boxes: Mapping[str, Box], roots: list[str]) -> dict[str, tuple[str, int]]:
    """Give each step the row that first leads to it, going outwards level by level from the roots."""
    parents: dict[str, tuple[str, int]] = {}
    seen: set[str] = set()
    for root in roots:
        ahead = [root] if root in boxes and root not in seen else []
        seen.update(ahead)
        while ahead:
            name = ahead.pop(0)
            for row, (_, target) in enumerate(boxes[name].rows):
                if target in boxes and target not in seen:
                    seen.add(target)
                    parents[target] = (name, row)
                    ahead.append(target)
    return parents


def _place(
    boxes: Mapping[str, Box],
    parents: Mapping[str, tuple[str, int]],
    page: Page,
    name: str,
    left: int,
    top: int,
) -> int:
    """Place a step and what hangs on it; give where the next may stand."""
    box = boxes[name]
    page.boxes[name] = (left, top)
    page.wide = max(page.wide, left + BOX)
    below = right = top
    for row, (label, target) in enumerate(box.rows):
        if parents.get(target) == (name, row) and label != box.down:
            if right > top:
                right += SPACE
            page.lines.append(
                _across(left + BOX, top + box.row_y(row), left + BOX + GAP, right + PAD + LINE / 2)
            )
            right = _place(boxes, parents, page, target, left + BOX + GAP, right)
    below = max(top + box.height, right)
    for row, (label, target) in enumerate(box.rows):
        if parents.get(target) == (name, row) and label == box.down:
            page.lines.append(_along(left + BOX / 2, top + box.height, below + SPACE))
            below = _place(boxes, parents, page, target, left, below + SPACE)
    page.high = max(page.high, below)
    return below


def _across(x1: float, y1: float, x2: float, y2: float) -> str:
    middle = (x1 + x2) / 2
    return f"M{x1:g} {y1:g} C{middle:g} {y1:g} {middle:g} {y2:g} {x2 - 2:g} {y2:g}"


def _along(x: float, y1: float, y2: float) -> str:
    return f"M{x:g} {y1:g} L{x:g} {y2 - 2:g}"


def _svg(shape: Flow, flow: str, boxes: Mapping[str, Box], page: Page) -> Iterator[str]:
    legend = _legend(shape, flow)
    wide, high = max(page.wide, round(LETTER * len(legend))) + 2 * GAP, page.high + HEAD + GAP
    drawn = escape(f"{flow}: {shape.title}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" aria-label="{drawn}" font-family="system-ui, sans-serif" font-size="12">'
    )
    yield f"<title>{drawn}</title>"
    yield (
        '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker></defs>'
    )
    yield f'<rect width="{wide}" height="{high}" fill="#fff"/>'
    yield f'<text x="{GAP}" y="38" font-size="24" font-weight="700">{escape(shape.title)}</text>'
    yield f'<text x="{GAP}" y="62" fill="#444">{escape(legend)}</text>'
    yield f'<g transform="translate({GAP} {HEAD})">'
    for line in page.lines:
        yield f'<path d="{line}" fill="none" stroke="#555" stroke-width="1.4" marker-end="url(#to)"/>'
    for name, (left, top) in page.boxes.items():
        yield from _drawn(boxes[name], left, top, page.led, starts=name == shape.start)
    yield "</g>"
    yield "</svg>"


def _legend(shape: Flow, flow: str) -> str:
    language = f" 9: {shape.language}." if shape.language else ""
    return (
        f"flows/{flow}.toml. In every menu 0: {shape.person}, # back, * again.{language} "
        f"When keys fail and nobody works: {shape.farewell}. ↪ names a step that is drawn elsewhere."
    )


def _drawn(box: Box, left: int, top: int, led: set[tuple[str, int]], *, starts: bool) -> Iterator[str]:
    border, width = ("#111", 2.4) if starts else ("#777", 1)
    yield (
        f'<rect x="{left}" y="{top}" width="{BOX}" height="{box.height}" rx="7" fill="{COLOURS[box.kind]}" '
        f'stroke="{border}" stroke-width="{width}"/>'
    )
    y = top + PAD + 12
    yield f'<text x="{left + PAD}" y="{y}" font-weight="700">{escape(box.name)}</text>'
    yield f'<text x="{left + BOX - PAD}" y="{y}" text-anchor="end" fill="#333">{escape(box.title)}</text>'
    for number, words in enumerate(box.words, start=1):
        yield f'<text x="{left + PAD}" y="{y + number * LINE}" fill="#333">{escape(words)}</text>'
    for row, (label, target) in enumerate(box.rows):
        shown = target if (box.name, row) in led else f"↪ {target}"
        yield from _row(left, top + box.row_y(row), label, shown)


def _row(left: int, middle: float, label: str, target: str) -> Iterator[str]:
    yield (
        f'<rect x="{left + PAD}" y="{middle - 8:g}" width="{max(18, 7.6 * len(label) + 12):g}" height="16" rx="4" '
        'fill="#fff" stroke="#999"/>'
    )
    yield f'<text x="{left + PAD + 5}" y="{middle + 4:g}" font-weight="600">{escape(label)}</text>'
    yield f'<text x="{left + BOX - PAD}" y="{middle + 4:g}" text-anchor="end">{escape(target)}</text>'
