"""Which CRM this installation has, by its settings."""

from __future__ import annotations

from crm_bridge.connectors import Connect, NoSuchCrm, chosen
from server.runtime.trouble import RuntimeTrouble
from server.settings import Settings


def crm_of(settings: Settings) -> Connect:
    """Give the way to open the CRM that the settings name. Raises RuntimeTrouble with the remedy."""
    options = {name: value.get_secret_value() for name, value in settings.crm_options.items()}
    try:
        return chosen(settings.crm, options)
    except NoSuchCrm as wrong:
        raise RuntimeTrouble(str(wrong)) from wrong
