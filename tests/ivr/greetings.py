"""What a true Asterisk says when it calls, for tests of the door. All names and numbers are made up."""

from ivr.agi import token_for

SECRET = "a secret of the tests"
CALL = "ventanilla-1763791200.12"


def fields(call: str = CALL, secret: str = SECRET, arguments: tuple[str, ...] = ()) -> dict[str, str]:
    script = f"call/901166565/{token_for(secret, call)}"
    return {
        "agi_network": "yes",
        "agi_network_script": script,
        "agi_request": f"agi://127.0.0.1:4573/{script}",
        "agi_channel": "PJSIP/trunk-00000001",
        "agi_language": "es",
        "agi_type": "PJSIP",
        "agi_uniqueid": call,
        "agi_version": "22.10.1",
        "agi_callerid": "0",
        "agi_calleridname": "Trunk",
        "agi_callingpres": "0",
        "agi_callingani2": "0",
        "agi_callington": "0",
        "agi_callingtns": "0",
        "agi_dnid": "901166565",
        "agi_rdnis": "unknown",
        "agi_context": "reception",
        "agi_extension": "s",
        "agi_priority": "4",
        "agi_enhanced": "0.0",
        "agi_accountcode": "",
        "agi_threadid": "139872040539840",
        **{f"agi_arg_{place}": argument for place, argument in enumerate(arguments, 1)},
    }


def spoken(lines: dict[str, str] | list[tuple[str, str]]) -> bytes:
    pairs = lines.items() if isinstance(lines, dict) else lines
    return "".join(f"{key}: {value}\n" for key, value in pairs).encode() + b"\n"


def greeting(call: str = CALL, secret: str = SECRET) -> bytes:
    return spoken(fields(call, secret))
