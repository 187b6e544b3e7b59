"""A value that is worked out when it is first asked for, once, however many threads ask at the same time."""

from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")

_NEW_LOCK = Lock()


class once(Generic[T]):
    """As `functools.cached_property`, but one thread works while the others wait, on every Python version.

    Each value has a lock of its own, so that a slow one holds nobody up who asks for another.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "once[T]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> "once[T] | T":
        if instance is None:
            return self
        held = instance.__dict__
        with _NEW_LOCK:
            lock = held.setdefault(f"_once_{self._name}", RLock())
        with lock:
            if self._name not in held:
                held[self._name] = self._make(instance)
            value: T = held[self._name]
            return value
