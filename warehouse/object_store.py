"""Opening object stores through obstore, and saying in our own words what they do not do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

#: How long a store that stumbles is asked again before that is told.
_RETRIES = {"max_retries": 8}
_CLIENT = {"allow_http": True, "connect_timeout": "10s", "timeout": "120s"}


class BadAddressError(ValueError):
    """An address that leads to no object store, or that nothing here can open."""

    exit_code = 2


class StoreError(OSError):
    """An object store that does not do what it is asked."""


@lru_cache(maxsize=16)
def opened(bucket: str) -> Any:
    """The store of a bucket, as ``s3://bucket``."""
    with telling(bucket, "open"):
        return library().store.from_url(bucket, client_options=_CLIENT, retry_config=_RETRIES)


def library() -> Any:
    """The package obstore, which is an extra."""
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError:
        raise BadAddressError(
            "addresses such as s3://BUCKET need the package obstore, which is not installed; "
            "install sing-null-space[s3]"
        ) from None
    return obstore


@contextmanager
def telling(place: object, doing: str) -> Iterator[None]:
    """Say in our own words what a store does not do."""
    exceptions = library().exceptions
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError):
        raise FileNotFoundError(2, "is not there", str(place)) from None
    except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
        raise
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise StoreError(
            f"cannot {doing} {place}: {_why(str(error))}; check the store, its address "
            "(AWS_ENDPOINT_URL and its like) and the credentials in the environment"
        ) from None


def _why(told: str) -> str:
    """What a store says is wrong, by its codes alone."""
    if code := re.search(r"<Code>(\w+)</Code>", told):
        return f"it answers {code[1]}"
    if status := re.search(r"status[^:]{0,40}: ([45]\d\d)", told):
        return f"it answers {status[1]}"
    if "error sending request" in told or "connect" in told.lower():
        return "it cannot be reached, or does not answer in time"
    return "it refuses"
