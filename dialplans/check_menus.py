"""Whether what a menu, or an offer of languages, says and what its keys do agree, and people can keep it in mind."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeAlias

from dialplans.check_ways import file_of, steps
from dialplans.faults import Fault
from dialplans.flows import ChooseLanguage, Menu
from dialplans.grammar import GRAMMARS
from dialplans.institution import Institution

NamedKeys: TypeAlias = Callable[[Sequence[tuple[str, str]]], Collection[str]]
"""Reads which keys are named in what is said: prompt by prompt, key and words."""

MOST_OPTIONS = 5
"""Read out in one go: of more than that people remember the first and the last."""

PERSON = "0"
MACHINE_KEYS = frozenset("09#*")
"""What every menu can do besides: a person, the language, back, again."""


def menus(institution: Institution, named: NamedKeys) -> Iterator[Fault]:
    """Find menus whose words and keys disagree, that offer nobody, or too much; and languages behind other keys."""
    for flow, name, step in steps(institution):
        if isinstance(step, ChooseLanguage):
            yield from _offered(institution, file_of(flow), name, step, named)
        if not isinstance(step, Menu):
            continue
        file = file_of(flow)
        if len(step.keys) > MOST_OPTIONS:
            what = f"{len(step.keys)} options are more than {MOST_OPTIONS}"
            yield Fault(file, name, "keys", what, "Move the least wanted into a menu of their own")
        for language, known in institution.texts.items():
            said = [(key, known[key]) for key in step.say if key in known]
            if len(said) == len(step.say):  # a text that lacks is a fault of its own
                yield from _said(file, name, step, language, frozenset(named(said)))


def _said(file: str, name: str, step: Menu, language: str, named: frozenset[str]) -> Iterator[Fault]:
    keys, words = set(step.keys) - MACHINE_KEYS, f"the words of {', '.join(step.say)} in {language}"
    for key in sorted(keys - named):
        remedy = f"Name it in languages/{language}{_form(language, key)}, or take the key away"
        yield Fault(file, name, f"keys.{key}", f"{words} do not name this key", remedy)
    for key in sorted(named - MACHINE_KEYS - keys):
        remedy = f"Lead key {key} to a step, or take it out of languages/{language}"
        yield Fault(file, name, f"keys.{key}", f"{words} name a key that does nothing", remedy)
    if PERSON not in named:
        remedy = f"Say in languages/{language} that 0 is a person{_form(language, PERSON)}"
        yield Fault(file, name, "say", f"{words} do not offer a person", remedy)


def _form(language: str, key: str) -> str:
    """Give the form in which a key is found in the texts of a language that has a grammar."""
    return f' (as "…, {GRAMMARS[language].PRESS.verbs[0]} {key}.")' if language in GRAMMARS else ""


def _offered(
    institution: Institution, file: str, name: str, step: ChooseLanguage, named: NamedKeys
) -> Iterator[Fault]:
    """Find languages whose own words name another key than theirs: each is offered in itself."""
    for language, known in institution.texts.items():
        said = [(key, known[key]) for key in step.say if key in known]
        keys = {key for key, chosen in step.keys.items() if chosen == language}
        if len(said) < len(step.say) or not keys:  # both are faults of their own
            continue
        told = set(named(said)) - MACHINE_KEYS
        if told != keys:
            what = f"the words of {', '.join(step.say)} in {language} name {_keys(told)}, its own is {_keys(keys)}"
            remedy = f"Name {_keys(keys)} in languages/{language}, or give {language} the key that is named"
            yield Fault(file, name, f"keys.{min(keys)}", what, remedy)


def _keys(keys: Collection[str]) -> str:
    return "key " + " and ".join(sorted(keys)) if keys else "no key"
