"""A person's words choose an option only where that is sure; anything else stays their words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.core.answers import says_available, understood
from aegis.core.models import QuestionOption

OPTIONS = (
    QuestionOption(label="Start it with Docker: docker compose up -d redis"),
    QuestionOption(label="Start the local one (brew services start redis)"),
    QuestionOption(label="Do the tasks without Redis"),
)
COLOURS = (
    QuestionOption(label="Blue"),
    QuestionOption(label="Red"),
    QuestionOption(label="Green", aliases=("like grass",)),
)


@pytest.mark.parametrize(
    "text",
    [
        "2", "2.", "#2", "(2)", "2)", "2!", "**2**", "2️⃣", "２", "> 1?\n2", "2\n\n1 is too slow",
        "option 2", "Option 2.", "opt 2", "no. 2", "number 2", "Answer: 2", "my choice: 2", "yes, option 2", "ok 2",
        "2) because it is simpler", "2) because 1 is too slow", "2 because of Docker", "2, please", "2 - simple",
        "2, not 1",
        "option 2 please", "option 2: works for me", "Option 2 since it's reproducible", "2 sounds good",
        "two", "Two.", "let's go with two", "Let’s go with option two", "go with #2", "I vote for 2", "please do 2",
        "second", "Second!", "the second", "the second one", "2nd", "the 2nd option", "take the second",
        "I'd prefer the second one, because of the costs", "Let us use the second option please",
        "start the local one (brew services start redis), please",
        "2 (see the wiki)", "option 2 (it is simpler).", "option no. 2", "Option number 2", "choice nr 2",
    ],
)  # fmt: skip
def test_an_option_is_understood(text: str) -> None:
    assert understood(text, OPTIONS) == 2


@pytest.mark.parametrize(
    "text",
    [
        "", "no", "maybe 2?", "2?", "0", "4", "22", "2 days", "2.5", "2:30 tomorrow", "2-3", "1/2", "1 or 2", "1 and 2",
        "1, 2", "option 2 or 3", "option 1? no, 2",
        "not 2", "don't go with 2", "I think 2 is wrong", "Option 2 is wrong",
        "2 sounds wrong", "2, if it is cheap", "go for 2 weeks", "I want 2 replicas", "use 2 workers", "use one server",
        "two of them are wrong", "one moment please", "second, we need a plan", "first make a backup, then 2",
        "2nd of may",
        "the second half of the year", "either the first or the second", "neither",
        "first, second and third",
        "2 (or 1)", "2 (if it is cheap)", "2 (maybe)", "2 (?)",
        "1. make a backup 2. do it", "1) stop it\n2) start it", "do it without", "> 2",
    ],
)  # fmt: skip
def test_what_is_not_sure_is_not_guessed(text: str) -> None:
    assert understood(text, OPTIONS) is None


def test_an_options_own_words_choose_it_and_two_options_words_choose_none() -> None:
    said = ("Blue", "red, please", "Green.", "Like grass!", "Blue, it's calm")
    assert [understood(text, COLOURS) for text in said] == [1, 2, 3, 3, 1]
    for text in ("Blue or red", "Blue, no, red", "Blueish", "Red is not what I want", "not blue"):
        assert understood(text, COLOURS) is None, text
    assert understood("Blue", (QuestionOption(label="blue"), QuestionOption(label="Blue"))) is None


def test_the_last_one_and_the_recommended_one() -> None:
    assert understood("the last one", OPTIONS) == 3
    assert understood("as recommended", OPTIONS, recommended=1) == 1
    assert understood("the recommended option, please", OPTIONS, recommended=3) == 3
    assert understood("as recommended", OPTIONS) is None


def test_a_tasks_gid_or_address_chooses_the_option_about_it() -> None:
    tasks = (
        QuestionOption(label="'Paint'", gids=("1210000000000001",)),
        QuestionOption(label="'Paint'", gids=("1210000000000002",)),
        QuestionOption(label="all of them", gids=("1210000000000001", "1210000000000002")),
    )
    assert understood("I mean https://app.asana.com/0/1210000000000009/1210000000000002/f", tasks) == 2
    assert understood("1210000000000001 and 1210000000000002", tasks) is None


@pytest.mark.parametrize(
    "text",
    ["done", "started", "it's running", "It is available now.", "Redis is up", "ok, done!", "localhost:6379 answers",
     "started it", "I started redis", "I've installed it", "We have set FOO_TOKEN now.", "ok, I have just started it"],
)  # fmt: skip
def test_available_now_is_heard(text: str) -> None:
    assert says_available(text)


@pytest.mark.parametrize(
    "text",
    ["do it without", "it is not running", "started it? no", "done without it", "why", "",
     "I will start it tomorrow", "I did not start it", "started it, but it fails", "set it to false and go on"],
)  # fmt: skip
def test_available_now_is_not_heard_where_something_else_is_said(text: str) -> None:
    assert not says_available(text)


@given(st.text(), st.lists(st.text(), max_size=5), st.integers(0, 5))
def test_any_words_choose_one_of_the_options_or_none(text: str, labels: list[str], recommended: int) -> None:
    options = [QuestionOption(label=label) for label in labels]
    number = understood(text, options, min(recommended, len(options)))
    assert number is None or 1 <= number <= len(options)
    says_available(text)


@given(
    st.integers(1, 3),
    st.sampled_from(["{}", "option {}", "#{}", "{})", "{}, please", "let's go with {}", "Option {}: why not"]),
)
def test_a_number_chooses_its_option(number: int, form: str) -> None:
    assert understood(form.format(number), OPTIONS) == number
