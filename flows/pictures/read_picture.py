"""Read a picture, wherever it lies."""

from pathlib import Path

from sing_core.files import containers
from warehouse.remote import Remote, is_remote


def read_picture(root: Path, path: str) -> bytes:
    """A picture's bytes: in a file or container below ``root``, or at an address.

    Raises
    ------
    OSError
        If there is none, or it cannot be read; of an object store that does not give it,
        :class:`~warehouse.remote.StoreError`.
    ContainerError, RejectedImageError
        If its container is damaged, or holds no picture there.
    """
    return Remote(path).read_bytes() if is_remote(path) else containers.read(root, path)
