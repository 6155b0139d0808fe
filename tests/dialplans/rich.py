"""A small institution that has a step of every kind, two languages, two calendars, a switch and a sub-flow."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from dialplans.check import load_institution
from dialplans.institution import Institution

OUTCOMES = {"weather": frozenset({"sunny"})}
FREE, PAID = "900000001", "901000001"

INSTITUTION = """
name = "Oficina completa"
time_zone = "Europe/Madrid"
country = "ES"
languages = ["es", "ca"]

[numbers]
900000001 = { flow = "front", campaign = "free" }
901000001 = { flow = "front", campaign = "paid" }

[local_holidays.madrid]
05-15 = "San Isidro"
11-09 = "La Almudena"

[hours.desk]
territory = "ES-MD"
local = ["madrid"]
monday = ["09:00-14:00", "16:00-20:00"]
tuesday = ["09:00-14:00", "16:00-20:00"]
wednesday = ["09:00-14:00"]
thursday = ["09:00-14:00"]
friday = ["09:00-14:00"]
closed_days = [2026-12-24]
open_days = [2026-11-09]
closing = "callback"
[hours.desk.summer]
first = "07-01"
last = "08-31"
monday = ["08:00-12:00"]

[hours.night]
friday = ["18:00-24:00"]
saturday = ["00:00-06:00"]
closing = "told"

[switches]
emergency = false
strike = true

[subjects]
general = {}
night = { hours = "night" }
protected = {}

[services.weather]
level = 1
"""

FRONT = """
title = "Front"
start = "greeting"
person = "agent"
farewell = "bye"
language = "language"
emergency = "shut"

[outcomes]
done = "main"
back = "main"
person = "agent"
gave_up = "agent"
down = "main"
refused = "main"
blocked = "main"
protected = "team"

[steps.greeting]
kind = "say"
say = ["greeting"]
next = "language"

[steps.language]
kind = "language"
say = ["offer"]
keys = { 1 = "es", 2 = "ca" }
next = "notice"

[steps.notice]
kind = "record"
notice = "notice"
next = "hours"

[steps.hours]
kind = "hours"
open = "news"
closed = "closed"

[steps.closed]
kind = "say"
say = ["closed"]
next = "news"

[steps.news]
kind = "announcement"
next = "campaign"

[steps.campaign]
kind = "branch"
on = "campaign"
ways = { paid = "strike" }
otherwise = "main"

[steps.strike]
kind = "branch"
on = "switch"
name = "strike"
ways = { on = "excuse" }
otherwise = "main"

[steps.excuse]
kind = "say"
say = ["excuse"]
next = "main"

[steps.main]
kind = "menu"
say = ["menu.main"]
keys = { 1 = "file", 2 = "weather", 3 = "opinion", 4 = "known", 5 = "spoken", 6 = "proven", 7 = "night" }

[steps.file]
kind = "ask"
say = ["ask.postcode"]
answer = "postcode"
least = 5
most = 5
rule = "postcode"
next = "day"

[steps.day]
kind = "ask"
say = ["ask.day"]
answer = "day"
least = 8
most = 8
rule = "date"
wrong = "wrong.day"
read_back = true
gave_up = "no_day"
next = "main"

[steps.no_day]
kind = "say"
say = ["no.day"]
next = "main"

[steps.weather]
kind = "service"
service = "weather"
outcomes = { sunny = "excuse" }

[steps.opinion]
kind = "call"
call = "opinion/menu"
next = "after_opinion"

[steps.after_opinion]
kind = "say"
say = ["thanks"]
next = "main"

[steps.known]
kind = "branch"
on = "caller"
ways = { known = "excuse" }
otherwise = "main"

[steps.spoken]
kind = "branch"
on = "language"
ways = { ca = "excuse" }
otherwise = "main"

[steps.proven]
kind = "branch"
on = "level"
ways = { 1 = "excuse", 2 = "closed" }
otherwise = "main"

[steps.night]
kind = "hours"
calendar = "night"
open = "night_agent"
closed = "main"

[steps.night_agent]
kind = "person"
subject = "night"
closed = "main"
next = "bye"

[steps.agent]
kind = "person"
say = ["promise"]
closed = "main"
callback = "callback"
next = "bye"

[steps.team]
kind = "person"
level = 2
closed = "main"
next = "bye"

[steps.callback]
kind = "say"
say = ["callback"]
next = "bye"

[steps.shut]
kind = "hangup"
say = ["shut"]

[steps.bye]
kind = "hangup"
say = ["goodbye"]
"""

OPINION = """
title = "Opinion"
start = "menu"
person = "front/agent"
farewell = "front/bye"
language = "front/language"

[steps.menu]
kind = "menu"
say = ["menu.opinion"]
keys = { 1 = "why", 2 = "back" }

[steps.why]
kind = "menu"
say = ["menu.why"]
keys = { 1 = "deeper", 2 = "back" }

[steps.deeper]
kind = "call"
call = "thanks/say"
next = "back"

[steps.back]
kind = "return"
"""

THANKS = """
title = "Thanks"
start = "say"
person = "front/agent"
farewell = "front/bye"

[steps.say]
kind = "say"
say = ["thanks"]
next = "end"

[steps.end]
kind = "return"
"""

ANNOUNCEMENTS = """
[[announcement]]
say = "announcement.strike"
from = 2026-11-23T08:00:00
until = 2026-11-23T20:00:00

[[announcement]]
say = "announcement.front"
from = 2026-11-23T00:00:00
until = 2026-11-25T00:00:00
flows = ["front"]

[[announcement]]
say = "announcement.thanks"
from = 2026-11-23T00:00:00
until = 2026-11-25T00:00:00
flows = ["thanks"]
"""

KEYS = (
    "greeting", "offer", "notice", "closed", "excuse", "menu.main", "ask.postcode", "ask.day", "wrong.day", "no.day",
    "thanks", "promise", "callback", "shut", "goodbye", "menu.opinion", "menu.why", "announcement.strike",
    "announcement.front", "announcement.thanks", "service.read_back", "service.confirm", "service.wrong_digits",
    "wrong_key", "silence", "too_many_tries",
)  # fmt: skip


def write(
    folder: Path, *, announcements: str = ANNOUNCEMENTS, institution: str = INSTITUTION, **flows: str
) -> Path:
    """Write the institution, with these flows in place of its own."""
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    for name, text in ({"front": FRONT, "opinion": OPINION, "thanks": THANKS} | flows).items():
        (folder / "flows" / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "institution.toml").write_text(institution, encoding="utf-8")
    (folder / "announcements.toml").write_text(announcements, encoding="utf-8")
    for language in ("es", "ca"):
        texts = "".join(f'"{key}" = "{language} {key}"\n' for key in KEYS)
        (folder / "languages" / language).mkdir(parents=True, exist_ok=True)
        (folder / "languages" / language / "general.toml").write_text(texts, encoding="utf-8")
    return folder


@cache
def rich() -> Institution:
    """Give it, checked."""
    with TemporaryDirectory() as folder:
        return load_institution(write(Path(folder)), OUTCOMES)


@cache
def quiet() -> Institution:
    """Give it with nothing to announce."""
    with TemporaryDirectory() as folder:
        return load_institution(write(Path(folder), announcements=""), OUTCOMES)
