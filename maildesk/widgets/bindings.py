"""The keymap as Textual's bindings."""

from __future__ import annotations

from collections.abc import Callable

from textual.binding import Binding
from textual.dom import DOMNode

from maildesk.keymap import TYPING, Context, Keymap, is_character, standard


def action_name(action_id: str) -> str:
    """The method for an action: ``conversation.done`` calls ``action_conversation_done``."""
    return action_id.replace(".", "_")


def bindings(
    context: Context, keymap: Keymap | None = None, only: Callable[[str], bool] | None = None
) -> list[Binding]:
    """The bindings of ``context``, for a ``BINDINGS`` of a screen or for :func:`rebind`.

    Each calls the method ``action_<id with _ for .>``. Where people type, keys that are characters are left
    to the text. The footer is ours, so nothing is shown in Textual's own; ``only`` limits to some ids.
    """
    keymap = keymap or standard()
    made = []
    for action in keymap.actions(context):
        keys = [key for key in action.keys if context not in TYPING or not is_character(key)]
        if keys and (only is None or only(action.id)):
            made.append(
                Binding(
                    ",".join(keys),
                    action_name(action.id),
                    action.label,
                    show=False,
                    priority=action.priority,
                    tooltip=action.help,
                    id=action.id,
                )
            )
    return made


def rebind(node: DOMNode, context: Context, keymap: Keymap) -> None:
    """Give a screen, widget or app the keys of ``keymap`` for those actions of ``context`` that its class
    binds, or would bind if they had keys by default. Bindings that are not the keymap's stay."""
    own = {b.id for made in type(node)._merge_bindings().key_to_bindings.values() for b in made if b.id}
    for action in standard().actions(context):
        if not action.keys and hasattr(node, f"action_{action_name(action.id)}"):
            own.add(action.id)
    table = node._bindings.key_to_bindings
    fresh = bindings(context, keymap, own.__contains__)
    ours = {action.id for action in keymap.actions(context)} & own
    for key in list(table):
        table[key] = [binding for binding in table[key] if binding.id not in ours]
        if not table[key]:
            del table[key]
    for binding in Binding.make_bindings(fresh):
        table.setdefault(binding.key, []).insert(0, binding)
