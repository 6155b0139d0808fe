"""A store that speaks S3: Amazon's, or a server of the institution's own (Ceph, Garage, MinIO, SeaweedFS, …)."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from recordings.ports import NoAudio, StoreAway

T = TypeVar("T")

ANSWER_LIMIT = timedelta(seconds=20)  # one request; a part of an upload is 5 MB
CONNECT_LIMIT = timedelta(seconds=5)
AGAIN = 3  # times a request is sent again, within AGAIN_LIMIT
AGAIN_LIMIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the store is: its URL (`https://s3.institution.example`), bucket, folder in it, region, and our key."""

    url: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    prefix: str = ""


class ObjectStore:
    """Objects of one bucket. It must keep no versions, or what is removed stays; docs/vault.md says more."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = S3Store(
            bucket.bucket,
            prefix=bucket.prefix or None,
            endpoint=bucket.url,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.url.startswith("http://"),
                "timeout": ANSWER_LIMIT,
                "connect_timeout": CONNECT_LIMIT,
            },
            retry_config={"max_retries": AGAIN, "retry_timeout": AGAIN_LIMIT},
        )

    async def put(self, name: str, source: Path) -> None:
        """Send a file; the store answers when it has it."""
        await _away(self._store.put_async(name, source))

    async def size(self, name: str) -> int:
        """Say how many bytes there are."""
        return (await _away(self._store.head_async(name)))["size"]

    async def read(self, name: str, start: int, end: int) -> bytes:
        """Give the bytes from `start` up to `end`."""
        piece = bytes(await _away(self._store.get_range_async(name, start=start, end=end)))
        if len(piece) != end - start:
            raise NoAudio("damaged")
        return piece

    async def remove(self, name: str) -> None:
        """Remove an object; S3 says the same whether there was one."""
        try:
            await _away(self._store.delete_async(name))
        except NoAudio:
            return


async def _away(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except (FileNotFoundError, NotFoundError) as gone:
        raise NoAudio("gone") from gone
    except (BaseError, OSError) as fault:
        raise StoreAway("store away") from fault
