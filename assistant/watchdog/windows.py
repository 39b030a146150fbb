"""What Windows does about processes that belong together; nothing here is called elsewhere."""

import sys
from collections.abc import Callable
from threading import Event, Thread

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _CLOSING = (2, 5, 6)  # CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT
    _CLOSING_SECONDS = 4.5  # Windows ends a process whose window closes after 5
    _EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
    _KILL_ON_CLOSE, _SILENT_BREAKAWAY = 0x2000, 0x1000  # JOB_OBJECT_LIMIT_*
    _SYNCHRONIZE = 0x00100000
    _FOR_EVER = 0xFFFFFFFF  # INFINITE

    class _Basic(ctypes.Structure):
        """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Extended(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = (
            ("BasicLimitInformation", _Basic),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    def _kernel() -> ctypes.WinDLL:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = kernel.OpenProcess.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
        kernel.SetInformationJobObject.argtypes = (
            *(wintypes.HANDLE, ctypes.c_int),
            *(wintypes.LPVOID, wintypes.DWORD),
        )
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
        kernel.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        return kernel

    def bind(process: int) -> None:
        """Let Windows end a process (its handle) with this one; where that fails the child looks itself.

        What it starts in its turn is not bound: a terminal that it started stays.
        """
        kernel = _kernel()
        job = kernel.CreateJobObjectW(None, None)  # open until this process ends, on purpose
        limits = _Extended()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_CLOSE | _SILENT_BREAKAWAY
        kernel.SetInformationJobObject(
            job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        ) and kernel.AssignProcessToJobObject(job, process)

    def after_process(pid: int, then: Callable[[], None]) -> bool:
        """Call `then` in a thread of its own once a process has ended; False where there is none."""
        kernel = _kernel()
        handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return False

        def wait() -> None:
            kernel.WaitForSingleObject(handle, _FOR_EVER)
            then()

        Thread(target=wait, name="supervisor", daemon=True).start()
        return True

    def on_closing(asked: Callable[[], None]) -> object:
        """Call `asked`, in a thread of Windows, when the window closes or the user logs off.

        The process has 5 seconds from then on. What is returned must be kept.
        """

        @ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
        def handler(event: int) -> bool:
            if event not in _CLOSING:
                return False
            asked()
            Event().wait(_CLOSING_SECONDS)  # Windows ends the process as soon as this returns
            return True

        _kernel().SetConsoleCtrlHandler(handler, True)
        return handler

else:

    def bind(process: int) -> None:
        """Be called on Windows only."""
        raise NotImplementedError

    def after_process(pid: int, then: Callable[[], None]) -> bool:
        """Be called on Windows only."""
        raise NotImplementedError

    def on_closing(asked: Callable[[], None]) -> object:
        """Be called on Windows only."""
        raise NotImplementedError
