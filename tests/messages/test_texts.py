"""Every standard message, in every language, filled with the longest there is."""

import re
import string
from pathlib import Path

import pytest

from dialplans.grammar import GRAMMARS
from messages.standard import LONGEST, MESSAGES, MOST, PROCEDURES, SHORTENED
from messages.texts import Unsayable, Unwritten, wording
from tests.dialplans.institutions import INSS
from tests.messages.post import WORDING

FILE = INSS / "messages" / "es.toml"
LANGUAGES = tuple(WORDING.languages)
texts, written = WORDING.texts, WORDING.written

CODES = {"procedure": PROCEDURES, "body": ("tgss", "ism", "sepe", "inss", "region", "other")}


def longest(name: str, language: str) -> str:
    if name in CODES:
        said = texts(language).procedures if name == "procedure" else texts(language).bodies
        return max(CODES[name], key=lambda code: len(said[code]))
    return "W" * MOST[name]


def test_there_are_messages_in_every_language_that_is_spoken() -> None:
    assert set(LANGUAGES) == set(GRAMMARS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", MESSAGES)
def test_the_longest_message_fits_and_says_every_field(message: str, language: str) -> None:
    fields = {name: longest(name, language) for name in MESSAGES[message]}
    text = written(message, language, fields)
    assert len(text) <= LONGEST
    assert "{" not in text
    for name, value in fields.items():
        assert name in CODES or value in text


def test_a_receipt_holds_the_longest_reference_that_a_crm_may_have_of_its_own() -> None:
    reference = "CTR.2026.000017.A-01"
    assert len(reference) == 20
    assert reference in written("receipt", "es", {"procedure": "callback", "reference": reference})


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_messages_procedures_and_bodies_and_only_plain_fields(
    language: str,
) -> None:
    said = texts(language)
    assert set(said.messages) == set(MESSAGES)
    assert set(said.procedures) == {*PROCEDURES, "other"}
    assert set(said.bodies) == set(CODES["body"])
    for message, text in said.messages.items():
        used = [name for _, name, *_ in string.Formatter().parse(text) if name]
        assert sorted(used) == sorted(MESSAGES[message])
        assert all(len(name) <= MOST["procedure"] for name in said.procedures.values())
        assert all(len(name) <= MOST["body"] for name in said.bodies.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_the_first_thing_to_be_read_and_its_procedure_is_named(language: str) -> None:
    text = written("code", language, {"code": "123456", "procedure": "bank_account", "minutes": "5"})
    assert text.startswith("123456 ")
    assert texts(language).procedures["bank_account"] in text


def test_a_language_without_texts_reads_spanish() -> None:
    assert written("certificate.sent", "xx", {"reference": "CE26000001"}).startswith("Seguridad Social")


def test_a_procedure_that_has_no_name_is_a_service_by_telephone() -> None:
    assert "gestión por teléfono" in written("receipt", "es", {"procedure": "??", "reference": "CE26000001"})


def test_what_a_system_says_of_an_office_stays_on_one_line_and_is_shortened() -> None:
    fields = dict.fromkeys(MESSAGES["appointment.booked"], "1") | {"office": "a\r\nb{code}" + "x" * 500}
    text = written("appointment.booked", "es", fields)
    assert re.search(r"a b\{code\}x+…", text)
    assert "\n" not in text


@pytest.mark.parametrize("field", sorted(set(MOST) - SHORTENED - set(CODES)))
def test_what_must_be_exact_is_never_shortened(field: str) -> None:
    message = next(name for name, fields in MESSAGES.items() if field in fields)
    fields = dict.fromkeys(MESSAGES[message], "1") | {field: "9" * (MOST[field] + 1)}
    with pytest.raises(Unsayable, match=field):
        written(message, "es", fields)


@pytest.mark.parametrize("fields", [{}, {"reference": " "}])
def test_a_message_without_its_fields_is_not_written(fields: dict[str, str]) -> None:
    with pytest.raises(Unsayable, match="reference"):
        written("certificate.sent", "es", fields)


def test_there_is_no_other_message() -> None:
    with pytest.raises(Unsayable):
        written("lottery.won", "es", {})


def messages_of(folder: Path, spanish: str) -> Path:
    folder.joinpath("es.toml").write_text(spanish, encoding="utf-8")
    return folder


def test_another_institution_speaks_in_its_own_name_and_falls_back_on_its_own_language(
    tmp_path: Path,
) -> None:
    theirs = FILE.read_text(encoding="utf-8").replace("Seguridad Social", "Instituto de Ejemplo")
    said = wording(messages_of(tmp_path, theirs), "es")
    for message, fields in MESSAGES.items():
        assert "Seguridad Social" not in said.written(message, "fr", dict.fromkeys(fields, "1"))
        assert "Seguridad Social" not in said.subject(message, "fr")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"certificate.sent" =', '"certificate.lost" =', "es.toml has no [messages] certificate.sent"),
        ('"certificate.sent" =', '"certificate.lost" =', "certificate.lost, which is no message"),
        ("{last4}", "{last5}", "changed.account: {last5} is no field of it"),
        ("{last4}", "", "changed.account: it does not say {last4}"),
        ("{last4}", "{last4", "changed.account: its braces do not match"),
        ('\nother = "gesti', '\nelse = "gesti', "es.toml has no [procedures] other"),
        ("notice =", "note =", "es.toml has no [subjects] notice"),
        ("[bodies]", "[bodies", "es.toml cannot be read"),
        ("[bodies]", "[[bodies]]", "es.toml has no [bodies] other"),
    ],
)
def test_what_an_institutions_messages_lack_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    spanish = FILE.read_text(encoding="utf-8")
    assert old in spanish
    with pytest.raises(Unwritten) as told:
        wording(messages_of(tmp_path, spanish.replace(old, new)), "es")
    assert said in str(told.value)


def test_an_institution_without_messages_in_its_first_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unwritten, match=r"gl\.toml is not there"):
        wording(messages_of(tmp_path, FILE.read_text(encoding="utf-8")), "gl")
