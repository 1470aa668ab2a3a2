"""What a task's text depends on is read as a person would read it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.references import Reference, prose, references, same_name

NAMES = (
    "Design the schema",
    "Design, build and test",
    "Deploy",
    "Schema design (v2)",
    "Alpha",
    "Beta",
    "Gamma",
)
_KNOWN = {same_name(name) for name in NAMES}
GID = "1210000000000007"


def known(words: str) -> bool:
    return same_name(words) in _KNOWN


def words(notes: str) -> list[str]:
    return [reference.words for reference in references(notes, known)]


@pytest.mark.parametrize("heading", ["Dependencies", "Depends on", "Blocked by", "Prerequisites", "After"])
@pytest.mark.parametrize(
    "form",
    [
        "{}: Alpha",
        "{}:\n- Alpha",
        "{}:\n\n* Alpha\n",
        "**{}:** Alpha",
        "**{}**: Alpha",
        "### {}:\nAlpha",
        "## {}\n1. Alpha",
        "**{}**\n- [ ] Alpha",
        "- {}: Alpha",
        "some words first\n\n  {} : Alpha.\nand some after",
        "{}:\r\n• Alpha\r\n",
        "{}: `Alpha`",
        '{}: "Alpha"',
        "{}:\u00a0Alpha",
        "{}:\n1) **Alpha**",
    ],
)
def test_each_heading_in_each_form_names_its_item(heading: str, form: str) -> None:
    assert words(form.format(heading)) == ["Alpha"]
    assert words(form.format(heading.upper())) == ["Alpha"]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ("Depends on: Alpha, Beta and Gamma", ["Alpha", "Beta", "Gamma"]),
        ("Depends on: alpha; BETA & gamma", ["alpha", "BETA", "gamma"]),
        ("Depends on: Alpha, and Beta", ["Alpha", "Beta"]),
        ("Dependencies:\n- Alpha\n- Beta\n\n- Gamma", ["Alpha", "Beta", "Gamma"]),
        ("Dependencies:\nAlpha\nBeta\n\nThen do the work.", ["Alpha", "Beta"]),
        ("Dependencies:\n- Alpha\n  because of its tables\n- Beta", ["Alpha", "Beta"]),
        ("Dependencies:\n- the back end:\n  - Alpha\n  - its tables\n- Beta", ["Alpha", "Beta"]),
        ("Draw the picture. Depends on: Alpha.\nBeta", ["Alpha", "Beta"]),
        ("Depends on: Alpha\nBlocked by: Beta", ["Alpha", "Beta"]),
        ("Depends on: Alpha\nDepends on: alpha", ["Alpha", "alpha"]),
        ("Depends on: Alpha (in review)", ["Alpha"]),
    ],
)
def test_lists_lines_commas_and_ands_hold_several(notes: str, expected: list[str]) -> None:
    assert words(notes) == expected


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ("Depends on: Design, build and test", ["Design, build and test"]),
        ("Depends on: Design, build and test, Deploy", ["Design, build and test", "Deploy"]),
        ("Depends on: Deploy and Design, build and test", ["Deploy", "Design, build and test"]),
        ("Depends on: Schema design (v2)", ["Schema design (v2)"]),
        ("Depends on: Schema design (v2) (nearly done)", ["Schema design (v2)"]),
    ],
)
def test_a_name_may_hold_what_separates_names(notes: str, expected: list[str]) -> None:
    assert words(notes) == expected


def test_what_is_not_known_stays_in_one_piece_between_what_is() -> None:
    assert words("Depends on: the legal team, and its blessing, Alpha") == ["the legal team, and its blessing", "Alpha"]


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "Dependencies:",
        "Dependencies: none",
        "Dependencies: None.",
        "Dependencies: n/a",
        "Dependencies: -",
        "Depends on: nothing",
        "Blocked by: no dependencies",
        "Prerequisites:\n- no prerequisites",
        "No dependencies.",
        "There are no dependencies: start at once",
        "Dependencies:\n\nAcceptance criteria:\n- it is fast",
        "Dependencies:\n\nThe work is to draw a picture of it all.",
        "Dependencies:\nAcceptance criteria:\n- it is fast",
        "Dependencies:\n## Work\n- draw it",
        "```\nDepends on: Alpha\n```",
        "~~~\nDepends on: Alpha\n~~~",
        "> Depends on: Alpha",
        "> he said so. Depends on: Alpha",
        "Dependencies:\n- [x] Alpha",
        "Dependencies:\n- ~~Alpha~~",
        "Alpha is nice. See also Beta.",
        "Unblocks: Alpha",
        "The report depends on Alpha being popular",
        "This is independent of: Alpha",
        "What happens after: Alpha",
    ],
)
def test_what_names_no_dependency_blocks_nothing(notes: str) -> None:
    assert references(notes, known) == ()


def test_a_task_may_be_called_like_a_word_for_nothing() -> None:
    assert references("Depends on: none", lambda name: name == "none") == (Reference("none"),)


def test_a_list_of_steps_after_an_item_is_no_list_of_dependencies() -> None:
    assert words("Depends on: Alpha\n- create the table\n- write the tests") == ["Alpha"]


def test_gids_and_addresses_of_either_form_are_references() -> None:
    old, new = (
        f"https://app.asana.com/0/12345678901/{GID}/f",
        f"https://app.asana.com/1/9/project/8/task/{GID}?focus=true",
    )
    assert references(f"Depends on: {GID}", known) == (Reference(GID, GID),)
    assert references(f"Depends on: {old}", known) == (Reference(old, GID),)
    assert references(f"Blocked by:\n- {new}.\n- Alpha", known) == (Reference(new, GID), Reference("Alpha"))
    assert references(f"After: [the plan]({old}) and Alpha", known) == (Reference(old, GID), Reference("Alpha"))
    assert references(f"After: the plan <{new}>", known) == (Reference(new, GID),)
    assert references(f"After: GID: {GID} (the plan)", known) == (Reference(GID, GID),)


def test_other_addresses_and_small_numbers_are_words() -> None:
    assert references("Depends on: https://example.com/0/1/2", known) == (Reference("https://example.com/0/1/2"),)
    assert references("Depends on: 42", known) == (Reference("42"),)


@given(st.text())
def test_any_text_is_read_without_an_error(notes: str) -> None:
    for heading in ("", "Depends on: ", "Dependencies:\n- "):
        for reference in references(heading + notes, known):
            assert reference.words.strip()
    assert prose(notes).count("```") == 0 or "```" in notes


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True), st.sampled_from([", ", " and ", "; "]))
def test_known_names_are_found_however_they_are_joined(names: list[str], joint: str) -> None:
    text = joint.join(names)
    if not any(known(text[i:j]) and text[i:j] not in names for i in range(len(text)) for j in range(i, len(text) + 1)):
        assert words(f"Depends on: {text}") == names


@given(st.text(alphabet="abc -*#>:.\n", max_size=200))
def test_a_sentence_before_it_never_hides_a_dependency(before: str) -> None:
    assert "Alpha" in words(f"{before}\n\nBlocked by: Alpha") or ">" in before.rpartition("\n")[2]


@pytest.mark.parametrize(
    "piece", [" ", "-", "*", "# ", "a,", "a and ", '"', "`", "~~", "(", "…: ", "\t", "> ", "[ ] ", "."]
)
def test_long_and_odd_texts_take_no_time(piece: str) -> None:
    begin = time.monotonic()
    references("Depends on: x" + piece * 20_000 + "\nDependencies:\n- " + piece * 20_000, known)
    prose(piece * 20_000)
    assert time.monotonic() - begin < 20
