"""Which CRM this installation has, and where facts go, by its settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from crm_bridge import pop, webhooks
from crm_bridge.connectors import Connect, NoSuchCrm, chosen
from server.hooks import Hook, tellable
from server.mqtt import Broker
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings


def crm_of(settings: Settings) -> Connect:
    """Give the way to open the CRM that the settings name. Raises RuntimeTrouble with the remedy."""
    options = {name: value.get_secret_value() for name, value in settings.crm_options.items()}
    try:
        return chosen(settings.crm, options)
    except NoSuchCrm as wrong:
        raise RuntimeTrouble(str(wrong)) from wrong


def broker_of(settings: Settings) -> Broker | None:
    """Give the broker that the settings name, None for the private one. Raises RuntimeTrouble with the remedy."""
    if not settings.mqtt_url:
        return None
    try:
        return Broker.given(settings.mqtt_url, settings.mqtt_password.get_secret_value(), settings.mqtt_ca)
    except ValueError as wrong:
        raise RuntimeTrouble(str(wrong)) from wrong


def pop_of(settings: Settings) -> pop.Template | None:
    """Give the link that each card has, if there is one. Raises RuntimeTrouble."""
    if not settings.pop_url:
        return None
    try:
        return pop.template(settings.pop_url, opens=settings.pop_opens)
    except pop.PopFault as wrong:
        raise RuntimeTrouble(str(wrong)) from wrong


def hook_of(settings: Settings) -> Hook | None:
    """Give where facts go as webhooks, if they do. Raises RuntimeTrouble."""
    if not settings.webhook_url:
        return None
    place = urlsplit(settings.webhook_url)
    if place.scheme != "https" and place.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise RuntimeTrouble("webhook_url: write https://host/…; http only to this very machine.")
    if strange := sorted(set(settings.webhook_facts) - tellable()):
        raise RuntimeTrouble(
            f"webhook_facts: {', '.join(strange)} cannot be told; there are: {', '.join(sorted(tellable()))}."
        )
    keys = _keys("webhook_secret", settings.webhook_secret.get_secret_value())
    return Hook(settings.webhook_url, keys, frozenset(settings.webhook_facts) or tellable())


def told_keys_of(settings: Settings) -> tuple[bytes, ...]:
    """Give the keys that sign what a foreign CRM tells us; none when nothing is taken. Raises RuntimeTrouble."""
    secrets = settings.crm_webhook_secret.get_secret_value()
    return _keys("crm_webhook_secret", secrets) if secrets else ()


def _keys(setting: str, secrets: str) -> tuple[bytes, ...]:
    try:
        keys = webhooks.keys_of(secrets)
    except ValueError as wrong:
        raise RuntimeTrouble(f"{setting}: {wrong}.") from wrong
    if not keys:
        raise RuntimeTrouble(f"{setting}: is missing; make one: echo whsec_$(openssl rand -base64 32).")
    return keys
