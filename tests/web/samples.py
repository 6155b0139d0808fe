"""A card and a board as the rooms give them, of made-up people."""

from tests.web.house import CALL


def card(**parts: object) -> dict[str, object]:
    """Return a card as crm_bridge's `Card.to_dict()` gives it, of a made-up citizen who proved who she is."""
    request = {
        "subject": "pension",
        "channel": "telephone",
        "priority": 3,
        "level": 1,
        "due_at": 1_795_700_000.0,
    }
    requests = [
        {**request, "reference": "2026-000123-8", "state": "in_progress", "opened_at": 1_794_800_000.0},
        {
            **request,
            "reference": "2026-000098-4",
            "state": "waiting_citizen",
            "opened_at": 1_793_500_000.0,
            "subject": "health_card",
            "due_at": None,
        },
    ]
    contacts = [
        {
            "at": 1_794_800_000.0,
            "channel": "telephone",
            "subject": "pension",
            "request": "2026-000123-8",
            "outcome": "pending",
        },
        {
            "at": 1_793_500_000.0,
            "channel": "web",
            "subject": "health_card",
            "request": "2026-000098-4",
            "outcome": "documents_requested",
        },
        {
            "at": 1_788_000_000.0,
            "channel": "counter",
            "subject": "general",
            "request": "2026-000011-1",
            "outcome": "informed",
        },
    ]
    cases = [
        {
            "reference": "PJ-2026-4471",
            "subject": "pension",
            "state": "documents_missing",
            "since": "2026-10-19",
            "next_step": "send_documents",
        }
    ]
    whole = {
        "call": CALL,
        "request": "2026-000123-8",
        "who": "Mercè Vila Roca",
        "proven": True,
        "protected": False,
        "candidates": 1,
        "number": "+34931234567",
        "language": "ca",
        "proven_level": 1,
        "why": "pension",
        "open_requests": requests,
        "hidden_requests": 0,
        "last_contacts": contacts,
        "cases": cases,
        "crm": "ok",
        "composed_at": 1_795_330_000.0,
    }
    return {**whole, **parts}


def board(at: float = 1_795_330_000.0) -> dict[str, object]:
    """Return a busy morning's board; ages count back from `at`."""
    waits = (
        ("pension", "es", 1, 214),
        ("imv", "ca", 2, 96),
        ("case", "es", 1, 41),
        ("health_card", "ca", 1, 12),
    )
    people = (
        ("ana", "Ana Ruiz", 1, ["es"], "talking", 312, None),
        ("jordi", "Jordi Puig", 1, ["ca", "es"], "ready", 48, None),
        ("marta", "Marta Soler", 2, ["ca", "es"], "wrap_up", 71, None),
        ("nuria", "Núria Ferrer", 1, ["ca", "es"], "ringing", 4, None),
        ("luis", "Luis Ortega", 1, ["es"], "paused", 540, "rest"),
        ("carmen", "Carmen Gil", 2, ["es"], "talking", 1094, None),
        ("pere", "Pere Mas", 1, ["ca", "es"], "signed_out", 0, None),
    )
    return {
        "at": at,
        "asterisk": {"connected": True, "latency_ms": 4.0, "late_ms": 12.34},
        "waiting": [
            {
                "call": f"ventanilla-1795330000.{n}",
                "position": n,
                "subject": s,
                "language": lang,
                "level": lv,
                "since": at - age,
                "here": s != "case",  # the telephone of who is called back is not on a call
                "called_back": s == "case",
            }
            for n, (s, lang, lv, age) in enumerate(waits, 1)
        ],
        "agents": [
            {
                "name": n,
                "display": d,
                "level": lv,
                "languages": langs,
                "state": st,
                "since": at - age,
                "reason": why,
                "then": "",
            }
            for n, d, lv, langs, st, age, why in people
        ],
        "today": {
            "service_level": 0.76,
            "threshold_s": 180,
            "target": 0.8,
            "offered": 412,
            "answered": 371,
            "abandoned": 23,
            "longest_wait_s": 447.0,
            "short_abandon_s": 5,
        },
    }
