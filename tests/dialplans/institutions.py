"""The institution as it is served, and small ones for what it must not be."""

from functools import cache
from pathlib import Path

from dialplans.check import load_institution
from dialplans.institution import Institution

INSS = Path(__file__).resolve().parents[2] / "dialplans" / "inss"

GOOD_INSTITUTION = """
name = "Oficina de prueba"
time_zone = "Europe/Madrid"
country = "ES"
languages = ["es"]
[numbers]
901166565 = { flow = "front", campaign = "general" }
[hours.agents]
monday = ["09:00-14:00"]
[switches]
emergency = false
[subjects]
general = {}
"""

GOOD_FLOW = """
title = "Front"
start = "notice"
person = "agent"
farewell = "bye"
emergency = "bye"

[steps.main]
kind = "menu"
say = ["menu.main"]
keys = { 1 = "news" }

[steps.news]
kind = "say"
say = ["news"]
next = "main"

[steps.agent]
kind = "person"
closed = "main"
next = "bye"

[steps.bye]
kind = "hangup"
say = ["goodbye"]

[steps.notice]
kind = "record"
notice = "notice"
next = "main"
"""

GOOD_TEXTS = """
"menu.main" = "Pulse 1."
"news" = "No hay novedades."
"notice" = "Esta llamada se graba."
"goodbye" = "Adiós."
"wrong_key" = "No es válido."
"silence" = "No le oigo."
"too_many_tries" = "Le paso con un agente."
"""


@cache
def inss() -> Institution:
    """The institution of the repository, checked; read once, for it is frozen."""
    return load_institution(INSS)


def write(
    folder: Path,
    *,
    institution: str = GOOD_INSTITUTION,
    flows: dict[str, str] | None = None,
    texts: str = GOOD_TEXTS,
) -> Path:
    """Write an institution's folder."""
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "languages" / "es").mkdir(parents=True, exist_ok=True)
    (folder / "institution.toml").write_text(institution, encoding="utf-8")
    (folder / "languages" / "es" / "general.toml").write_text(texts, encoding="utf-8")
    for name, flow in (flows or {"front": GOOD_FLOW}).items():
        (folder / "flows" / f"{name}.toml").write_text(flow, encoding="utf-8")
    return folder
