"""Where recordings go when not into a folder of this machine: an S3-compatible store, as the operator sets it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from recordings.adapters.vault.objects import Bucket


class ObjectStoreSettings(BaseModel):
    """All of it or nothing: with a `url`, the others must be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]-]{1,200})?$")
    bucket: str = Field("", pattern=r"^[a-z0-9.-]{0,63}$")
    prefix: str = Field("", pattern=r"^[A-Za-z0-9_./-]{0,100}$")
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")

    @property
    def chosen(self) -> Bucket | None:
        """Give the store, None when recordings stay in the folder."""
        if not self.url:
            return None
        secret = self.secret_key.get_secret_value()
        return Bucket(self.url, self.bucket, self.access_key, secret, self.region, self.prefix)

    @property
    def fault(self) -> str | None:
        """Say in a sentence what is missing; None for all or nothing."""
        lacking = [name for name in ("bucket", "access_key", "secret_key") if not self.model_dump()[name]]
        if not self.url or not lacking:
            return None
        return f"object_store has a url and lacks {', '.join(lacking)}: set them, or take the url out."
