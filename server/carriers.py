"""Who carries messages out: the SMS centre and the mail server of this installation, by its settings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from messages.adapters.mail import MailChannel, Server
from messages.adapters.smpp import Centre, SmppChannel
from messages.channels import Channel
from messages.pace import Pace
from messages.texts import Wording


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SmsCarrier(_Part):
    """The provider's SMS centre, SMPP 3.4. The name messages come from is the institution's (`[messages] alias`)."""

    host: str = Field("", description="the centre's address; empty: no SMS is sent")
    port: int = Field(2775, ge=1, le=65_535)
    system_id: str = Field("", max_length=15)
    password: SecretStr = Field(SecretStr(""), description="SMPP 3.4 knows eight characters")
    system_type: str = Field("", max_length=12)
    per_second: float = Field(10.0, gt=0, le=500, description="messages a second that the contract allows")


class MailCarrier(_Part):
    """The mail server that takes what we send."""

    host: str = Field("", description="the server's address; empty: no e-mail is sent")
    port: int = Field(587, ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"] = Field(
        "starttls",
        description="tls: from the first word on (465); starttls; none: only inside one's own network",
    )
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(
        "", description="the address mail comes from, for example no-reply@institution.example"
    )
    name: str = Field("", description="the name beside it")
    ca: str = Field("", description="file of the authority that vouches for the server; empty: the system's")
    per_second: float = Field(10.0, gt=0, le=500)


def channels_of(
    sms: SmsCarrier, mail: MailCarrier, alias: str, wording: Wording
) -> dict[str, tuple[Channel, Pace]]:
    """Give the channels that are set up; none in an installation that nobody has told of a carrier."""
    opened: dict[str, tuple[Channel, Pace]] = {}
    if sms.host:
        secret = sms.password.get_secret_value()
        centre = Centre(sms.host, sms.port, sms.system_id, secret, sms.system_type, alias)
        opened["sms"] = SmppChannel(centre), Pace(sms.per_second)
    if mail.host:
        server = Server(
            mail.host, mail.port, mail.security, mail.sender, mail.name, mail.user,
            mail.password.get_secret_value(), mail.ca or None,
        )  # fmt: skip
        opened["email"] = MailChannel(server, wording), Pace(mail.per_second)
    return opened
