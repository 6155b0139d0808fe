"""How many sockets this process may have: every call is one, and many systems start programs with 1,024."""

import resource


def allow_open_files(wanted: int) -> int:
    """Raise this process's limit of open files towards `wanted`; return the limit that now holds.

    Never lowers it, and never asks for more than the hard limit, which only root may move.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
