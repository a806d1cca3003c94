"""The use cases: what every front end may call, one module per noun, gathered in :class:`Desk`."""

from maildesk.desk.desk import Desk

__all__ = ["Desk"]
