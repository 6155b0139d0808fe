"""The programs beside us: a private Asterisk and a private Mosquitto, fetched, started and watched."""
