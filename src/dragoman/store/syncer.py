"""The disk's word, without waiting for it in the event loop.

A commit of SQLite is durable once its write-ahead log is synced.  The kernel does that for us in
the background and tells an eventfd (Linux' native AIO, IOCB_CMD_FDSYNC, since 4.18); neither a
thread, which would fight for the interpreter's lock, nor a process is needed.  Where the kernel
does not offer it, a thread does it.  Source: Linux, io_submit(2), eventfd(2).
"""

import asyncio
import ctypes
import logging
import os
import platform
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)

DEPTH = 4  # syncs under way at once; the writer never has more than one or two
FDSYNC = 3  # IOCB_CMD_FDSYNC
RESFD = 1  # IOCB_FLAG_RESFD: tell the eventfd

# Numbers of io_setup, io_submit, io_getevents, io_destroy, for which glibc has no wrappers.
_CALLS = {"x86_64": (206, 209, 208, 207), "aarch64": (0, 2, 4, 1)}


class _Order(ctypes.Structure):
    """`struct iocb` of <linux/aio_abi.h>, little-endian."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("key", ctypes.c_uint32),
        ("rw_flags", ctypes.c_uint32),
        ("opcode", ctypes.c_uint16),
        ("priority", ctypes.c_int16),
        ("descriptor", ctypes.c_uint32),
        ("buffer", ctypes.c_uint64),
        ("octets", ctypes.c_uint64),
        ("offset", ctypes.c_int64),
        ("reserved", ctypes.c_uint64),
        ("flags", ctypes.c_uint32),
        ("eventfd", ctypes.c_uint32),
    )


class _Done(ctypes.Structure):
    """`struct io_event`."""

    _fields_ = (
        ("data", ctypes.c_uint64),
        ("order", ctypes.c_uint64),
        ("result", ctypes.c_int64),
        ("result2", ctypes.c_int64),
    )


class Syncer:
    """Syncs one file's data for one event loop."""

    def __init__(self, descriptor: int) -> None:
        """Take the file; RuntimeError outside a running event loop."""
        self._loop = asyncio.get_running_loop()
        self._descriptor = descriptor
        self._kernel = _Kernel.open()
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._serial = 0
        if self._kernel is not None:
            self._loop.add_reader(self._kernel.eventfd, self._told, self._kernel)
        else:
            log.info("the kernel syncs no files in the background; a thread does")
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="fsync")

    async def sync(self) -> None:
        """Wait until all that was written before is on the disk; OSError if it is not."""
        if self._kernel is None:
            await self._loop.run_in_executor(self._thread, os.fdatasync, self._descriptor)
            return
        self._serial += 1
        done = self._waiting[self._serial] = self._loop.create_future()
        try:
            self._kernel.order(self._descriptor, self._serial)
        except OSError:
            del self._waiting[self._serial]
            os.fdatasync(self._descriptor)
            return
        await done

    def close(self) -> None:
        """Stop; nothing may be waiting any more."""
        if self._kernel is not None:
            self._loop.remove_reader(self._kernel.eventfd)
            self._kernel.close()
        if self._thread is not None:
            self._thread.shutdown()

    def _told(self, kernel: "_Kernel") -> None:
        for serial, result in kernel.collect():
            done = self._waiting.pop(serial, None)
            if done is None or done.done():
                continue
            if result < 0:
                done.set_exception(OSError(-result, os.strerror(-result)))
            else:
                done.set_result(None)


class _Kernel:
    """Linux' native AIO, as much as syncing needs."""

    def __init__(self, libc: ctypes.CDLL, calls: tuple[int, int, int, int]) -> None:
        self._libc = libc
        self._setup, self._submit, self._getevents, self._destroy = calls
        self._context = ctypes.c_ulong(0)
        self._events = (_Done * DEPTH)()
        self._orders: dict[int, _Order] = {}  # the kernel reads them until they are done
        self.eventfd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._call(self._setup, DEPTH, ctypes.byref(self._context))

    @classmethod
    def open(cls) -> "_Kernel | None":
        """Give the interface, or None where it is not to be had."""
        calls = _CALLS.get(platform.machine())
        if calls is None or platform.system() != "Linux":
            return None
        try:
            return cls(ctypes.CDLL(None, use_errno=True), calls)
        except (OSError, AttributeError):
            return None

    def order(self, descriptor: int, serial: int) -> None:
        """Ask for a sync."""
        order = _Order(
            data=serial, opcode=FDSYNC, descriptor=descriptor, flags=RESFD, eventfd=self.eventfd
        )
        self._orders[serial] = order
        pointers = (ctypes.POINTER(_Order) * 1)(ctypes.pointer(order))
        try:
            self._call(self._submit, self._context, ctypes.c_long(1), pointers)
        except OSError:
            del self._orders[serial]
            raise

    def collect(self) -> list[tuple[int, int]]:
        """Give serial and result of the syncs that are done."""
        try:
            os.eventfd_read(self.eventfd)
        except BlockingIOError:
            return []
        count = self._call(
            self._getevents,
            self._context,
            ctypes.c_long(0),
            ctypes.c_long(DEPTH),
            self._events,
            None,
        )
        done = [(int(event.data), int(event.result)) for event in self._events[:count]]
        for serial, _ in done:
            self._orders.pop(serial, None)
        return done

    def close(self) -> None:
        """Give everything back."""
        self._call(self._destroy, self._context)
        os.close(self.eventfd)

    def _call(self, number: int, *arguments: object) -> int:
        result: int = self._libc.syscall(ctypes.c_long(number), *arguments)
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result
