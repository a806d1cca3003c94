"""The JSON Schema of the configuration file, for editors that complete and check TOML."""

from __future__ import annotations

from typing import Any

from maildesk.config import SECTIONS, SETTINGS, Setting

_KEY = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _words(known: list[str] | None = None) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": known} if known else {"type": "string"}}


def _of(setting: Setting) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "number": {"type": "number", "minimum": setting.low, "maximum": setting.high},
        "switch": {"type": "boolean"},
        "choice": {"enum": list(setting.choices)},
        "several": {"anyOf": [{"type": "string"}, _words(list(setting.choices))]},
        "command": {"anyOf": [{"type": "string"}, _words()]},
    }
    found = kinds.get(setting.kind, {"type": "string"})
    return {**found, "description": setting.description, "default": setting.default}


def schema(actions: dict[str, str]) -> dict[str, Any]:
    """The schema; ``actions`` are the ids of the keymap with what they do."""
    sections: dict[str, Any] = {}
    for section in SECTIONS:
        entries = {
            setting.key.partition(".")[2]: _of(setting)
            for setting in SETTINGS
            if setting.key.startswith(f"{section}.")
        }
        sections[section] = {"type": "object", "properties": entries, "additionalProperties": False}
    sections["keys"]["properties"] |= {
        action: {**_KEY, "description": words} for action, words in actions.items()
    }
    sections["keys"]["additionalProperties"] = {"type": "object"}
    profile = {"type": "object", "properties": sections, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "maildesk config.toml",
        "type": "object",
        "properties": {**sections, "profiles": {"type": "object", "additionalProperties": profile}},
        "additionalProperties": False,
    }
