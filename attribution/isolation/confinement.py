"""What a model's process gives up before it sees a file: writing, the network, other processes, more than its share.

Each part is used where the system has it; `confine` returns the names of those that hold.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from py_landlock import AccessFs, Landlock, LandlockError

from .limits import SCRATCH_FILE
from .memory import read_status
from .syscalls import refuse_processes, refuse_syscalls

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_ABI_OF_SIGNALS = 6
_READ = AccessFs.READ_FILE | AccessFs.READ_DIR

_SETTINGS = (
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"),
    *("/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/ssl", "/etc/timezone"),
)
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/opt", "/dev/urandom", "/sys/devices/system", *_SETTINGS)
_PROCESSORS = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys")


def confine(memory: int, most_memory: int, readable: Iterable[Path], scratch: Path) -> list[str]:
    """Give up what a model's process does not need, for good.

    Args:
        memory: bytes beyond those it has now, until `settle`.
        most_memory: bytes beyond those it has now, after that.
        readable: files and folders that it may read, beside Python, its packages and the system's own.
        scratch: the one folder in which it may write; temporary files go there.

    Returns:
        What of it the system has: limits, network, files, signals, syscalls.
    """
    held = ["limits"]
    _die_with_parent()
    if before := read_status("self").get("VmData"):
        resource.setrlimit(resource.RLIMIT_DATA, (before + memory, before + most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (SCRATCH_FILE, SCRATCH_FILE))
    tempfile.tempdir = str(scratch)
    if _leave_network():
        held.append("network")
    held += _give_up_files(readable, scratch)
    return [*held, "syscalls"] if refuse_syscalls() else held


def settle() -> None:
    """Start no process from now on, for the file is open, and take the most memory that `confine` left this one."""
    refuse_processes()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _leave_network() -> bool:
    """Move into a network namespace of its own, which holds no network."""
    if sys.platform != "linux":
        return False
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return any(unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _give_up_files(readable: Iterable[Path], scratch: Path) -> list[str]:
    """Read these files and run Python, write into `scratch` alone, and, since Linux 6.12, signal no other process."""
    python = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent}
    packages = {Path(entry) for entry in sys.path if entry}
    read = [*map(Path, _SYSTEM), *map(Path, _PROCESSORS), *python, *packages, Path(__file__).parents[2], *readable]
    run = [*python, *map(Path, ("/usr", "/lib", "/lib64", "/bin"))]
    try:
        rules = Landlock(strict=False)
        for path in filter(Path.exists, read):
            rules.add_path_rule(path, access=_READ if path.is_dir() else AccessFs.READ_FILE)
        rules.add_path_rule(os.devnull, access=AccessFs.READ_FILE | AccessFs.WRITE_FILE)
        rules.allow_read_write(scratch)
        rules.allow_execute(*(path for path in run if path.exists()))
        rules.apply()
    except (LandlockError, OSError):
        return []
    return ["files"] if rules.abi_version < _ABI_OF_SIGNALS else ["files", "signals"]


def leave_files(kept: int) -> None:
    """Close every open file but one, and read from and write to nothing where Python expects a terminal."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    with suppress(OSError):
        os.closerange(3, kept)
        os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
