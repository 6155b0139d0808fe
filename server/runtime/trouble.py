"""What goes wrong around the programs beside us, each in one sentence that says what to do."""


class RuntimeTrouble(Exception):  # noqa: N818 trouble on this machine, not a mistake in the program
    """Something stands in the way; the message is one sentence for the person at the keyboard."""
