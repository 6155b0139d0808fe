from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.agi import (
    Greeting,
    GreetingRefused,
    Reply,
    ReplyRefused,
    UnsafeArgument,
    command,
    parse_greeting,
    parse_reply,
    patience,
    token_for,
    token_holds,
)
from ivr.commands import LISTEN_S, QUICK_S, TALK_S
from tests.ivr.greetings import CALL, SECRET, fields, greeting, spoken


def reason(raw: bytes) -> str:
    with pytest.raises(GreetingRefused) as refusal:
        parse_greeting(raw)
    return refusal.value.reason


def without(key: str) -> dict[str, str]:
    said = fields()
    del said[key]
    return said


def test_a_true_greeting_is_understood() -> None:
    heard = parse_greeting(spoken(fields(arguments=("one", "two words", ""))))
    token = token_for(SECRET, CALL)
    assert heard == Greeting(CALL, "PJSIP/trunk-00000001", "901166565", token, "es", ("one", "two words", ""))


def test_a_display_name_that_is_no_utf8_is_no_reason_to_refuse_a_caller() -> None:
    raw = greeting().replace(b"Trunk", b"Mu\xf1oz")
    assert parse_greeting(raw).call == CALL


def test_a_greeting_longer_than_8_kib_is_refused() -> None:
    said = fields() | {"agi_calleridname": "x" * 8192}
    assert reason(spoken(said)) == "too long"


def test_a_greeting_without_its_blank_line_is_refused() -> None:
    assert reason(greeting()[:-1]) == "unfinished"


@pytest.mark.parametrize("byte", [*range(10), *range(11, 32), 127])
def test_a_control_character_is_refused(byte: int) -> None:
    assert reason(greeting().replace(b"Trunk", b"Tr" + bytes([byte]) + b"unk")) == "control character"


def test_a_greeting_that_does_not_begin_with_the_network_line_is_refused() -> None:
    said = without("agi_network")
    assert reason(spoken({**said, "agi_network": "yes"})) == "first key"
    assert reason(spoken(said)) == "first key"
    assert reason(spoken(fields() | {"agi_network": "no"})) == "first key"


def test_an_empty_greeting_is_refused() -> None:
    assert reason(b"\n\n") == "malformed line"


def test_a_line_without_a_colon_is_refused() -> None:
    assert reason(greeting()[:-1] + b"no colon here\n\n") == "malformed line"


@pytest.mark.parametrize("key", ["agi_Channel", "agi-channel", "AGI_NETWORK", "agi_", " agi_type", "x"])
def test_a_key_of_another_shape_is_refused(key: str) -> None:
    assert reason(spoken([*fields().items(), (key, "x")])) == "malformed key"


def test_a_key_asterisk_does_not_have_is_refused() -> None:
    assert reason(spoken([*fields().items(), ("agi_level", "3")])) == "unknown key"


@pytest.mark.parametrize("key", [*fields()])
def test_no_key_may_come_twice(key: str) -> None:
    assert reason(spoken([*fields().items(), (key, fields()[key])])) == "duplicate key"


def test_a_greeting_without_a_thread_id_is_refused() -> None:
    assert reason(spoken(without("agi_threadid"))) == "no thread id"
    assert reason(spoken(fields() | {"agi_threadid": "none"})) == "no thread id"


@pytest.mark.parametrize(
    "arguments",
    [["agi_arg_2"], ["agi_arg_1", "agi_arg_3"], ["agi_arg_2", "agi_arg_1"]],
)
def test_arguments_that_are_not_counted_from_one_are_refused(arguments: list[str]) -> None:
    assert reason(spoken([*fields().items(), *((key, "x") for key in arguments)])) == "arguments not in order"


def test_nothing_comes_after_the_arguments() -> None:
    said = [*without("agi_threadid").items(), ("agi_arg_1", "x"), ("agi_threadid", "1")]
    assert reason(spoken(said)) == "arguments not last"


@pytest.mark.parametrize(
    "script",
    [
        "",
        "call",
        "call/901166565",
        "call//" + "0" * 40,
        "call/901166565/" + "0" * 39,
        "call/901166565/" + "0" * 41,
        "call/901166565/" + "A" * 40,
        "call/9011665\u0666\u0665/" + "0" * 40,
        "else/901166565/" + "0" * 40,
        "call/901166565/" + "0" * 40 + "/",
    ],
)
def test_a_script_that_is_not_number_and_token_is_refused(script: str) -> None:
    assert reason(spoken(fields() | {"agi_network_script": script})) == "malformed script"


@pytest.mark.parametrize("call", ["", "1763791200", "x" * 60 + "-1763791200.1", "a b-1763791200.1", "1.2"])
def test_a_call_id_of_another_shape_is_refused(call: str) -> None:
    assert reason(spoken(fields() | {"agi_uniqueid": call})) == "malformed call id"


@pytest.mark.parametrize(
    ("key", "value"), [("agi_channel", ""), ("agi_channel", "a b"), ("agi_language", "es/../")]
)
def test_a_channel_or_language_of_another_shape_is_refused(key: str, value: str) -> None:
    assert reason(spoken(fields() | {key: value})) == "malformed channel"


@given(st.binary(max_size=400))
@example(b"agi_network: yes\n\n")
def test_no_bytes_whatever_do_more_than_be_refused(raw: bytes) -> None:
    reason(raw)


@given(st.data())
def test_a_damaged_greeting_is_refused_or_still_says_the_same_of_the_call(data: st.DataObject) -> None:
    raw = greeting()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    damaged = raw[:start] + data.draw(st.binary(max_size=40)) + raw[end:]
    try:
        heard = parse_greeting(damaged)
    except GreetingRefused:
        return
    if token_holds(SECRET, heard):
        assert heard.call == CALL


@given(st.text(max_size=60))
def test_whatever_is_in_a_name_cannot_change_the_call_its_number_or_its_token(name: str) -> None:
    raw = spoken(fields()).replace(b"Trunk", name.encode("utf-8", "surrogatepass"))
    try:
        heard = parse_greeting(raw)
    except GreetingRefused:
        return
    assert heard == parse_greeting(greeting())


def test_the_token_is_the_one_the_dialplan_computes() -> None:
    # inner=$(printf %s s3:ventanilla-1763791200.12 | sha1sum | cut -c1-40); printf %s s3:$inner | sha1sum
    assert token_for("s3", CALL) == "6a9c8445457de925ad72049be1fab4547fc2708f"


def test_a_token_holds_for_its_call_and_secret_only() -> None:
    assert token_holds(SECRET, parse_greeting(greeting()))
    assert not token_holds("another secret", parse_greeting(greeting()))
    stolen = fields() | {"agi_uniqueid": "ventanilla-1763791200.13"}
    assert not token_holds(SECRET, parse_greeting(spoken(stolen)))


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0", Reply(200, "0", "")),
        (b"200 result=-1", Reply(200, "-1", "")),
        (b"200 result=49", Reply(200, "49", "")),
        (b"200 result=0 endpos=12345", Reply(200, "0", "")),
        (b"200 result=1 (vt/menu.main)", Reply(200, "1", "vt/menu.main")),
        (b"200 result=1 (a (b) c)", Reply(200, "1", "a (b) c")),
        (b"200 result=1 ()", Reply(200, "1", "")),
        (b"200 result= (timeout)", Reply(200, "", "timeout")),
        (b"200 result=1234 (timeout)", Reply(200, "1234", "timeout")),
        (b"200 result=12345678", Reply(200, "12345678", "")),
        (b"200 result=*12#", Reply(200, "*12#", "")),
        (b"200 result=", Reply(200, "", "")),
        (b"200 result=-1 (hangup) endpos=8000", Reply(200, "-1", "hangup")),
        (b"200 result=1 (Mu\xf1oz)", Reply(200, "1", "Mu\ufffdoz")),
        (b"503 result=-2 Memory allocation failure", Reply(503, "", "")),
        (b"510 Invalid or unknown command", Reply(510, "", "")),
        (b"511 Command Not Permitted on a dead channel or intercept routine", Reply(511, "", "")),
        (b"520-Invalid command syntax.  Proper usage follows:", Reply(520, "", "")),
        (b"520 Invalid command syntax.  Proper usage not available.", Reply(520, "", "")),
        (b"", None),
        (b"200", None),
        (b"200 ok", None),
        (b"20 result=0", None),
        (b"2000 result=0", None),
        (b" 200 result=0", None),
        (b"agi_type: x", None),
        (b"200 result=0 (open", None),
        (b"200 result=0\r", None),
        (b"200 result=yes", None),
    ],
)
def test_a_reply_is_read_as_asterisk_means_it_or_refused(line: bytes, reply: Reply | None) -> None:
    if reply is None:
        with pytest.raises(ReplyRefused):
            parse_reply(line)
    else:
        assert parse_reply(line) == reply


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reading_of_replies(line: bytes) -> None:
    with suppress(ReplyRefused):
        assert parse_reply(line).code in range(100, 600)


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=80))
def test_the_text_of_a_variable_comes_back_whole(value: str) -> None:
    assert parse_reply(f"200 result=1 ({value})".encode()) == Reply(200, "1", value)


def as_asterisk_reads(line: bytes) -> list[str]:
    """Split a command as `parse_args()` of res_agi.c does."""
    words: list[str] = []
    quoted = escaped = False
    blank = True
    for sign in line.decode().removesuffix("\n"):
        if sign == '"' and not escaped:
            quoted = not quoted
            if quoted and blank:
                words.append("")
                blank = False
        elif sign in " \t" and not quoted and not escaped:
            blank = True
        elif sign == "\\" and not escaped:
            escaped = True
            continue
        else:
            if blank:
                words.append("")
                blank = False
            words[-1] += sign
        escaped = False
    return words


def test_a_command_is_one_line_with_quotes_where_they_are_needed() -> None:
    assert command("ANSWER") == b"ANSWER\n"
    assert command("STREAM FILE", "vt/menu.main", "12#") == b"STREAM FILE vt/menu.main 12#\n"
    assert command("STREAM", "FILE", "vt/menu.main", "") == b'STREAM FILE vt/menu.main ""\n'
    assert command("set variable", "VT_DONE", "a b") == b'SET VARIABLE VT_DONE "a b"\n'
    assert command("EXEC", "Dial", "PJSIP/agent-ana,15,g") == b"EXEC Dial PJSIP/agent-ana,15,g\n"
    at_an_address = "PJSIP/agent-ana-sip/sip:201@192.168.1.20:5070,15,g"
    assert command("EXEC", "Dial", at_an_address) == f"EXEC Dial {at_an_address}\n".encode()
    assert command("GET VARIABLE", "PJSIP_HEADER(read,From)") == b"GET VARIABLE PJSIP_HEADER(read,From)\n"


@given(st.lists(st.text(max_size=40), max_size=6))
def test_whatever_is_encoded_asterisk_reads_as_the_words_we_meant(words: list[str]) -> None:
    try:
        line = command("VERBOSE", *words)
    except UnsafeArgument:
        return
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert as_asterisk_reads(line) == ["VERBOSE", *words]


@pytest.mark.parametrize("sign", ["\r", "\n", "\0", "\t", "\x1b", "\x7f", "\x85", "\u2028", "${", "$["])
def test_no_line_end_control_character_or_expression_leaves_the_house(sign: str) -> None:
    with pytest.raises(UnsafeArgument):
        command("VERBOSE", f"a{sign}b")


def test_asterisk_gets_no_more_words_than_it_reads() -> None:
    command("VERBOSE", *["x"] * 126)
    with pytest.raises(UnsafeArgument):
        command("VERBOSE", *["x"] * 127)


def test_a_command_fits_asterisks_line_buffer() -> None:
    assert len(command("VERBOSE", "x" * 8182)) == 8191
    with pytest.raises(UnsafeArgument):
        command("VERBOSE", "x" * 8183)
    with pytest.raises(UnsafeArgument):
        command("VERBOSE", "ñ" * 4092)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("",),
        ("DATABASE GET", "a", "b"),
        ("GET FULL VARIABLE", "X"),
        ("SET CONTEXT", "x"),
        ("EXEC",),
        ("EXEC", "System", "true"),
        ("EXEC", "TrySystem", "true"),
        ("EXEC", "Set", "a=b"),
        ("EXEC", "AGI", "x"),
        ("EXEC", "Originate", "x"),
        ("EXEC", "Dial", "PJSIP/trunk/sip:900@example.org,15,g"),
        ("EXEC", "Dial", "PJSIP/900123123@trunk,15,g"),
        (
            "EXEC",
            "Dial",
            "PJSIP/trunk/sip:+34612345678@192.0.2.7:5060,15,gim(default)f(901166565)U(accept^es)",
        ),
        ("EXEC", "Dial", "PJSIP/outside-ana/sip:+34612345678@192.0.2.7:5060,15,g"),
        ("EXEC", "Dial", "PJSIP/outside-ana/sip:+34612345678@192.0.2.7:5060,15,gim(default)f(901166565)"),
        ("EXEC", "Dial", "PJSIP/outside-ana/sip:ana@192.0.2.7:5060,15,gim(default)f(901166565)U(accept^es)"),
        ("EXEC", "Dial", "Local/1@x,15"),
        ("EXEC", "Dial", "PJSIP/agent-ana,15,g", "extra"),
        ("EXEC", "Dial", "PJSIP/agent-ana"),
        ("EXEC", "Dial"),
        ("EXEC", "MixMonitor", "a.wav,D,true"),
        ("EXEC", "MixMonitor", "../a.wav,D"),
        ("HANGUP", "PJSIP/another-1"),
        ("GET VARIABLE", "SHELL(true)"),
        ("GET VARIABLE", "FILE(/etc/hostname)"),
        ("GET VARIABLE", "EVAL(x)"),
        ("GET VARIABLE", "GLOBAL(VT_SECRET)"),
        ("GET VARIABLE", "CHANNEL(x)(y)"),
        ("GET VARIABLE", "A", "B"),
        ("GET VARIABLE",),
        ("SET VARIABLE", "SHELL(true)", "x"),
        ("SET VARIABLE", "GLOBAL(VT_SECRET)", "x"),
        ("SET VARIABLE", "A"),
    ],
)
def test_what_is_not_on_the_lists_is_not_said(words: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeArgument):
        command(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("EXEC", "Dial", "PJSIP/agent-ana,15,gm(default)"),
        ("EXEC", "Dial", "PJSIP/agent-ana,15,b(agent-card^s^1)g"),
        (
            "EXEC",
            "Dial",
            "PJSIP/outside-ana/sip:+34612345678@192.0.2.7:5060,15,gim(default)f(901166565)U(accept^es)",
        ),
        ("EXEC", "MixMonitor", "/var/spool/x/ventanilla-1763791200.12.wav,b"),
        ("EXEC", "MixMonitor", "/home/María López/vent+a@nilla/1.sln16,D"),
        ("EXEC", "StopMixMonitor"),
        ("EXEC", "MusicOnHold", "default,30"),
        ("SET MUSIC", "ON", "default"),
        ("SET VARIABLE", "CHANNEL(language)", "ca"),
        ("SET VARIABLE", "__VT_WAITING", "yes"),
        ("GET VARIABLE", "CHANNEL(rtp,dest)"),
        ("GET DATA", "vt/ask.document", "5000", "9"),
        ("HANGUP",),
    ],
)
def test_what_the_conversation_needs_can_be_said(words: tuple[str, ...]) -> None:
    assert command(*words).endswith(b"\n")


def test_an_unsafe_argument_is_not_quoted_back() -> None:
    with pytest.raises(UnsafeArgument) as refusal:
        command("VERBOSE", "12345678Z\n")
    assert "12345678" not in str(refusal.value)


def test_each_kind_of_command_has_its_own_patience() -> None:
    assert patience(command("SET VARIABLE", "VT_DONE", "yes")) == QUICK_S
    assert patience(command("STREAM FILE", "vt/menu.main", "")) == LISTEN_S
    assert patience(command("EXEC", "Playback", "vt/goodbye")) == LISTEN_S
    assert patience(command("EXEC", "dial", "PJSIP/agent-ana,15,g")) == TALK_S
