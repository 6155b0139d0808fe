"""What the systems of the demonstration know: of nobody real, and of offices and forms that are made up.

The persons are the register's (`demo-maria` …); their amounts and accounts agree with what the identification
protocol asks of them. Days are told from today, so that a demonstration never grows old. The bodies
telephones are theirs, but an institution checks them before it tells anybody.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

Row = dict[str, Any]


class Paid(NamedTuple):
    """A benefit in payment; money in cents a month."""

    person: str
    kind: str
    monthly: int
    complement: int
    withholding: int
    since: dt.date
    concurrent: bool = False
    system: str = "pensions"
    pay_day: int = 25  # when most banks credit what is due on the first
    payments: int = 14
    revaluation: int = 270


class Resident(NamedTuple):
    """Where somebody lives, how they are reached, where they are paid."""

    person: str
    street: str
    house: str
    postcode: str
    town: str
    mobile: str | None
    email: str | None
    language: str
    iban: str


RESIDENTS = (
    Resident(
        "demo-maria",
        "calle Mayor",
        "12, 3 B",
        "28013",
        "Madrid",
        "+34600123456",
        "maria@ejemplo.example",
        "es",
        "ES4821000418470200054821",
    ),
    Resident(
        "demo-jose",
        "rúa Real",
        "45, 1",
        "15003",
        "A Coruña",
        "+34654321987",
        None,
        "gl",
        "ES0400490418910200050057",
    ),
    Resident(
        "demo-montserrat",
        "carrer Nou de la Rambla",
        "8, 2 1",
        "08001",
        "Barcelona",
        "+34611222333",
        "montse@exemple.example",
        "ca",
        "ES4701820418780200059910",
    ),
    Resident(
        "demo-carmen",
        "carrer de la Pau",
        "21, 4",
        "46001",
        "València",
        "+34622333444",
        "carmen@exemple.example",
        "va",
        "ES6300810418350200053344",
    ),
    Resident(
        "demo-vicent",
        "avinguda al Vedat",
        "90, 2",
        "46900",
        "Torrent",
        "+34633444555",
        None,
        "va",
        "ES5821030418740200057788",
    ),
    Resident(
        "demo-protected",
        "calle Sierpes",
        "3",
        "41001",
        "Sevilla",
        "+34612000111",
        None,
        "es",
        "ES7901280418100200056120",
    ),
    Resident(
        "demo-amina",
        "calle Trapería",
        "17, 5 C",
        "30001",
        "Murcia",
        "+34722000333",
        "amina@ejemplo.example",
        "es",
        "ES1720950418510200052001",
    ),
    Resident(
        "demo-locked",
        "Arenal kalea",
        "6, 4",
        "48005",
        "Bilbao",
        None,
        None,
        "eu",
        "ES4420950418510200051903",
    ),
)
PAYMENTS = (
    # Two pensions at once: 859.07 + 328.44 arrive, 1187 euros and some cents.
    Paid("demo-maria", "retirement", 84_210, 7_180, 5_483, dt.date(2019, 3, 1), concurrent=True),
    Paid("demo-maria", "widowhood", 34_940, 0, 2_096, dt.date(2021, 9, 1), concurrent=True),
    Paid("demo-jose", "retirement", 99_400, 0, 2_982, dt.date(2008, 11, 1)),
    Paid(
        "demo-montserrat",
        "minimum_income",
        73_560,
        0,
        0,
        dt.date(2021, 9, 1),
        system="subsidies",
        payments=12,
    ),
    Paid("demo-carmen", "widowhood", 104_100, 0, 2_082, dt.date(2015, 1, 1)),
    Paid("demo-vicent", "disability", 139_500, 0, 8_370, dt.date(2012, 5, 1)),
    Paid(
        "demo-protected",
        "temporary_disability",
        80_240,
        0,
        0,
        dt.date(2020, 7, 1),
        system="subsidies",
        payments=12,
        revaluation=0,
    ),
    Paid("demo-locked", "retirement", 148_200, 0, 5_928, dt.date(2016, 10, 1)),
    Paid("demo-amina", "dependent_child", 41_000, 0, 0, dt.date(2024, 4, 1), system="subsidies", payments=12),
)
CARD_DAYS_LEFT: Mapping[str, int] = {"demo-maria": 27, "demo-jose": 300, "demo-carmen": -12}
"""How many days a person's health card is still good for; the others never had one."""

CASES = (
    ("2026-500123", "demo-maria", "pension", "in_progress", dt.date(2026, 10, 14), "wait"),
    ("2026-310077", "demo-maria", "subsidy", "granted", dt.date(2026, 6, 3), "payment"),
    ("2026-500456", "demo-jose", "pension", "documents_missing", dt.date(2026, 11, 2), "send_documents"),
    ("2026-210009", "demo-montserrat", "imv", "received", dt.date(2026, 11, 9), "wait"),
    ("2026-410555", "demo-carmen", "health_card", "granted", dt.date(2026, 9, 21), "wait"),
    ("2026-500789", "demo-vicent", "pension", "refused", dt.date(2026, 8, 30), "appeal"),
    ("2026-500998", "demo-locked", "pension", "granted", dt.date(2026, 7, 1), "payment"),
    ("2026-310999", "demo-protected", "subsidy", "in_progress", dt.date(2026, 10, 1), "wait"),
)
OFFICES = (
    ("madrid_1", "Madrid Centro", "calle de Toledo, 30", "Madrid", "28013", "MD", 3),
    ("madrid_2", "Madrid Cuatro Caminos", "calle de Orense, 11", "Madrid", "28020", "MD", 2),
    ("barcelona_1", "Barcelona Raval", "carrer de Sant Antoni, 18", "Barcelona", "08001", "CT", 3),
    ("barcelona_2", "Barcelona Sant Martí", "carrer d'Aragó, 505", "Barcelona", "08018", "CT", 2),
    ("valencia_1", "València Centre", "carrer de Colom, 60", "València", "46001", "VC", 2),
    ("valencia_2", "València Benimaclet", "carrer de Dolors Marqués, 7", "València", "46020", "VC", 2),
    ("coruna_1", "A Coruña Centro", "rúa Nova, 14", "A Coruña", "15001", "GA", 2),
    ("bilbao_1", "Bilbao Abando", "Gran Via, 89", "Bilbao", "48001", "PV", 2),
    ("bilbao_2", "Bilbao Deustu", "Lehendakari Agirre, 52", "Bilbao", "48014", "PV", 1),
    ("sevilla_1", "Sevilla Centro", "calle Feria, 40", "Sevilla", "41001", "AN", 2),
    ("murcia_1", "Murcia Centro", "Gran Vía, 9", "Murcia", "30001", "MC", 2),
)
"""Id, name, street, town, postcode, whose holidays close it (ISO 3166-2), desks."""

BODIES = (
    ("contributions", "tgss", "+34915410291", True),
    ("sea", "ism", "+34917006600", True),
    ("unemployment", "sepe", "+34912738383", False),
    ("benefits", "inss", "+34915421176", False),
    ("regional", "region", "012", False),
)
"""Matter, body, telephone, whether a call may be put through."""

FORMS = (
    ("retirement", "Solicitud de pensión de jubilación", "https://ventanilla.example/f/jubilacion"),
    ("disability", "Solicitud de incapacidad permanente", "https://ventanilla.example/f/incapacidad"),
    ("widowhood", "Solicitud de viudedad y orfandad", "https://ventanilla.example/f/viudedad"),
    (
        "birth_and_care",
        "Solicitud de nacimiento y cuidado de menor",
        "https://ventanilla.example/f/nacimiento",
    ),
    ("minimum_income", "Solicitud del ingreso mínimo vital", "https://ventanilla.example/f/imv"),
)
NEWS = ("pension", "subsidy", "imv", "health_card")
"""Subjects with an announcement."""

CHANGED_DAYS_AGO = 400  # long before any cool-down
NEWS_DAYS = 3650


def rows(today: dt.date, now: float) -> Mapping[str, tuple[Row, ...]]:
    """Give every table's rows by the table's name (without `corporate_`); offices come before bookings."""
    long_ago = now - CHANGED_DAYS_AGO * 86400
    return {
        "addresses": tuple(_address(one) for one in RESIDENTS),
        "contacts": tuple(_contact(one, long_ago) for one in RESIDENTS),
        "accounts": tuple({"person": one.person, "iban": one.iban} for one in RESIDENTS),
        "benefits": tuple(map(_benefit, PAYMENTS)),
        "health_cards": tuple(_card(who, today, left) for who, left in CARD_DAYS_LEFT.items()),
        "cases": tuple(
            dict(zip(("reference", "person", "subject", "state", "since", "next_step"), one, strict=True))
            for one in CASES
        ),
        "offices": tuple(_office(*one) for one in OFFICES),
        "bodies": tuple(
            dict(zip(("subject", "code", "telephone", "transferable"), one, strict=True)) for one in BODIES
        ),
        "forms": tuple(
            {"code": code, "place": place, "title": title, "link": link}
            for place, (code, title, link) in enumerate(FORMS)
        ),
        "announcements": tuple(
            {
                "prompt": f"announcements.{one}",
                "subject": one,
                "begins_at": now,
                "ends_at": now + NEWS_DAYS * 86400,
            }
            for one in NEWS
        ),
    }


def _address(one: Resident) -> Row:
    return {name: getattr(one, name) for name in ("person", "street", "house", "postcode", "town")}


def _contact(one: Resident, changed_at: float) -> Row:
    reached = {name: getattr(one, name) for name in ("person", "mobile", "email", "language")}
    return {**reached, "changed_at": changed_at, "before": None}


def _benefit(one: Paid) -> Row:
    return {
        "person": one.person,
        "kind": one.kind,
        "system": one.system,
        "monthly_cents": one.monthly,
        "complement_cents": one.complement,
        "withholding_cents": one.withholding,
        "revaluation_hundredths": one.revaluation,
        "pay_day": one.pay_day,
        "since": one.since,
        "payments": one.payments,
        "concurrent": one.concurrent,
    }


def _card(person: str, today: dt.date, left: int) -> Row:
    expires = today + dt.timedelta(days=left)
    return {"person": person, "expires": expires, "requested": None, "sent": False}


def _office(office: str, name: str, street: str, town: str, postcode: str, territory: str, desks: int) -> Row:
    return {
        "id": office,
        "name": name,
        "street": street,
        "town": town,
        "postcode": postcode,
        "zone": "Europe/Madrid",
        "territory": territory,
        "prompt": f"appointment.office.{office}",
        "desks": desks,
        "opens": 9 * 60,
        "closes": 14 * 60,
        "minutes": 15,
    }
