"""One file for each CRM that the bridge can speak to."""
