"""What the database itself refuses of replies, claims and approvals, on both stores: triggers, installed by migration
0002.

No reply is queued under an address that is none of its conversation's mailboxes (``failures.md`` row 13). No client,
whatever it believes, lets a reply leave that needs an approval and has none, approves its own, or changes a text that
was approved (``failures.md`` row 21); and a claim's token never falls, for it is the fence. On PostgreSQL an agent's
own login moreover takes no claim that is held but as a supervisor with a reason, approves as nobody else, takes no step
of sending, answers the present turn and with the claim, changes no colleague's draft and no files of his replies.

A message that a client of the version before writes gets its row in ``content``, too, or its copy from another folder
would be a second conversation. Changing a statement here needs a migration that installs it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from maildesk.domain.outbox import RESEND_AFTER

_WAYS_OUT = "('queued', 'sending', 'committing')"
_SAME_TEXT = " AND ".join(
    f"""CAST(new."{name}" AS TEXT) = CAST(old."{name}" AS TEXT)"""
    for name in ("from_name", "from_address", "to", "cc", "subject", "body")
)
_APPROVER = "(SELECT 1 FROM agent WHERE id = new.approved_by AND active AND role IN ('supervisor', 'admin'))"
_ALIASES = "lower(CAST(mailbox.aliases AS TEXT))"
_IDENTITY = f"""SELECT 1 FROM mailbox WHERE id = new.mailbox_id
            AND (lower(address) = lower(new.from_address)
                 OR replace({_ALIASES}, '"' || lower(new.from_address) || '"', '') <> {_ALIASES})"""
_LISTED = """SELECT 1 FROM conversation WHERE id = new.conversation_id AND mailbox_id = new.mailbox_id
            UNION ALL SELECT 1 FROM also_in
            WHERE conversation_id = new.conversation_id AND mailbox_id = new.mailbox_id"""
_RULES: tuple[tuple[str, str, str, str], ...] = (
    (
        "from_its_shop",
        "INSERT",
        f"NOT EXISTS ({_IDENTITY}) OR NOT EXISTS ({_LISTED})",
        "a reply leaves in the name of a mailbox of its conversation",
    ),
    (
        "approval_first",
        "INSERT",
        f"""new.approved_by IS NOT NULL OR new.approval AND new.state IN {_WAYS_OUT}
            OR NOT new.approval AND (SELECT needs_approval FROM agent WHERE id = new.author_id)""",
        "a reply of this agent is held until it is approved",
    ),
    (
        "approval_kept",
        "UPDATE",
        f"""new.author_id <> old.author_id OR old.approval AND NOT new.approval
            OR new.approval AND new.state IN {_WAYS_OUT} AND new.approved_by IS NULL""",
        "a reply that needs an approval leaves only with it",
    ),
    (
        "approval_by_another",
        "UPDATE",
        f"""new.approved_by IS NOT NULL AND COALESCE(old.approved_by, 0) <> new.approved_by
            AND (new.approved_by = new.author_id OR NOT EXISTS {_APPROVER} OR new.approved_sha256 = ''
                 OR old.state <> 'held' OR old.held_reason <> 'approval')""",
        "only a supervisor approves, what is held for it, and never his own",
    ),
    (
        "approved_text_kept",
        "UPDATE",
        f"new.approved_by IS NOT NULL AND old.approved_by IS NOT NULL AND NOT ({_SAME_TEXT})",
        "what was approved is not changed",
    ),
)
_FILE_KEPT = "what was approved is not changed"
_TOKEN = """new.token < old.token
            OR new.token = old.token AND new.owner_id IS NOT NULL AND new.owner_id <> COALESCE(old.owner_id, 0)"""
_TOKEN_GROWS = "the token of a claim only grows"
_PERSONS_STEPS = """('held', 'queued'), ('held', 'cancelled'), ('queued', 'held'), ('queued', 'cancelled'),
              ('uncertain', 'sent'), ('uncertain', 'queued'), ('uncertain', 'cancelled'),
              ('failed', 'queued'), ('failed', 'cancelled')"""


_CONTENT = """INSERT INTO content (content_key, message_id) VALUES (new.content_key, new.id)
            ON CONFLICT (content_key) DO NOTHING"""


def _approved(ids: str) -> str:
    return f"SELECT 1 FROM outbox WHERE id IN ({ids}) AND approved_by IS NOT NULL AND state <> 'cancelled'"


_ON_FILES = {
    "INSERT": "new.outbox_id",
    "UPDATE": "new.outbox_id, old.outbox_id",
    "DELETE": "old.outbox_id",
}


def _sqlite() -> Iterator[tuple[str, str]]:
    """Name and text of each trigger."""
    for rule, verb, condition, words in _RULES:
        yield (
            f"outbox_{rule}",
            f"BEFORE {verb} ON outbox WHEN {condition} BEGIN SELECT RAISE(ABORT, '{words}'); END",
        )
    for verb, ids in _ON_FILES.items():
        yield (
            f"file_{verb.lower()}_approved",
            f"BEFORE {verb} ON file WHEN EXISTS ({_approved(ids)}) BEGIN SELECT RAISE(ABORT, '{_FILE_KEPT}'); END",
        )
    yield (
        "claim_token_grows",
        f"BEFORE UPDATE ON claim WHEN {_TOKEN} BEGIN SELECT RAISE(ABORT, '{_TOKEN_GROWS}'); END",
    )
    yield "message_content", f"AFTER INSERT ON message WHEN new.content_key <> '' BEGIN {_CONTENT}; END"


def _refuse(words: str, *values: str) -> str:
    told = ", ".join((f"'permission denied: {words}'", *values))
    return f"RAISE EXCEPTION {told} USING ERRCODE = 'insufficient_privilege';"


def _rules(verb: str) -> str:
    return "\n".join(
        f"IF {condition} THEN {_refuse(words)} END IF;" for _, on, condition, words in _RULES if on == verb
    )


_POSTGRESQL: dict[str, tuple[str, str]] = {
    "outbox_guard": (
        "BEFORE INSERT OR UPDATE ON outbox",
        f"""DECLARE me integer := (SELECT id FROM agent WHERE login = session_user);
            BEGIN
              IF TG_OP = 'INSERT' THEN
                {_rules("INSERT")}
                IF me IS NOT NULL AND new.state NOT IN ('queued', 'held') THEN
                  {_refuse("no agent makes a reply %", "new.state")}
                END IF;
                IF me IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM conversation JOIN claim ON claim.conversation_id = conversation.id
                     WHERE conversation.id = new.conversation_id AND turn = new.turn
                     AND claim.owner_id = me AND claim.token = new.token) THEN
                  {_refuse("% answers the present turn, with its claim", "session_user")}
                END IF;
                RETURN new;
              END IF;
              {_rules("UPDATE")}
              IF me IS NOT NULL AND new.approved_by <> me AND new.approved_by IS DISTINCT FROM old.approved_by THEN
                {_refuse("% cannot approve as agent %", "session_user", "new.approved_by")}
              END IF;
              IF me IS NOT NULL AND old.state <> 'held' AND (new.turn <> old.turn OR new.seq <> old.seq) THEN
                {_refuse("a reply keeps its turn")}
              END IF;
              IF me IS NOT NULL AND old.state = 'uncertain' AND new.state = 'queued'
                 AND old.committing_at > extract(epoch FROM clock_timestamp()) - {RESEND_AFTER.total_seconds()} THEN
                {_refuse("a worker may still deliver it")}
              END IF;
              IF me IS NOT NULL AND new.state <> old.state AND (old.state, new.state) NOT IN ({_PERSONS_STEPS}) THEN
                {_refuse("no agent makes a reply %", "new.state")}
              END IF;
              RETURN new;
            END""",
    ),
    "file_guard": (
        "BEFORE INSERT OR UPDATE OR DELETE ON file",
        # the row is locked: no approval is given between this look and the write
        f"""DECLARE found integer;
                    me integer := (SELECT id FROM agent WHERE login = session_user);
            BEGIN
              IF me IS NOT NULL AND EXISTS (
                   SELECT 1 FROM draft WHERE id IN (new.draft_id, old.draft_id) AND author_id <> me
                   UNION ALL SELECT 1 FROM outbox WHERE id IN (new.outbox_id, old.outbox_id)
                   AND author_id <> me AND state <> 'cancelled') THEN
                {_refuse("files of a colleague")}
              END IF;
              IF TG_OP <> 'DELETE' AND new.outbox_id IS NOT NULL THEN
                PERFORM 1 FROM outbox WHERE id = new.outbox_id FOR NO KEY UPDATE;
                {_approved("new.outbox_id").replace("SELECT 1", "SELECT 1 INTO found", 1)};
              END IF;
              IF found IS NULL AND TG_OP <> 'INSERT' AND old.outbox_id IS NOT NULL THEN
                PERFORM 1 FROM outbox WHERE id = old.outbox_id FOR NO KEY UPDATE;
                {_approved("old.outbox_id").replace("SELECT 1", "SELECT 1 INTO found", 1)};
              END IF;
              IF found IS NOT NULL THEN {_refuse(_FILE_KEPT)} END IF;
              RETURN COALESCE(new, old);
            END""",
    ),
    "draft_guard": (
        "BEFORE UPDATE OR DELETE ON draft",
        # whoever takes a claim over marks the draft of the one who had it as stopped
        f"""DECLARE me integer := (SELECT id FROM agent WHERE login = session_user);
                    marks text[] := '{{stopped, stopped_at, stopped_detail}}';
            BEGIN
              IF me IS NOT NULL AND old.author_id <> me
                 AND (TG_OP = 'DELETE' OR to_jsonb(new) - marks IS DISTINCT FROM to_jsonb(old) - marks) THEN
                {_refuse("the draft of a colleague")}
              END IF;
              RETURN COALESCE(new, old);
            END""",
    ),
    "message_content": (
        "AFTER INSERT ON message",
        f"BEGIN IF new.content_key <> '' THEN {_CONTENT}; END IF; RETURN NULL; END",
    ),
    "claim_guard": (
        "BEFORE UPDATE ON claim",
        f"""DECLARE me agent;
            BEGIN
              IF {_TOKEN} THEN {_refuse(_TOKEN_GROWS)} END IF;
              SELECT * INTO me FROM agent WHERE login = session_user;
              IF me.id IS NOT NULL AND old.owner_id <> me.id AND old.expires_at > extract(epoch FROM clock_timestamp())
                 AND (me.role = 'agent' OR new.owner_id IS DISTINCT FROM me.id OR new.forced_reason = '') THEN
                {_refuse("% cannot take a claim that is held", "session_user")}
              END IF;
              RETURN new;
            END""",
    ),
}


def install(tx: Connection) -> None:
    """Make the triggers."""
    if tx.dialect.name != "postgresql":
        for name, trigger in _sqlite():
            tx.exec_driver_sql(f"CREATE TRIGGER {name} {trigger}")
        return
    schema = tx.execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, (when, body) in _POSTGRESQL.items():
        tx.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ {body} $$".replace(
                "%", "%%"
            )
        )
        tx.exec_driver_sql(f"CREATE TRIGGER {name}ed {when} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for name in (*_POSTGRESQL, "only_as_oneself"):
        # a table of the same name in a session's own pg_temp would be asked first
        tx.exec_driver_sql(f"ALTER FUNCTION {name}() SET search_path = {schema}, pg_temp")


def remove(tx: Connection) -> None:
    """Drop them."""
    if tx.dialect.name == "postgresql":
        for name in _POSTGRESQL:
            tx.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
        return
    for name, _ in _sqlite():
        tx.exec_driver_sql(f"DROP TRIGGER {name}")
