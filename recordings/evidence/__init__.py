"""What a recording needs to convince somebody who trusts nobody here: signature, time stamp, log, container.

Everything in this folder is pure: bytes and values in, bytes and verdicts out; keys, clock and chance are arguments.
"""
