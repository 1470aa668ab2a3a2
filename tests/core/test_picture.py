"""The picture: whatever a project holds, each drawing of it is whole, well-formed and harmless."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.facts import KnownQuestion
from aegis.core.models import (
    AsanaTask,
    AssessedTask,
    Assessment,
    Membership,
    OtherTask,
    Question,
    Reason,
    ReasonKind,
    ServiceProbe,
    TaskState,
)
from aegis.core.picture.document import document
from aegis.core.picture.layout import BOX_HEIGHT, BOX_WIDTH, laid_out
from aegis.core.picture.looks import LOOKS, Standing
from aegis.core.picture.mermaid import mermaid
from aegis.core.picture.model import Picture, picture_of
from aegis.core.picture.page import page
from aegis.core.picture.svg import svg
from aegis.core.picture.tree import fitted, legend, tree
from aegis.core.picture.width import columns, shortened, wrapped
from aegis.core.readiness import assess
from aegis.core.services import Requirement
from tests.core.builders import BOT, PROJECT, ROBIN, facts, task

SVG = "{http://www.w3.org/2000/svg}"
LINK = "https://app.asana.com/1/1/task/"


def pictured(*tasks: AsanaTask, **more: object) -> Picture:
    return picture_of(assess(facts(*tasks, **more)))


def drawn_tree(picture: Picture) -> list[str]:
    return [f"{row.branch}{row.sign} {row.text}" for row in tree(picture)]


def linked(name: str, gid: str, *needs: str, **fields: object) -> AsanaTask:
    return task(name, gid=gid, dependencies=needs, permalink_url=f"{LINK}{gid}", **fields)


# --- any judgement whatever ---------------------------------------------------------------------------------

_gids = st.integers(1, 9).map(str)
_words = st.text(max_size=40) | st.sampled_from(
    ["end", '"]; x', "```", "]]>", "<script>alert(1)</script>", "&amp;", "\x1b[31m", "a\r\nb", "#quot;", "名前\ufffe"]
)
_reasons = st.builds(
    Reason,
    kind=st.sampled_from(ReasonKind),
    text=_words,
    task_gid=_gids | st.none(),
    gids=st.lists(_gids, max_size=3).map(tuple),
)
_links = st.sampled_from(["", f"{LINK}1", "javascript:alert(1)", 'https://x/"><script>', "http://plain.example/1"])


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    """Any judgement: any names, and any arrows, to itself and around included."""
    gids = draw(st.lists(_gids, unique=True, max_size=8))
    judged = draw(st.integers(0, len(gids)))
    tasks = [_any_task(draw, gid, order) for order, gid in enumerate(gids[:judged], start=1)]
    kinds = st.sampled_from(["somebody", "question", "elsewhere", "unseen", "left-out"])
    others = [
        OtherTask(
            gid=gid,
            name=draw(_words),
            kind=draw(kinds),
            note=draw(_words),
            permalink_url=draw(_links),
            waits_for=draw(st.lists(_gids, max_size=3).map(tuple)),
        )
        for gid in gids[judged:]
    ]
    questions = st.builds(
        Question,
        fingerprint=st.sampled_from(["ab", "cd"]),
        kind=st.just(ReasonKind.SERVICE),
        name=_words,
        notes=_words,
        task_gids=st.lists(_gids, max_size=3).map(tuple),
        exists=st.booleans(),
        gid=_gids | st.none(),
    )
    return Assessment(
        project_gid="1",
        project_name=draw(_words),
        tasks=tuple(tasks),
        others=tuple(others),
        questions=tuple(draw(st.lists(questions, max_size=2))),
    )


def _any_task(draw: st.DrawFn, gid: str, order: int) -> AssessedTask:
    reasons = draw(st.lists(_reasons, max_size=4).map(tuple))
    waits = draw(st.sampled_from([TaskState.BLOCKED, TaskState.UNCLEAR]))
    part = OtherTask(gid="99", name=draw(_words), kind="subtask")
    return AssessedTask(
        gid=gid,
        name=draw(_words),
        state=waits if reasons else TaskState.READY,
        order=None if reasons else order,
        reasons=reasons,
        permalink_url=draw(_links),
        subtasks=(part,) if draw(st.booleans()) else (),
    )


@given(assessments())
def test_the_svg_is_well_formed_has_every_node_and_arrow_and_nothing_that_runs(assessment: Assessment) -> None:
    picture = picture_of(assessment)
    root = ET.fromstring(svg(picture))
    drawn = Counter(group.get("class") for group in root.iter(f"{SVG}g") if group.get("transform", "").count(" ") == 1)
    del drawn[None]
    assert drawn == Counter(node.standing.value for node in picture.nodes)
    assert sum("arrow" in path.get("class", "") for path in root.iter(f"{SVG}path")) == len(picture.arrows)
    assert not list(root.iter(f"{SVG}script")) and not list(root.iter(f"{SVG}foreignObject"))
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]
    assert all(one.get("href", "").startswith("https://") for one in root.iter(f"{SVG}a"))
    assert svg(picture) == svg(picture_of(assessment)), "the same judgement is the same file"


_LABEL = r"(?:[^\W]|[ .,_-]|#\d+;|<br/>)*"
_GRAMMAR = re.compile(
    r"flowchart LR"
    rf'|  t\w+\["{_LABEL}"\]:::[a-z-]+'
    r"|  t\w+ (?:-->|-\. [a-z ]+ \.->) t\w+"
    r"|  linkStyle \d+ stroke:#cf222e,stroke-width:2px"
    r'|  click t\d+ href "https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9/_.~-]*" _blank'
    r"|  classDef [a-z-]+ fill:#\w{6},stroke:#\w{6},color:#\w{6}"
)


@given(assessments())
def test_mermaid_text_holds_to_its_grammar_whatever_the_names_hold(assessment: Assessment) -> None:
    picture = picture_of(assessment)
    lines = mermaid(picture).removesuffix("\n").split("\n")
    assert [line for line in lines if not _GRAMMAR.fullmatch(line)] == []
    assert sum('["' in line for line in lines) == len(picture.nodes)
    assert sum("->" in line for line in lines) == len(picture.arrows)


@given(assessments())
def test_the_tree_names_every_task_once_and_tells_every_arrow(assessment: Assessment) -> None:
    picture = picture_of(assessment)
    rows = list(tree(picture))
    assert Counter(row.id for row in rows if row.tells == "task") == Counter(node.id for node in picture.nodes)
    assert sum(row.tells != "why" and bool(row.branch) for row in rows) == len(picture.arrows)
    assert all(line.isprintable() for line in drawn_tree(picture) if line.isascii())
    assert not any("\n" in line or "\x1b" in line for line in drawn_tree(picture))
    assert len(re.findall(r"^ {0,3}```", page(picture), re.MULTILINE)) == 2, "no name ends the block"


@given(assessments())
def test_the_document_says_of_each_judged_task_what_the_judgement_says(assessment: Assessment) -> None:
    told = document(picture_of(assessment), assessment)
    nodes = {node["id"]: node for node in told["nodes"]}
    for one in assessment.tasks:
        node = nodes[one.gid]
        assert (node["name"], node["state"], node["order"]) == (one.name, one.state.value, one.order)
        assert [reason["text"] for reason in node["reasons"]] == [reason.text for reason in one.reasons]
    assert all(edge["from"] in nodes and edge["to"] in nodes for edge in told["edges"])


@given(assessments())
def test_no_two_boxes_touch_and_arrows_lead_to_the_right_but_in_cycles(assessment: Assessment) -> None:
    picture = picture_of(assessment)
    layout = laid_out(picture)
    places = sorted(layout.corners.values())
    for at, (x, y) in enumerate(places):
        assert 0 <= x <= layout.width - BOX_WIDTH and -0.01 <= y <= layout.height - BOX_HEIGHT + 0.01
        assert all(abs(x - a) >= BOX_WIDTH or abs(y - b) > BOX_HEIGHT for a, b in places[at + 1 :])
    for arrow in picture.arrows:
        leads_right = layout.corners[arrow.needs][0] < layout.corners[arrow.waits][0]
        back = (arrow.needs, arrow.waits) in layout.backward
        assert leads_right != back and (picture.in_cycle(arrow) or not back)


# --- what a person reads ------------------------------------------------------------------------------------


def test_below_a_task_stands_what_waits_for_it_and_a_shared_one_is_named_once() -> None:
    picture = pictured(linked("A", "1"), linked("B", "2", "1"), linked("C", "3", "1"), linked("D", "4", "2", "3"))
    assert drawn_tree(picture) == [
        "✓ 1. A",
        "├─ ⚠ B",
        "│  └─ ⚠ D (waits for 2)",
        "└─ ⚠ C",
        "   └─ ↑ D (see above)",
    ]
    assert legend(picture) == "✓ ready, in this order   ⚠ blocked"
    assert picture.title == "Aegis: 1 ready, 3 blocked"


def test_the_guides_picture_is_what_is_drawn() -> None:
    down = ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
    picture = pictured(
        linked("Design the schema", "1"),
        linked("Configure migrations", "2", "1"),
        linked("Write the models", "3", "1"),
        linked("Import the old data", "4", "2", "3"),
        linked("Write the README", "5"),
        linked("Cache the answers", "6", notes="Requires Redis."),
        linked("Choose a logo", "7", assignee=ROBIN),
        linked("Paint the page", "8", "7"),
        probes={Requirement("Redis"): down},
    )
    lines = [picture.title, "Below a task stands what waits for it.", "", *drawn_tree(picture), "", legend(picture)]
    guide = (Path(__file__).parents[2] / "docs/operator-guide.md").read_text()
    assert "$ aegis graph Aegis\n" + "\n".join(lines) + "\n```" in guide


def test_a_cycle_is_marked_and_what_waits_for_it_stands_below() -> None:
    picture = pictured(linked("Egg", "1", "2"), linked("Chicken", "2", "1"), linked("Omelette", "3", "1"))
    assert drawn_tree(picture) == [
        "? Question: Circular Dependency of 'Egg' (not asked yet)",
        "├─ ⚠ Egg (waits for 2)",
        "│  │    Waits for itself: 'Egg' → 'Chicken' → 'Egg'",
        "│  ├─ ⚠ Chicken (waits for 2)",
        "│  │  │    Waits for itself: 'Chicken' → 'Egg' → 'Chicken'",
        "│  │  └─ ↻ Egg (a cycle: see above)",
        "│  └─ ⚠ Omelette",
        "└─ ↑ Chicken (see above)",
    ]
    assert mermaid(picture).count("linkStyle") == 2
    assert svg(picture).count('class="arrow cycle"') == 2


def test_a_rejected_task_of_the_same_project_is_not_another_projects() -> None:
    place = (Membership(project_gid=PROJECT.gid, project_name=PROJECT.name),)
    rejected = task("Approve it", gid="5", completed=True, approval_status="rejected", memberships=place)
    drawn = pictured(linked("Buy it", "1", "5"), outside={"5": rejected}).by_id["5"]
    assert (drawn.standing, drawn.note) == (Standing.LEFT_OUT, "was rejected")


def test_what_a_task_waits_for_elsewhere_is_named_with_its_place_and_whose_it_is() -> None:
    theirs = linked("Their API", "50", memberships=(Membership(project_gid="5", project_name="Website"),), assignee=BOT)
    picture = pictured(
        linked("Paint", "1", "10", "50", "51"),
        linked("Choose a logo", "10", "11", assignee=ROBIN),
        linked("Name the product", "11", assignee=ROBIN),
        outside={"50": theirs, "51": "no right to see it"},
    )
    assert {node.name: (node.standing.value, node.note) for node in picture.nodes} == {
        "Paint": ("blocked", ""),
        "Choose a logo": ("somebody", "Robin"),
        "Name the product": ("somebody", "Robin"),
        "Their API": ("elsewhere", "in Website, Bot"),
        "task 51": ("unseen", "no right to see it"),
        "Question: Missing Dependency 51": ("question", "not asked yet"),
    }
    assert "☺ Name the product (Robin)" in drawn_tree(picture)
    assert "└─ ☺ Choose a logo (Robin)" in drawn_tree(picture)


def test_tasks_out_of_scope_are_drawn_where_something_waits_for_them() -> None:
    picture = pictured(linked("Ship", "1", "2"), linked("Beta", "2", resource_subtype="milestone"), linked("Free", "3"))
    assert drawn_tree(picture) == ["✓ 1. Free", "○ Beta", "└─ ⚠ Ship"]


def test_a_question_stands_above_what_waits_for_it_asked_or_not() -> None:
    down = ServiceProbe(service="Redis", address="localhost:6379", up=False, detail="not running")
    needing = linked("Cache", "1", notes="Requires Redis.")
    picture = pictured(needing, probes={Requirement("Redis"): down})
    assert drawn_tree(picture) == [
        "? Question: Redis Setup (not asked yet)",
        "└─ ⚠ Cache",
        "        Requires Redis (not running)",
    ]
    (question,) = assess(facts(needing, probes={Requirement("Redis"): down})).questions
    asked = KnownQuestion("9", question.name, ("1",))
    now = pictured(
        needing,
        linked(question.name, "9", assignee=ROBIN),
        probes={Requirement("Redis"): down},
        questions={question.fingerprint: asked},
    )
    assert drawn_tree(now)[0] == "? Question: Redis Setup (Robin)" and len(now.nodes) == 2


def test_parts_of_a_task_are_told_with_it_and_a_persons_part_holds_it() -> None:
    parts = {"1": (linked("mine", "7"), linked("Robin's", "8", assignee=ROBIN), linked("done", "6", completed=True))}
    picture = pictured(linked("Whole", "1", num_subtasks=3), subtasks=parts)
    assert drawn_tree(picture) == ["☺ Robin's (Robin)", "└─ ⚠ Whole", "        with its open subtasks: mine"]
    assert "with 1 open subtask<" in svg(picture)


def test_an_ambiguous_name_is_drawn_as_a_maybe_to_each_that_bears_it() -> None:
    picture = pictured(linked("Twin", "1"), linked("Twin", "2"), linked("Use", "3", notes="Depends on: Twin"))
    fits = {(arrow.needs, arrow.waits) for arrow in picture.arrows if arrow.kind == "maybe"}
    assert fits == {("1", "3"), ("2", "3")}
    assert mermaid(picture).count("-. fits the name .->") == 2


def test_a_running_task_is_told_apart() -> None:
    picture = pictured(linked("A", "1"), linked("B", "2"), running={"1": "host a"})
    assert [node.standing for node in picture.nodes] == [Standing.RUNNING, Standing.READY]
    assert picture.title == "Aegis: 1 running, 1 ready, 0 blocked"


def test_secrets_are_masked_before_anything_is_shortened() -> None:
    secret = "s3cret-token-value"
    judged = assess(facts(linked(f"Use {secret} now " * 9, "1"), linked("B", "2", notes=f"Depends on: {secret}")))
    picture = picture_of(judged, lambda text: text.replace(secret, "***"))
    told = document(picture, judged, lambda text: text.replace(secret, "***"))
    for drawing in (svg(picture), mermaid(picture), page(picture), str(told), *drawn_tree(picture)):
        assert "s3cret" not in drawing


@pytest.mark.parametrize("url", ["javascript:alert(1)", 'https://a.b/"onload="x', "http://a.b/1", "https://a b/", "x"])
def test_only_plain_https_addresses_become_links(url: str) -> None:
    picture = pictured(task("A", gid="1", permalink_url=url))
    assert "href" not in svg(picture) and "click" not in mermaid(picture)
    assert f'href "{LINK}1"' in mermaid(pictured(linked("A", "1")))


def test_every_standing_has_a_look_of_its_own() -> None:
    assert set(LOOKS) == set(Standing)
    assert len({(look.sign, look.light) for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("needs", [lambda n: [n - 1], lambda n: [1], lambda n: [], lambda n: [n // 2, n // 3, n - 1]])
def test_thousands_of_tasks_are_drawn_without_recursion(needs: object) -> None:
    many = [linked(f"T{n}", str(n), *(str(one) for one in set(needs(n)) if one > 0)) for n in range(1, 3001)]  # type: ignore[operator]
    picture = pictured(*many)
    assert svg(picture).count('class="box"') >= 3000
    assert mermaid(picture).count(":::") == 3000
    lines = drawn_tree(picture)
    assert len(lines) >= 3000 and max(map(len, lines)) < 200, "what is deep is told by its number"
    assert len(page(picture)) < 200_000 and "more lines" in page(picture)


def test_the_page_for_prefect_holds_the_drawing_itself() -> None:
    text = page(pictured(linked("A | <b>", "1"), linked("B", "2", "1")))
    (drawn,) = re.findall(r"!\[[^]]*\]\(data:image/svg\+xml;base64,([^)]*)\)", text)
    assert ET.fromstring(base64.b64decode(drawn)).tag == f"{SVG}svg"
    assert "\n✓ 1. A | <b>\n└─ ⚠ B\n" in text


# --- widths -------------------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.integers(4, 40))
def test_a_shortened_text_fits_and_a_short_one_is_left_alone(text: str, width: int) -> None:
    fits = shortened(text, width)
    assert sum(map(columns, fits)) <= width
    assert fits == text or fits.endswith("…")
    assert sum(map(columns, text)) > width or fits == text


@given(st.text(max_size=80), st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks_and_the_end(text: str, width: int) -> None:
    lines = wrapped(" ".join(text.split()), width, 2)
    assert len(lines) <= 2 and all(sum(map(columns, line)) <= width for line in lines)
    told = "".join("".join(lines).split())
    assert "".join(text.split()).startswith(told.removesuffix("…"))


def test_in_a_terminal_rows_are_cut_to_its_columns_and_in_a_pipe_not() -> None:
    (row,) = tree(pictured(linked("长" * 100, "1")))
    assert fitted(row, None) == "1. " + "长" * 100
    assert sum(map(columns, fitted(row, 40))) + 2 <= 40


def test_the_projects_name_is_the_title() -> None:
    assert PROJECT.name in svg(pictured())
