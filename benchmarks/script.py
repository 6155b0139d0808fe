"""What is said in the benchmark: the greeting of a real Asterisk, its answers, and the twenty commands of a
session."""

from ivr.agi import token_for

SECRET = "the benchmark's secret"  # noqa: S105  (of a server that lives for seconds on loopback)
PEER_SCRIPT = "call/901166565/" + "0" * 40
"""What peers are asked for: they route by the exact path, so theirs is always the same; as long as ours."""

COMMANDS = (
    ("ANSWER",),
    ("SET VARIABLE", "CHANNEL(language)", "es"),
    ("GET VARIABLE", "PJSIP_HEADER(read,From)"),
    ("SET VARIABLE", "VT_WAITING", "no"),
    *(("STREAM FILE", f"vt/menu.{number}", "") for number in range(6)),
    *(("GET DATA", f"vt/ask.{number}", "6000", "1") for number in range(6)),
    ("EXEC", "MusicOnHold", "default,5"),
    ("CHANNEL STATUS",),
    ("STREAM FILE", "vt/goodbye", ""),
    ("SET VARIABLE", "VT_DONE", "yes"),
)
"""Twenty commands as a conversation says them; replaced by those of our own conversation once it was recorded."""


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
