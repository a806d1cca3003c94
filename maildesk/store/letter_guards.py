"""What PostgreSQL itself refuses of mails that answer nobody, by triggers of migration 0004: an agent's own login holds
no drafts in another's name, and says who the customer of a conversation is only where he begins one himself, before
any mail is on it. SQLite has no logins (``docs/en/security.md``).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

_DENIED = "USING ERRCODE = 'insufficient_privilege'"
_GUARDS: Mapping[str, tuple[str, str]] = {
    "letter_guard": (
        "BEFORE INSERT OR UPDATE ON letter",
        f"""IF new.author_id <> me THEN
              RAISE EXCEPTION 'permission denied: a letter in another''s name' {_DENIED};
            END IF;""",
    ),
    "conversation_begun": (
        "BEFORE UPDATE OF customer_id, customer_name, customer_address, subject ON conversation",
        f"""IF old.messages > 0 OR NOT EXISTS (
                 SELECT 1 FROM letter WHERE conversation_id = new.id AND author_id = me AND kind = 'new') THEN
              RAISE EXCEPTION 'permission denied: the customer of a conversation stays' {_DENIED};
            END IF;""",
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
                DECLARE me integer := (SELECT id FROM agent WHERE login = session_user);
                BEGIN
                  IF me IS NULL THEN RETURN new; END IF;
                  {body}
                  RETURN new;
                END $$"""
        )
        tx.exec_driver_sql(f"CREATE TRIGGER {name}ed {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def remove(tx: Connection) -> None:
    """Drop them."""
    if tx.dialect.name == "postgresql":
        for name in _GUARDS:
            tx.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
