"""What the conversation asks of others. `server/conversing.py` wires them; fakes stand beside the tests.

Values that other rooms own are described by what is read of them, so that those rooms need know nothing of
this one.
A module for each side that is faced.
"""
