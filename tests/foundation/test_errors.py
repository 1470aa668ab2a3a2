"""The error tree keeps what it promises to those who catch its errors."""

from __future__ import annotations

import pickle

import pytest

from aegis import errors


def _all_errors(cls: type[errors.AegisError] = errors.AegisError) -> list[type[errors.AegisError]]:
    return [cls, *(leaf for sub in cls.__subclasses__() for leaf in _all_errors(sub))]


def _example(cls: type[errors.AegisError]) -> errors.AegisError:
    if cls is errors.ClaudeUnusableError:
        return errors.ClaudeUnusableError("no login", kind="login", resets_at=17, hint="log in")
    if cls is errors.AsanaSyncError:
        return errors.AsanaSyncError("too old", token="0:1", hint="read all again")
    return cls("what is wrong", hint="what to do")


@pytest.mark.parametrize("cls", _all_errors(), ids=lambda cls: cls.__name__)
def test_an_error_survives_pickling_with_its_hint_and_facts(cls: type[errors.AegisError]) -> None:
    error = _example(cls)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


@pytest.mark.parametrize("cls", _all_errors(), ids=lambda cls: cls.__name__)
def test_the_drawing_at_the_top_of_the_module_shows_every_error(cls: type[errors.AegisError]) -> None:
    assert cls.__name__ in (errors.__doc__ or "")
