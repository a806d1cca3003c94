"""Recipients as people type them into a field."""

from __future__ import annotations

from collections.abc import Iterator

from maildesk.domain.address import Address, is_valid, unique


class NotAnAddress(ValueError):
    """A part of the field is no address; ``text`` is that part."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def parse(field: str) -> tuple[Address, ...]:
    """The addresses in ``field``: ``name <address>`` or bare, with commas, semicolons or 、 between; each once.

    Raises NotAnAddress for the first part that cannot be written into an envelope.
    """
    found = []
    for part in _parts(field):
        name, address = _split(part)
        if not is_valid(address):
            raise NotAnAddress(part)
        found.append(Address(name, address))
    return unique(found)


def _parts(field: str) -> Iterator[str]:
    part, quoted, angle = "", False, False
    for char in field:
        if char == '"':
            quoted = not quoted
        elif char in "<>" and not quoted:
            angle = char == "<"
        if char in ",;、，" and not quoted and not angle:
            if part.strip():
                yield part.strip()
            part = ""
        else:
            part += char
    if part.strip():
        yield part.strip()


def _split(part: str) -> tuple[str, str]:
    if part.endswith(">") and "<" in part:
        name, _, address = part[:-1].rpartition("<")
        name = name.strip()
        if len(name) > 1 and name[0] == name[-1] == '"':
            name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        return name, address.strip()
    return "", part
