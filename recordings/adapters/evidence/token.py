"""A private key that never leaves its token (PKCS#11): a smart card, a hardware module, SoftHSM for trying.

The key is used as any other of the `cryptography` library, so whoever signs does not know where it lies. The package
python-pkcs11 is an option (`pip install ventanilla[token]`): nobody needs it for keys that lie in files.
"""

# ruff: noqa: PLC0415 - an option, imported by who has a token only

from threading import Lock
from typing import Any, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.utils import Buffer

from recordings.evidence.token_uri import TokenUri

MECHANISMS = {"sha256": "SHA256_RSA_PKCS", "sha384": "SHA384_RSA_PKCS", "sha512": "SHA512_RSA_PKCS"}
TIMES = 2
"""A session is lost when somebody pulls the card; the second time it is opened anew."""


class TokenAway(Exception):  # noqa: N818 - it is an answer, not an error
    """The token does not sign; the sentence says why, and what mends it."""


class TokenKey(rsa.RSAPrivateKey):
    """An RSA key in a token. Raises TokenAway when it cannot be had."""

    def __init__(self, where: TokenUri) -> None:
        self._where, self._lock = where, Lock()
        self._key = self._opened()
        self._public = self._read_public()

    def sign(
        self,
        data: Buffer,
        padding: AsymmetricPadding,
        algorithm: Prehashed | hashes.HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        """Sign with PKCS #1 v1.5, as all our evidence is. Raises TokenAway."""
        from pkcs11 import Mechanism
        from pkcs11.exceptions import PKCS11Error

        if not isinstance(padding, PKCS1v15) or not isinstance(algorithm, hashes.HashAlgorithm):
            raise TypeError("a token signs whole texts with PKCS #1 v1.5 only")
        mechanism = getattr(Mechanism, MECHANISMS[algorithm.name])
        with self._lock:
            for left in reversed(range(TIMES)):
                try:
                    return bytes(self._key.sign(bytes(data), mechanism=mechanism))
                except PKCS11Error as fault:
                    if not left:
                        raise TokenAway(
                            f"The token does not sign ({type(fault).__name__}): see to it."
                        ) from fault
                    self._key = self._opened()
        raise AssertionError  # the loop gives or raises

    def public_key(self) -> rsa.RSAPublicKey:
        """Give the public half."""
        return self._public

    @property
    def key_size(self) -> int:
        """Give its length in bits."""
        return self._public.key_size

    def decrypt(self, *_: object) -> NoReturn:
        """Refuse: a seal opens nothing."""
        raise TypeError("a key that seals opens nothing")

    def private_numbers(self) -> NoReturn:
        """Refuse: nobody gets it."""
        raise TypeError("a key in a token does not leave it")

    def private_bytes(self, *_: object) -> NoReturn:
        """Refuse: nobody gets it."""
        raise TypeError("a key in a token does not leave it")

    def __copy__(self) -> "TokenKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "TokenKey":
        return self

    def _opened(self) -> Any:  # noqa: ANN401 - the library has no types
        """Open a session and find the key. Raises TokenAway."""
        try:
            import pkcs11
            from pkcs11.exceptions import PKCS11Error
        except ImportError as lacks:
            raise TokenAway("For a key in a token install the package python-pkcs11.") from lacks
        where = self._where
        try:
            token = pkcs11.lib(str(where.module)).get_token(
                **_given(token_label=where.token, token_serial=where.serial and where.serial.encode())
            )
            session = _session(token, _pin(where))
            return session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, **_given(label=where.label, id=where.id)
            )
        except (PKCS11Error, RuntimeError, OSError) as fault:
            named = where.token or where.serial
            raise TokenAway(
                f"The key in the token {named} cannot be had ({type(fault).__name__}): "
                "see that it is there, and that the address names library, token, key and PIN."
            ) from fault

    def _read_public(self) -> rsa.RSAPublicKey:
        from pkcs11 import Attribute

        modulus, exponent = (
            int.from_bytes(self._key[name], "big") for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
        )
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _session(token: Any, pin: str | None) -> Any:  # noqa: ANN401 - as the library has them
    """Open a session; a process signs in to a token once, and all its sessions are signed in then."""
    from pkcs11.exceptions import UserAlreadyLoggedIn

    try:
        return token.open(**_given(user_pin=pin))
    except UserAlreadyLoggedIn:
        return token.open()


def _given(**wishes: object) -> dict[str, Any]:
    return {name: value for name, value in wishes.items() if value is not None}


def _pin(where: TokenUri) -> str | None:
    """Read the PIN. Raises OSError."""
    return where.pin_file.read_text(encoding="utf-8").strip() if where.pin_file else where.pin
