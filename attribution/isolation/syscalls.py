"""System calls that a model's process gives up: a filter of seccomp, where libseccomp is installed (Linux).

It is a list of what is refused, not of what is allowed, since every release of torch and of the C library needs others.
A call that is refused fails with EPERM, as where a user lacks the right to it, and libraries go on as they do then.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress

with suppress(ImportError, RuntimeError, OSError):  # other systems lack the package, or the library that it needs
    import pyseccomp

_OTHER_PROCESSES = (
    "kcmp migrate_pages move_pages pidfd_getfd pidfd_open pidfd_send_signal process_madvise process_mrelease "
    "process_vm_readv process_vm_writev ptrace rt_sigqueueinfo rt_tgsigqueueinfo setpgid setpriority setsid"
)
_CONNECTIONS = (
    "fanotify_init inotify_init inotify_init1 io_uring_setup mq_open mq_unlink msgctl msgget msgrcv msgsnd semctl "
    "semget semop semtimedop shmat shmctl shmget socket socketpair"
)
_MEMORY = "memfd_create memfd_secret"
"""Memory that is nobody's: it would not be counted."""

_OTHER_FILES = (
    "chmod chown fchmod fchmodat fchmodat2 fchown fchownat file_setattr fremovexattr fsetxattr futimesat lchown "
    "lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat utime utimensat utimes"
)
"""Who may do what with a file, and when it was changed: Landlock leaves that to whoever owns it."""

_PRIVILEGES = (
    "acct add_key adjtimex bpf capset chroot clock_adjtime clock_settime delete_module finit_module fsconfig "
    "fsmount fsopen fspick init_module ioperm iopl ioprio_set kexec_file_load kexec_load keyctl lookup_dcookie "
    "mount mount_setattr move_mount name_to_handle_at open_by_handle_at open_tree open_tree_attr perf_event_open "
    "pivot_root quotactl quotactl_fd reboot request_key sched_setattr sched_setparam sched_setscheduler "
    "setdomainname setfsgid setfsuid setgid setgroups sethostname setns setregid setresgid setresuid setreuid "
    "settimeofday setuid swapoff swapon syslog umount2 unshare userfaultfd vhangup"
)
_OF_ITSELF = "prlimit64 sched_setaffinity"
"""Refused where they name a process by its number; 0 is the one that calls."""

_NEWER = {"fchmodat2": 452, "file_setattr": 469, "open_tree_attr": 467, "removexattrat": 466, "setxattrat": 463}
"""Numbers of calls that libseccomp may be too old to know; those of today are the same on all processors."""

_STARTS = "execve execveat fork vfork kill tkill"
_CLONE_THREAD = 0x10000
_NEW_NAMESPACES = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
"""The flags CLONE_NEW… of `clone`."""

_IS_NOT, _HAS_BITS = 1, 7
"""How libseccomp compares an argument: SCMP_CMP_NE with a number, SCMP_CMP_MASKED_EQ with a mask and bits in it."""

_Rule = tuple[str] | tuple[str, int, int] | tuple[str, int, int, int]
"""A call that is refused: its name, and, if not always, how its first argument compares."""


def refuse_syscalls() -> bool:
    """Refuse sockets, other processes and what only an administrator does, from now on; returns whether it holds.

    A process may still be started: the first reading of a pickle is one.
    """
    always = _OTHER_PROCESSES, _CONNECTIONS, _MEMORY, _OTHER_FILES, _PRIVILEGES
    rules: list[_Rule] = [(name,) for names in always for name in names.split()]
    rules += [(name, _IS_NOT, 0) for name in _OF_ITSELF.split()]
    return _refuse([*rules, *(("clone", _HAS_BITS, flag, flag) for flag in _NEW_NAMESPACES)])


def refuse_processes() -> bool:
    """Refuse to start a process and to signal one, from now on; returns whether it holds. Threads can be started."""
    rules: list[_Rule] = [(name,) for name in _STARTS.split()]
    return _refuse([*rules, ("clone", _HAS_BITS, _CLONE_THREAD, 0), ("tgkill", _IS_NOT, os.getpid())])


def _refuse(rules: Iterable[_Rule]) -> bool:
    try:
        kept = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        kept.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)  # for the threads that there are, too
        for name, *compared in rules:
            number = pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
            number = _NEWER.get(name, number) if number < 0 else number
            if number >= 0:  # else this processor has no such call
                condition = [pyseccomp.Arg(0, *compared)] if compared else []
                kept.add_rule(pyseccomp.ERRNO(errno.EPERM), number, *condition)
        # A filter cannot see the flags of clone3, which lie in memory; without it, the C library calls clone.
        kept.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
        kept.load()
    except (NameError, OSError):  # no such package, or no such feature of the kernel
        return False
    return True
