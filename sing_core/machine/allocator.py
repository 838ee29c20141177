"""The C library's allocator, told to keep what a network or an analysis gives back.

A network on a CPU allocates and frees the same large activations for every
batch, and an analysis its matrices. By default glibc takes each of them from
the kernel anew and gives it back at once, so every batch touches fresh pages: a
third of the time of an EfficientNet went there. ``benchmarks/extraction.py``
measures it.
"""

import ctypes
import platform

#: From malloc.h: https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGEST_INT = 2**31 - 1


def keep_freed_memory() -> None:
    """Have freed memory reused, not returned; the peak is the same. Does nothing without glibc."""
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 2**30)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGEST_INT)
        # Threads have memory of their own by default, which goes back to the kernel all the same.
        libc.mallopt(_M_ARENA_MAX, 1)
