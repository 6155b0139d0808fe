"""How recordings rest: Tink's streaming format, and the envelope that holds a recording's key. Pure."""
