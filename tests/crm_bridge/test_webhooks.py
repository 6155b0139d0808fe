"""Webhooks as the specification says, checked against its own library, and what forgers and repeaters send."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from crm_bridge.webhooks import TOLERANCE_S, Forged, headers_of, keys_of, verified

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own example
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
KEYS = keys_of(SECRET)
BODY = '{"type": "citizen.changed", "data": {"citizen": "C-1 ñ"}}'.encode()
AT = 1_795_345_200.0


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    body = b'{"test": 2432232314}'
    headers = headers_of(KEYS, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_the_reference_library_believes_and_the_other_way_round() -> None:
    now = datetime.now(UTC)
    theirs = Webhook(SECRET)
    headers = headers_of(KEYS, "fact_1_2", now.timestamp(), BODY)
    assert theirs.verify(BODY, headers)["type"] == "citizen.changed"
    with pytest.raises(WebhookVerificationError):
        theirs.verify(BODY + b" ", headers)
    signature = theirs.sign("msg_1", now, BODY.decode())
    said = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    assert verified(KEYS, said, BODY, now.timestamp()) == "msg_1"


def test_while_a_secret_is_changed_both_are_believed() -> None:
    both = keys_of(f"{SECRET} {OLD}")
    for keys in (keys_of(SECRET), keys_of(OLD), both):
        assert verified(both, headers_of(keys, "a", AT, BODY), BODY, AT) == "a"
    assert verified(keys_of(OLD), headers_of(both, "a", AT, BODY), BODY, AT) == "a"


@pytest.mark.parametrize("drift", [-TOLERANCE_S, TOLERANCE_S])
def test_five_minutes_either_way_are_believed_and_no_second_more(drift: int) -> None:
    headers = headers_of(KEYS, "a", AT, BODY)
    assert verified(KEYS, headers, BODY, AT + drift) == "a"
    with pytest.raises(Forged, match="more than 300 seconds"):
        verified(KEYS, headers, BODY, AT + drift + (1 if drift > 0 else -1))


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "b"},
        {"webhook-id": ""},
        {"webhook-id": "a\n"},
        {"webhook-id": "a" * 121},
        {"webhook-timestamp": str(int(AT) + 1)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "-1795345200"},
        {"webhook-timestamp": "١٧٩٥٣٤٥٢٠٠"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1a,AAAA"},
        {"webhook-signature": "\udcff" * 20},
    ],
)
def test_what_was_changed_on_the_way_is_not_believed(change: dict[str, str]) -> None:
    headers = {**headers_of(KEYS, "a", AT, BODY), **change}
    with pytest.raises(Forged) as forged:
        verified(KEYS, headers, BODY, AT)
    assert "citizen" not in str(forged.value)


def test_a_signature_of_another_key_body_or_version_is_not_believed() -> None:
    headers = headers_of(keys_of(OLD), "a", AT, BODY)
    with pytest.raises(Forged, match="no signature of ours"):
        verified(KEYS, headers, BODY, AT)
    right = headers_of(KEYS, "a", AT, BODY)
    with pytest.raises(Forged):
        verified(KEYS, right, BODY + b" ", AT)
    renamed = {**right, "webhook-signature": right["webhook-signature"].replace("v1,", "v2,")}
    with pytest.raises(Forged):
        verified(KEYS, renamed, BODY, AT)
    with pytest.raises(Forged):
        verified((), right, BODY, AT)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_no_headers_that_somebody_makes_up_are_believed_or_break_anything(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        verified(KEYS, headers, BODY, AT)


@pytest.mark.parametrize(
    "secret", ["geheim", "whsec_", "whsec_!!", "whsec_" + base64.b64encode(b"a" * 23).decode()]
)
def test_a_secret_that_is_none_is_refused_with_the_remedy_and_not_told(secret: str) -> None:
    with pytest.raises(ValueError, match="openssl rand -base64 32") as refused:
        keys_of(secret)
    assert secret.removeprefix("whsec_") not in str(refused.value) or secret == "whsec_"
