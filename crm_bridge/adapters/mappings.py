"""Mapping files where they lie, and the address that goes with one."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from crm_bridge.mapping import CrmMap, MappingFault
from crm_bridge.mapping_check import read

SHIPPED = Path(__file__).parents[1] / "mappings"


def mapping_of(named: str) -> CrmMap:
    """Read a shipped mapping by its name, or a file by its path. Raises MappingFault."""
    shipped = {file.stem: file for file in SHIPPED.glob("*.toml")}
    file = shipped.get(named, Path(named))
    try:
        return read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        names = ", ".join(sorted(shipped))
        raise MappingFault(
            f"crm_options.mapping: {named!r} cannot be read ({type(fault).__name__}); write a file's path, or {names}."
        ) from fault
    except MappingFault as fault:
        lines = "\n".join(f"{file.name}: {line}" for line in str(fault).splitlines())
        raise MappingFault(lines) from None


def demand_url(url: str) -> str:
    """Give an address whose secrets travel safely: https, or this very machine. Raises MappingFault."""
    place = urlsplit(url)
    if place.scheme == "https" and place.hostname:
        return url
    if place.scheme == "http" and place.hostname and _loopback(place.hostname):
        return url
    raise MappingFault("crm_options.url: write https://host/…; http only to this very machine.")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
