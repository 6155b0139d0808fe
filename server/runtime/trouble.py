"""What goes wrong around the programs beside us, each in one sentence that says what to do."""


class RuntimeTrouble(Exception):
    """Something on this machine stands in the way; the message is one sentence for the person at the keyboard."""
