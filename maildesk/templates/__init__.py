"""Reply templates: one sandboxed, strict environment; the table of variables; suggestions by keyword.

A template is text with variables (``{{ 顧客名|様 }}``), conditions (``{% if 注文番号 %}``) and filters.
What the desk knows is filled in, what the agent must say stays visible as a gap until it is filled, and no
customer's text is ever obeyed.
"""

from __future__ import annotations

from maildesk.templates.rendering import free_variables, lint, lint_template, render, render_strict
from maildesk.templates.suggestion import suggest
from maildesk.templates.variables import VARIABLES, Variable, variables_for

__all__ = [
    "VARIABLES",
    "Variable",
    "free_variables",
    "lint",
    "lint_template",
    "render",
    "render_strict",
    "suggest",
    "variables_for",
]
