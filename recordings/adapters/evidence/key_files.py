"""Files of keys: their names, and how they are written, so that nobody else reads one, and destroyed."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def number(file: Path) -> int:
    """Give the number that a file's name begins with; 0 when with none."""
    head = file.name.partition(".")[0]
    return int(head) if head.isdigit() else 0


def public_of(private: Path) -> Path:
    """Name the file of the certificates that belong to a private key."""
    return private.with_name(f"{number(private)}.pem")


def pem(certificate: x509.Certificate) -> bytes:
    """Write a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def text(file: Path) -> str:
    """Read a file; empty when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def write_private(file: Path, private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> None:
    """Write a private key."""
    write(
        file,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, for our user only from its first byte on, and durable."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def destroy(file: Path) -> None:
    """Delete a private key, written over first; what a disk keeps of it in spite of that is the disk's to forget."""
    size = file.stat().st_size
    with file.open("r+b") as out:
        out.write(os.urandom(size))
        out.flush()
        os.fsync(out.fileno())
    file.unlink()
