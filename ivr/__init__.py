"""The conversation with one caller: FastAGI door, self-services, identity."""
