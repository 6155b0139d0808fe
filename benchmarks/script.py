"""What is said in the benchmark: the greeting of a real Asterisk, its answers, and the twenty commands of a
session."""

import tomllib
from pathlib import Path

from ivr.agi import token_for

INSTITUTION = Path(__file__).parents[1] / "dialplans" / "inss"

SECRET = "the benchmark's secret"  # noqa: S105  (of a server that lives for seconds on loopback)
PEER_SCRIPT = "call/901166565/" + "0" * 40
"""What peers are asked for: they route by the exact path, so theirs is always the same; as long as ours."""

_SPOKEN = tomllib.loads((INSTITUTION / "institution.toml").read_text("utf-8"))["languages"]
_OFFER = "&".join(f"{language}/vt/language.offer" for language in _SPOKEN)
"""Every language offers itself in its own words; the institution says which there are."""

TURNS = (
    (("GET VARIABLE", "PJSIP_HEADER(read,P-Asserted-Identity)"), "1 (<sip:+34912345678@example.org>)"),
    (("ANSWER",), "0"),
    (("SET VARIABLE", "CHANNEL(language)", "es"), "1"),
    (("EXEC", "Read", f"VT_KEYS,vt/greeting.general&{_OFFER},1,e,1,4"), "0"),
    (("GET VARIABLE", "VT_KEYS"), "1 (1)"),
    (("STREAM FILE", "vt/recording.notice", ""), "0 endpos=48000"),
    (("EXEC", "MixMonitor", "/var/spool/ventanilla/ventanilla-1763791200.1.sln,D"), "0"),
    (("EXEC", "Read", "VT_KEYS,vt/hours.closed&vt/menu.main,1,e,1,6"), "0"),
    (("GET VARIABLE", "VT_KEYS"), "1 (1)"),
    (("GET DATA", "vt/menu.info", "6000", "1"), "1"),
    (("EXEC", "Read", "VT_KEYS,vt/info.pension&vt/menu.after_info,1,e,1,6"), "0"),
    (("GET VARIABLE", "VT_KEYS"), "1 (2)"),
    (("GET DATA", "vt/menu.main", "6000", "1"), "8"),
    (("EXEC", "Read", "VT_KEYS,vt/wrong_key&vt/menu.main,1,e,1,6"), "0"),
    (("GET VARIABLE", "VT_KEYS"), "1 ()"),
    (("EXEC", "Read", "VT_KEYS,vt/silence&vt/menu.main,1,e,1,6"), "0"),
    (("GET VARIABLE", "VT_KEYS"), "1 ()"),
    (("EXEC", "Playback", "vt/agent.closed&vt/goodbye"), "0"),
    (("GET VARIABLE", "PLAYBACKSTATUS"), "1 (SUCCESS)"),
    (("SET VARIABLE", "VT_DONE", "yes"), "1"),
)
"""A call on a Sunday as our own conversation holds it, command and answer: language, notice, recording, information
on pensions, back to the main menu, one wrong key and two silences, nobody there, farewell. The peers say the same."""

COMMANDS = tuple(words for words, _ in TURNS)
ANSWERS = tuple(f"200 result={result}\n".encode() for _, result in TURNS)


def greeting(call: str, script: str) -> list[bytes]:
    """Return a greeting as Asterisk writes it: one write a line, no TCP_NODELAY (res_agi.c, setup_env)."""
    lines = [
        "agi_network: yes",
        f"agi_network_script: {script}",
        f"agi_request: agi://127.0.0.1:4573/{script}",
        "agi_channel: PJSIP/trunk-00000001",
        "agi_language: es",
        "agi_type: PJSIP",
        f"agi_uniqueid: {call}",
        "agi_version: 22.10.1~dfsg+~cs6.17.60671434-1",
        "agi_callerid: 0",
        "agi_calleridname: Trunk",
        "agi_callingpres: 0",
        "agi_callingani2: 0",
        "agi_callington: 0",
        "agi_callingtns: 0",
        "agi_dnid: 901166565",
        "agi_rdnis: unknown",
        "agi_context: reception",
        "agi_extension: s",
        "agi_priority: 4",
        "agi_enhanced: 0.0",
        "agi_accountcode: ",
        "agi_threadid: 139872040539840",
        "",
    ]
    return [f"{line}\n".encode() for line in lines]


def our_greeting(call: str) -> list[bytes]:
    """Return the greeting of a call with its valid token."""
    return greeting(call, f"call/901166565/{token_for(SECRET, call)}")
