"""The link into a CRM that only knows links: allowed fields, encoded whole, and nothing a level does not uncover."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_bridge.card import Card, Found, Occasion, Pop, compose
from crm_bridge.demonstration import MARIA, PROTECTED
from crm_bridge.pop import PopFault, template

CALL, NUMBER = "ventanilla-1795345200.1", "+34915551234"
LINK = "https://crm.example/?tel={telephone}&request={request}&who={citizen}&level={level}"


def _card(level: int, number: str | None = NUMBER, person: object = None) -> Card:
    occasion = Occasion(CALL, number, "es", level, "pension", "2026-0000077-2", 1.0)
    proven = MARIA.citizen if level else None
    return compose(occasion, Found("ok", proven, () if level else (person or MARIA.citizen,)))  # type: ignore[arg-type]


def test_the_link_has_what_the_card_has_and_the_citizen_only_when_proven() -> None:
    one = template(LINK, opens=True)
    start = "https://crm.example/?tel=%2B34915551234&request=2026-0000077-2"
    assert one.link(_card(0)) == Pop(f"{start}&who=&level=0", opens=True)
    assert one.link(_card(1)) == Pop(f"{start}&who=demo-maria&level=1", opens=True)


def test_a_withheld_or_masked_number_leaves_the_field_empty() -> None:
    one = template("https://crm.example/?tel={telephone}")
    assert one.link(_card(0, None)) == Pop("https://crm.example/?tel=", opens=False)
    assert one.link(replace(_card(0), number="··· ·· ·· 34")) == Pop("https://crm.example/?tel=", opens=False)


def test_a_protected_person_has_no_link() -> None:
    assert template(LINK).link(_card(0, person=PROTECTED.citizen)) is None


@given(st.text())
def test_no_value_can_change_the_link(subject: str) -> None:
    link = template("https://crm.example/a?s={subject}&end=1").link(replace(_card(0), why=subject))
    assert link is not None
    start, _, rest = link.url.partition("?s=")
    assert start == "https://crm.example/a"
    assert rest.endswith("&end=1")
    assert not set(rest.removesuffix("&end=1")) & set("&#?/ <>\"'")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://crm.example/?n={name}", "{name} is no field; there are: call,"),
        ("https://crm.example/?n={telephone!r}", "is no field"),
        ("https://crm.example/?n={telephone.__class__}", "is no field"),
        ("https://crm.example/?n={}", "is no field"),
        ("https://crm.example/?n={telephone", "a field is written {telephone}"),
        ("https://{telephone}.example/", "whole host before the first field"),
        ("https://crm.example{telephone}", "whole host before the first field"),
        ("{telephone}", "whole host"),
        ("//crm.example/{call}", "only https"),
        ("javascript:alert({call})", "whole host"),
        ("http://crm.example/{call}", "only https"),
        ("https://user:secret@crm.example/{call}", "no user"),
        ("https://crm.example/" + "a" * 3000, "at most 2000"),
    ],
)
def test_a_template_that_cannot_be_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(PopFault) as refused:
        template(text)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
