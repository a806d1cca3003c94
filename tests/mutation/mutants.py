"""Taking a guard out of the running program: a function is compiled anew from its source with one piece changed."""

from __future__ import annotations

import contextlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any


def changed(function: Callable[..., Any], *pieces: tuple[str, str]) -> FunctionType:
    """``function`` with each old piece replaced by its new one; an old piece must be there exactly once, or the mutant
    means nothing."""
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in pieces:
        assert source.count(old) == 1, f"{function.__qualname__}: {old!r} is there {source.count(old)} times"
        source = source.replace(old, new)
    module = sys.modules[function.__module__]
    namespace: dict[str, Any] = {}
    code = compile("from __future__ import annotations\n" + source, module.__file__ or "", "exec")
    exec(code, module.__dict__, namespace)
    made = namespace[function.__name__]
    assert isinstance(made, FunctionType)
    return made


@contextlib.contextmanager
def mutant(function: Callable[..., Any], *pieces: tuple[str, str]) -> Iterator[None]:
    """Every module of maildesk that has ``function`` has the changed one meanwhile."""
    made = changed(function, *pieces)
    places = [
        (module, word)
        for name, module in list(sys.modules.items())
        if name.startswith("maildesk")
        for word, value in list(vars(module).items())
        if value is function
    ]
    assert places
    try:
        for place, word in places:
            setattr(place, word, made)
        yield
    finally:
        for place, word in places:
            setattr(place, word, function)
