"""What a process asks of the machine that it runs on: enough open files, and a name for itself.

Decides nothing: the caller knows how many and which name.  Sources: getrlimit(2), unix(7).
"""

import contextlib
import hashlib
import resource
import socket
import sys

# What a process holds open beside its clients: the store, carriers' links, pipes, libraries.
OWN_FILES = 100


def allow_files() -> int:
    """Raise the limit of open files to the most that the system grants, and give it.

    The processes that this one starts inherit it.  -1 means that there is none.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # macOS grants less than the unlimited that it tells.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def take_name(name: str) -> socket.socket | None:
    """Take a name on this machine, for as long as what is given is open and the process lives.

    Gives None when another process has it.  Nothing is left behind, however a process ends:
    the name is that of an abstract socket.  Where the system has none (it is Linux' own),
    everybody gets the name.
    """
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if sys.platform != "linux":
        return holder
    try:
        holder.bind(b"\0dragoman-" + hashlib.sha256(name.encode()).hexdigest().encode())
    except OSError:
        holder.close()
        return None
    return holder
