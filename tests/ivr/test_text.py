"""What is read back from the conversation's commands, and which keys people mean by what they write."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.flows import Menu
from dialplans.grammar import GRAMMARS, grammar
from ivr.agi import command
from ivr.text import (
    Nothing,
    Question,
    Read,
    Record,
    Ring,
    Say,
    Write,
    call_id,
    channel,
    is_text,
    meaning,
    words_of,
)
from ivr.text_figures import figures
from ivr.text_keys import DOCUMENT, LETTER, Keyed, choices, keyed
from tests.dialplans.institutions import inss

MENU = choices(
    (
        ("a", "Para información, pulse 1. Para saber cómo va su expediente, pulse 2."),
        ("b", "Para hablar con un agente, pulse 0. Para volver atrás, pulse la tecla almohadilla."),
    )
)


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        (command("STREAM FILE", "vt/goodbye", ""), Say(((None, "goodbye"),))),
        (command("EXEC", "Playback", "vt/a&ca/vt/b.c"), Say(((None, "a"), ("ca", "b.c")))),
        (command("EXEC", "Playback", "ast/vt/a"), Say((("ast", "a"),))),
        (command("GET DATA", "vt/menu.main", "6000", "1"), Question(((None, "menu.main"),), 1, None)),
        (command("GET DATA", "", "6000", "4"), Question((), 4, None)),
        (command("GET DATA", "vt/a", "200", "1"), Question(((None, "a"),), 1, None, hurried=True)),
        (
            command("EXEC", "Playback", "vt/n.2&vt/pause.short&vt/n.6&vt/pause.short&vt/b"),
            Say(((None, "n.2"), (None, "n.6"), (None, "b"))),
        ),
        (
            command("EXEC", "Read", "VT_KEYS,vt/a&vt/b,8,e,1,6"),
            Question(((None, "a"), (None, "b")), 8, "VT_KEYS"),
        ),
        (command("GET VARIABLE", "DIALSTATUS"), Read("DIALSTATUS")),
        (command("SET VARIABLE", "CHANNEL(language)", "ca"), Write("CHANNEL(language)", "ca")),
        (command("EXEC", "Dial", "PJSIP/agent-ana,15,g"), Ring("ana", 15.0)),
        (command("EXEC", "Dial", "PJSIP/agent-ana-sip/sip:201@192.0.2.7:5060,15,g"), Ring("ana", 15.0)),
        (command("EXEC", "Dial", "PJSIP/agent-ana-sip,15,g"), Ring("ana", 15.0)),
        (command("EXEC", "Dial", "PJSIP/outside-ana,15,g"), Ring("ana", 15.0)),
        (command("EXEC", "MixMonitor", "/vault/running/x.jsonl,D"), Record(Path("/vault/running/x.jsonl"))),
        (command("SET MUSIC", "ON", "default"), Nothing()),
        (command("ANSWER"), Nothing()),
    ],
)
def test_a_command_is_read_back_into_what_it_asks(asked: bytes, means: object) -> None:
    assert meaning(asked) == means


def test_a_call_in_writing_is_told_by_its_id() -> None:
    assert is_text(call_id(1763791200.4, 12))
    assert not is_text("ventanilla-1763791200.12")
    assert not is_text("ventanilla-text-1763791200.12\n")


def test_attempts_of_one_address_are_told_apart_from_others() -> None:
    """`ivr.talk.Talk.trunk` is what stands before the last hyphen."""
    first, second = (channel("198.51.100.7", call_id(1763791200, count)) for count in (1, 2))
    assert first != second
    assert first.rpartition("-")[0] == second.rpartition("-")[0]
    other = channel("198.51.100.8", call_id(1763791200, 1))
    assert first.rpartition("-")[0] != other.rpartition("-")[0]
    assert channel("2001:db8::1", "a-1") == channel("2001:db8::ffff", "a-1")
    assert channel("2001:db8:0:1::1", "a-1") != channel("2001:db8::1", "a-1")
    assert "198" not in first
    assert channel("", "a-1").startswith("TEXT/")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Para información, pulse 1. Para un agente, pulse 0.",
            {"1": "Para información", "0": "Para un agente"},
        ),
        ("Per a informació, premi l'1. Enrere, premi el coixinet.", {"1": "Per a informació", "#": "Enrere"}),
        ("Per a telefonar, prema el 2.", {"2": "Per a telefonar"}),
        ("Para cita previa, prema 4. Atrás, prema grade.", {"4": "Para cita previa", "#": "Atrás"}),
        ("Hitzordurako, sakatu 4. Atzera, sakatu traola.", {"4": "Hitzordurako", "#": "Atzera"}),
        ("For an appointment, press 4. Again, press star.", {"4": "For an appointment", "*": "Again"}),
        (
            "Para pensiones, marque 1. Otra vez, oprima el asterisco.",
            {"1": "Para pensiones", "*": "Otra vez"},
        ),
        ("Para pensiones, presione la tecla número 1.", {"1": "Para pensiones"}),
        (
            "Para pensiones, pulse el uno. Para un agente, pulse cero.",
            {"1": "Para pensiones", "0": "Para un agente"},
        ),
        ("For pensions, dial 1. For an agent, press zero.", {"1": "For pensions", "0": "For an agent"}),
        (
            "Welcome to the pensions office. Press 1 for pensions, press 2 for sickness, or press 0 for an agent.",
            {"1": "For pensions", "2": "For sickness", "0": "For an agent"},
        ),
        ("Please press 1 for pensions, press 2 for sickness.", {"1": "For pensions", "2": "For sickness"}),
        ("Pulse 1 para pensiones. Pulse 2 para bajas.", {"1": "Para pensiones", "2": "Para bajas"}),
        (
            "For pensions press 1, for sickness press 2, or for others press 3, please.",
            {"1": "For pensions", "2": "For sickness", "3": "Or for others"},
        ),
        ("Press 1 for pensions, press 2.", {"1": "For pensions"}),
        ("Marque los 8 números. Press the same 22 figures.", {}),
    ],
)
def test_options_are_found_in_every_language(text: str, found: dict[str, str]) -> None:
    assert {choice.key: choice.label for choice in choices([("menu", text)])} == found


def test_a_key_before_its_words_after_an_introduction_is_not_called_by_the_introduction() -> None:
    said = [
        ("intro", "Welcome to the pensions office."),
        ("menu", "Press 1 for pensions, press 2 for sickness."),
    ]
    assert [(choice.key, choice.label) for choice in choices(said)] == [
        ("1", "For pensions"),
        ("2", "For sickness"),
    ]


@pytest.mark.parametrize("language", inss().languages)
def test_every_key_of_the_shipped_menus_is_offered_as_a_button(language: str) -> None:
    texts = inss().texts[language]
    menus = [step for step in inss().steps.values() if isinstance(step, Menu)]
    assert len(menus) > 5
    for step in menus:
        (menu,) = step.say
        offered = {choice.key for choice in choices([(menu, texts[menu])])}
        assert {"0", *step.keys} <= offered <= {*"09*#", *step.keys}, menu


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2", "2"), ("2#", "2"), ("#", "#"), ("*", "*"), (" 0 ", "0"), ("expediente", "2"), ("EXPEDIENTE", "2"),
        ("informacion", "1"), ("hablar con un agente", "0"), ("atrás", "#"),
        ("para", None), ("hola", None), ("22", None), ("", None), ("un", None), ("¿?", None), ("¿qué?", None),
    ],
)  # fmt: skip
def test_an_option_may_be_written_by_key_or_by_words(typed: str, key: str | None) -> None:
    found = keyed(typed, 1, MENU, frozenset())
    assert (found.keys if found else None) == key


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("12345678Z", Keyed("12345678", letter="9")),
        ("12.345.678-z", Keyed("12345678", letter="9")),
        ("12345678", Keyed("12345678")),
        ("X1234567L", Keyed("*1123456", "7", "5")),
        ("Y 1234567", Keyed("*2123456", "7")),
        ("28 12345678 40", Keyed("*4281234", "567840")),
        ("123456789", None),
        ("X12", None),
    ],
)
def test_a_document_may_be_written_as_it_stands_on_the_card(typed: str, keys: Keyed | None) -> None:
    assert keyed(typed, 8, (), frozenset({DOCUMENT})) == keys


def test_the_check_letter_is_its_key() -> None:
    assert keyed("z", 1, (), frozenset({LETTER})) == Keyed("9")
    assert keyed("z", 1, (), frozenset({"menu.main"})) is None


def test_where_words_are_wanted_words_do_and_key_nought_is_still_a_person() -> None:
    asked = frozenset({"address.say_street"})
    assert keyed("Calle Mayor 3, 2.º B", 1, (), asked) == Keyed("#")
    assert keyed("0", 1, (), asked) == Keyed("0")


@given(
    st.text(),
    st.integers(1, 34),
    st.sampled_from([frozenset[str](), frozenset({DOCUMENT}), frozenset({LETTER})]),
)
def test_whatever_is_written_gives_keys_of_a_telephone_or_none(
    typed: str, most: int, asked: frozenset[str]
) -> None:
    found = keyed(typed, most, MENU, asked)
    if found is not None:
        assert 1 <= len(found.keys) <= most
        assert set(found.keys + found.rest + found.letter) <= set("0123456789*#")


def test_what_is_offered_piece_by_piece_is_called_by_its_pieces() -> None:
    said = [
        ("appointment.times", "Estas son las horas libres:"),
        ("appointment.hour", "Hora:"),
        ("clock.9", "las nueve de la mañana"),
        ("appointment.press.1", "Pulse 1."),
        ("appointment.office.madrid_1", "Madrid Centro, calle de Toledo, 30."),
        ("appointment.press.2", "Pulse 2."),
        ("appointment.later_times", "Para otras horas, pulse 5."),
    ]
    assert [(choice.key, choice.label) for choice in choices(said)] == [
        ("1", "Las nueve de la mañana"),
        ("2", "Madrid Centro, calle de Toledo, 30"),
        ("5", "Para otras horas"),
    ]


def test_each_prompt_is_written_in_its_own_language() -> None:
    said = words_of(inss(), "es", ((None, "language.offer"), ("ca", "language.offer"), (None, "no.such.key")))
    (_, spanish), (_, catalan), (_, unknown) = said
    assert ("pulse" in spanish, "premi" in catalan, unknown) == (True, True, "no.such.key")


def test_a_sentence_after_a_number_is_parted_from_it() -> None:
    said = [("since", "Desde el"), ("n.3", "tres"), ("month.6", "de junio"), ("next", "El pago llegará.")]
    assert figures(said) == "Desde el 3 de junio. El pago llegará."
    assert (
        figures([("date.3", "the third of"), ("month.6", "June"), ("year.2026", "")])
        == "the third of June 2026"
    )


@pytest.mark.parametrize("language", GRAMMARS)
@given(number=st.integers(0, 999_999))
def test_a_number_is_read_in_figures_or_in_words_and_never_as_another(language: str, number: int) -> None:
    say = grammar(language)
    written = figures((key, say.FRAGMENTS[key]) for key in say.number(number))
    assert written == str(number) or not any(sign.isdigit() for sign in written)


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        (grammar("es").digits("TS26000123"), "TS 26 000 123"),
        (grammar("es").digits("12345678Z"), "12 345 678 Z"),
        (grammar("es").telephone("+34611222333"), "611 22 23 33"),
        (grammar("es").date(dt.date(2026, 10, 14)), "14 de octubre de 2026"),
        (grammar("es").amount(118750), "1187 euros con 50 céntimos"),
    ],
)
def test_references_dates_and_amounts_are_read_in_figures(keys: tuple[str, ...], written: str) -> None:
    assert figures((key, grammar("es").FRAGMENTS[key]) for key in keys) == written
