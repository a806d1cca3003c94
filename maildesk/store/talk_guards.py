"""What PostgreSQL itself refuses of talk and of saved views, by triggers of migration 0004: an agent's own login names
colleagues in his own comments only, marks as read for nobody but himself, and changes no colleague's note, line or
view; a supervisor takes a note or line back, an administrator changes views.
SQLite has no logins (``docs/en/security.md``).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

_DENIED = "USING ERRCODE = 'insufficient_privilege'"


def _refuse(words: str) -> str:
    return f"RAISE EXCEPTION 'permission denied: {words}' {_DENIED};"


_GUARDS: Mapping[str, tuple[str, str]] = {
    "mention_guard": (
        "BEFORE INSERT OR UPDATE ON mention",
        f"""IF TG_OP = 'INSERT' AND NOT EXISTS (
                 SELECT 1 FROM comment WHERE id = new.comment_id AND author_id = me.id) THEN
              {_refuse("a mention stands in a comment of one''s own")}
            END IF;
            IF TG_OP = 'UPDATE' AND old.agent_id <> me.id THEN
              {_refuse("only who is mentioned has read it")}
            END IF;""",
    ),
    "comment_guard": (
        "BEFORE UPDATE ON comment",
        f"""IF new.withdrawn_at IS DISTINCT FROM old.withdrawn_at AND old.author_id <> me.id THEN
              {_refuse("the comment of a colleague")}
            END IF;""",
    ),
    "note_guard": (
        "BEFORE INSERT OR UPDATE ON note",
        f"""IF TG_OP = 'INSERT' AND new.author_id <> me.id THEN {_refuse("a note in another''s name")} END IF;
            IF TG_OP = 'UPDATE' AND old.author_id <> me.id
               AND (me.role = 'agent' OR new.text <> old.text OR new.version <> old.version) THEN
              {_refuse("the note of a colleague")}
            END IF;""",
    ),
    "chat_line_guard": (
        "BEFORE INSERT OR UPDATE ON chat_line",
        f"""IF new.author_id <> me.id THEN {_refuse("a line in another''s name")} END IF;""",
    ),
    "chat_seen_guard": (
        "BEFORE INSERT OR UPDATE ON chat_seen",
        f"""IF new.agent_id <> me.id THEN {_refuse("only who has read says so")} END IF;""",
    ),
    "rules_guard": (
        "BEFORE INSERT OR UPDATE ON rules_page",
        f"""IF me.role = 'agent' OR new.changed_by_id <> me.id THEN
              {_refuse("only who leads writes the rules, and in his own name")}
            END IF;""",
    ),
    "view_guard": (
        "BEFORE INSERT OR UPDATE OR DELETE ON view",
        f"""IF me.role <> 'admin'
               AND (coalesce(new.owner_id, me.id) <> me.id OR coalesce(old.owner_id, me.id) <> me.id) THEN
              {_refuse("the view of a colleague")}
            END IF;""",
    ),
    "note_read_guard": (
        "BEFORE INSERT OR UPDATE ON note_read",
        f"""IF new.agent_id <> me.id THEN {_refuse("only who has read says so")} END IF;""",
    ),
}


def install(tx: Connection) -> None:
    """Make the triggers. Nothing on SQLite."""
    if tx.dialect.name != "postgresql":
        return
    schema = tx.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, (when, body) in _GUARDS.items():
        tx.exec_driver_sql(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = {schema}, pg_temp AS $$
                DECLARE me agent;
                BEGIN
                  SELECT * INTO me FROM agent WHERE login = session_user;
                  IF me.id IS NOT NULL THEN
                  {body}
                  END IF;
                  IF TG_OP = 'DELETE' THEN RETURN old; END IF;
                  RETURN new;
                END $$"""
        )
        tx.exec_driver_sql(f"CREATE TRIGGER {name}ed {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def remove(tx: Connection) -> None:
    """Drop them."""
    if tx.dialect.name == "postgresql":
        for name in _GUARDS:
            tx.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
