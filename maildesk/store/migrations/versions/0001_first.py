"""the first schema"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('reading', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('(true)'), nullable=False),
    sa.Column('os_user', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent')),
    sa.UniqueConstraint('login', name=op.f('uq_agent_login'))
    )
    op.create_table('counter',
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('mailbox_id', 'status', name=op.f('pk_counter'))
    )
    op.create_table('customer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('reading', sa.String(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer'))
    )
    op.create_table('desk',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.String(), nullable=False),
    sa.Column('min_client', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk'))
    )
    op.create_table('mailbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('short_name', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('aliases', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('folders', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('signature', sa.Text(), nullable=False),
    sa.Column('order_pattern', sa.String(), nullable=False),
    sa.Column('history_days', sa.Integer(), nullable=True),
    sa.Column('imap', sa.JSON(), nullable=True),
    sa.Column('smtp', sa.JSON(), nullable=True),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailbox')),
    sa.UniqueConstraint('name', name=op.f('uq_mailbox_name'))
    )
    op.create_table('raw',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_raw'))
    )
    op.create_table('conversation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('customer_name', sa.String(), nullable=False),
    sa.Column('customer_address', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('waiting_reason', sa.String(), nullable=True),
    sa.Column('waiting_until', sa.Double(), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=True),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('news_version', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.Double(), nullable=False),
    sa.Column('last_message_at', sa.Double(), nullable=False),
    sa.Column('due_at', sa.Double(), nullable=True),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.Column('attachments', sa.Integer(), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('answered', sa.Boolean(), nullable=False),
    sa.Column('bounced', sa.Boolean(), nullable=False),
    sa.Column('snippet', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['assignee_id'], ['agent.id'], name=op.f('fk_conversation_assignee_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_conversation_customer_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_conversation_mailbox_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_conversation_newest', ['last_message_at', 'id'], unique=False)
        batch_op.create_index('ix_conversation_status_newest', ['status', 'last_message_at', 'id'], unique=False)
        batch_op.create_index('ix_conversation_status_priority', ['status', 'priority', 'last_message_at', 'id'], unique=False)

    op.create_table('customer_address',
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customer_address_customer_id')),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_customer_address'))
    )
    with op.batch_alter_table('customer_address', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_address_customer_id'), ['customer_id'], unique=False)

    op.create_table('folder',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('uidvalidity', sa.BigInteger(), nullable=True),
    sa.Column('last_uid', sa.BigInteger(), nullable=False),
    sa.Column('modseq', sa.BigInteger(), nullable=True),
    sa.Column('health', sa.String(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('checked_at', sa.Double(), nullable=True),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_folder_mailbox_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_folder')),
    sa.UniqueConstraint('mailbox_id', 'name', name=op.f('uq_folder_mailbox_id_name'))
    )
    op.create_table('mailbox_secret',
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('wire', sa.String(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_mailbox_secret_mailbox_id')),
    sa.PrimaryKeyConstraint('mailbox_id', 'wire', name=op.f('pk_mailbox_secret'))
    )
    op.create_table('seat',
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('holder', sa.String(), nullable=True),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.Double(), nullable=True),
    sa.Column('wanted_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_seat_mailbox_id')),
    sa.PrimaryKeyConstraint('mailbox_id', name=op.f('pk_seat'))
    )
    op.create_table('template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('reading', sa.String(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('keywords', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.Double(), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['updated_by'], ['agent.id'], name=op.f('fk_template_updated_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_template')),
    sa.UniqueConstraint('name', name=op.f('uq_template_name'))
    )
    op.create_table('claim',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('session', sa.String(), nullable=True),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.Double(), nullable=True),
    sa.Column('expires_at', sa.Double(), nullable=True),
    sa.Column('last_key_at', sa.Double(), nullable=True),
    sa.Column('forced_from', sa.Integer(), nullable=True),
    sa.Column('forced_reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_claim_conversation_id')),
    sa.ForeignKeyConstraint(['forced_from'], ['agent.id'], name=op.f('fk_claim_forced_from')),
    sa.ForeignKeyConstraint(['owner_id'], ['agent.id'], name=op.f('fk_claim_owner_id')),
    sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_claim'))
    )
    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.create_index('ix_claim_live', ['expires_at'], unique=False, sqlite_where=sa.text('owner_id IS NOT NULL'), postgresql_where=sa.text('owner_id IS NOT NULL'))

    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=True),
    sa.Column('outbox_id', sa.Integer(), nullable=True),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('detail', sa.JSON(), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['agent.id'], name=op.f('fk_event_actor_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_event_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index('ix_event_conversation', ['conversation_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_outbox_id'), ['outbox_id'], unique=False)

    op.create_table('label',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_label_conversation_id')),
    sa.PrimaryKeyConstraint('conversation_id', 'name', name=op.f('pk_label'))
    )
    with op.batch_alter_table('label', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_label_name'), ['name'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('raw_id', sa.Integer(), nullable=True),
    sa.Column('outbox_id', sa.Integer(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('header_date', sa.Double(), nullable=True),
    sa.Column('from_name', sa.String(), nullable=False),
    sa.Column('from_address', sa.String(), nullable=False),
    sa.Column('to', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('cc', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('reply_to', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('in_reply_to', sa.Text(), nullable=False),
    sa.Column('refs', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('automatic', sa.String(), nullable=True),
    sa.Column('bounce', sa.JSON(), nullable=True),
    sa.Column('quarantined', sa.Boolean(), nullable=False),
    sa.Column('joined_by', sa.String(), nullable=False),
    sa.Column('content_key', sa.String(), nullable=False),
    sa.Column('files', sa.JSON(), server_default='[]', nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['agent.id'], name=op.f('fk_message_author_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_message_conversation_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_message_mailbox_id')),
    sa.ForeignKeyConstraint(['raw_id'], ['raw.id'], name=op.f('fk_message_raw_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_content_key', ['mailbox_id', 'content_key'], unique=False)
        batch_op.create_index('ix_message_conversation', ['conversation_id', 'at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_message_id'), ['message_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_outbox_id'), ['outbox_id'], unique=False)

    op.create_table('missing_parent',
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_missing_parent_conversation_id')),
    sa.PrimaryKeyConstraint('message_id', 'conversation_id', name=op.f('pk_missing_parent'))
    )
    op.create_table('participant',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_participant_conversation_id')),
    sa.PrimaryKeyConstraint('conversation_id', 'address', name=op.f('pk_participant'))
    )
    op.create_table('presence',
    sa.Column('session', sa.String(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_presence_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_presence_conversation_id')),
    sa.PrimaryKeyConstraint('session', name=op.f('pk_presence'))
    )
    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_presence_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('seen',
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_seen_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_seen_conversation_id')),
    sa.PrimaryKeyConstraint('agent_id', 'conversation_id', name=op.f('pk_seen'))
    )
    op.create_table('template_version',
    sa.Column('template_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('updated_at', sa.Double(), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['template_id'], ['template.id'], name=op.f('fk_template_version_template_id')),
    sa.ForeignKeyConstraint(['updated_by'], ['agent.id'], name=op.f('fk_template_version_updated_by')),
    sa.PrimaryKeyConstraint('template_id', 'version', name=op.f('pk_template_version'))
    )
    op.create_table('watch',
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_watch_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_watch_conversation_id')),
    sa.PrimaryKeyConstraint('conversation_id', 'agent_id', name=op.f('pk_watch'))
    )
    op.create_table('comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['agent.id'], name=op.f('fk_comment_author_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_comment_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_comment_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment'))
    )
    with op.batch_alter_table('comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_comment_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('to', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('cc', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('cursor_line', sa.Integer(), nullable=False),
    sa.Column('cursor_column', sa.Integer(), nullable=False),
    sa.Column('template_id', sa.Integer(), nullable=True),
    sa.Column('template_version', sa.Integer(), nullable=True),
    sa.Column('in_reply_to', sa.Integer(), nullable=True),
    sa.Column('saved_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['agent.id'], name=op.f('fk_draft_author_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_draft_conversation_id')),
    sa.ForeignKeyConstraint(['in_reply_to'], ['message.id'], name=op.f('fk_draft_in_reply_to')),
    sa.ForeignKeyConstraint(['template_id'], ['template.id'], name=op.f('fk_draft_template_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
    sa.UniqueConstraint('conversation_id', 'author_id', name=op.f('uq_draft_conversation_id_author_id'))
    )
    op.create_table('location',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('folder_id', sa.Integer(), nullable=False),
    sa.Column('uidvalidity', sa.BigInteger(), nullable=False),
    sa.Column('uid', sa.BigInteger(), nullable=False),
    sa.Column('raw_id', sa.Integer(), nullable=True),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('result', sa.String(), nullable=False),
    sa.Column('received_at', sa.Double(), nullable=True),
    sa.Column('gone_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['folder_id'], ['folder.id'], name=op.f('fk_location_folder_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_location_message_id')),
    sa.ForeignKeyConstraint(['raw_id'], ['raw.id'], name=op.f('fk_location_raw_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_location')),
    sa.UniqueConstraint('folder_id', 'uidvalidity', 'uid', name=op.f('uq_location_folder_id_uidvalidity_uid'))
    )
    with op.batch_alter_table('location', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_location_message_id'), ['message_id'], unique=False)
        batch_op.create_index('ix_location_pending', ['folder_id', 'uid'], unique=False, sqlite_where=sa.text("result = 'pending'"), postgresql_where=sa.text("result = 'pending'"))

    op.create_table('message_body',
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('folded', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_message_body_message_id')),
    sa.PrimaryKeyConstraint('message_id', name=op.f('pk_message_body'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.String(), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('epoch', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.Double(), nullable=False),
    sa.Column('lease_by', sa.String(), nullable=True),
    sa.Column('lease_until', sa.Double(), nullable=True),
    sa.Column('committing_at', sa.Double(), nullable=True),
    sa.Column('queued_at', sa.Double(), nullable=False),
    sa.Column('sent_at', sa.Double(), nullable=True),
    sa.Column('filed_at', sa.Double(), nullable=True),
    sa.Column('filing_tries', sa.Integer(), nullable=False),
    sa.Column('filing_after', sa.Double(), nullable=True),
    sa.Column('last_reply', sa.Text(), nullable=False),
    sa.Column('refused', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('from_name', sa.String(), nullable=False),
    sa.Column('from_address', sa.String(), nullable=False),
    sa.Column('to', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('cc', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('in_reply_to', sa.Text(), nullable=False),
    sa.Column('refs', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('answers', sa.Integer(), nullable=True),
    sa.Column('template_id', sa.Integer(), nullable=True),
    sa.Column('template_version', sa.Integer(), nullable=True),
    sa.Column('before_status', sa.String(), nullable=False),
    sa.Column('before_reason', sa.String(), nullable=True),
    sa.Column('cursor_line', sa.Integer(), nullable=False),
    sa.Column('cursor_column', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answers'], ['message.id'], name=op.f('fk_outbox_answers')),
    sa.ForeignKeyConstraint(['author_id'], ['agent.id'], name=op.f('fk_outbox_author_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_outbox_conversation_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_outbox_mailbox_id')),
    sa.ForeignKeyConstraint(['template_id'], ['template.id'], name=op.f('fk_outbox_template_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('message_id', name=op.f('uq_outbox_message_id')),
    sa.UniqueConstraint('request_id', name=op.f('uq_outbox_request_id'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_state', ['state', 'not_before', 'id'], unique=False)
        batch_op.create_index('one_answer', ['conversation_id', 'turn', 'kind', 'seq'], unique=True, sqlite_where=sa.text("state NOT IN ('cancelled', 'failed')"), postgresql_where=sa.text("state NOT IN ('cancelled', 'failed')"))

    op.create_table('file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=True),
    sa.Column('outbox_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_file_draft_id')),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_file_outbox_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file'))
    )
    with op.batch_alter_table('file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_file_draft_id'), ['draft_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_file_outbox_id'), ['outbox_id'], unique=False)

    op.create_table('outbox_mime',
    sa.Column('outbox_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_outbox_mime_outbox_id')),
    sa.PrimaryKeyConstraint('outbox_id', name=op.f('pk_outbox_mime'))
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        op.execute(statement)


FIRST_NUMBER = 1001

SQLITE = (
    f"INSERT INTO sqlite_sequence (name, seq) VALUES ('conversation', {FIRST_NUMBER - 1})",
    """CREATE TRIGGER conversation_counted AFTER INSERT ON conversation BEGIN
         INSERT INTO counter (mailbox_id, status, n) VALUES (new.mailbox_id, new.status, 1)
         ON CONFLICT (mailbox_id, status) DO UPDATE SET n = n + 1;
       END""",
    """CREATE TRIGGER conversation_recounted AFTER UPDATE OF status, mailbox_id ON conversation
       WHEN old.status <> new.status OR old.mailbox_id <> new.mailbox_id BEGIN
         UPDATE counter SET n = n - 1 WHERE mailbox_id = old.mailbox_id AND status = old.status;
         INSERT INTO counter (mailbox_id, status, n) VALUES (new.mailbox_id, new.status, 1)
         ON CONFLICT (mailbox_id, status) DO UPDATE SET n = n + 1;
       END""",
    """CREATE TRIGGER conversation_uncounted AFTER DELETE ON conversation BEGIN
         UPDATE counter SET n = n - 1 WHERE mailbox_id = old.mailbox_id AND status = old.status;
       END""",
    """CREATE TRIGGER event_kept BEFORE UPDATE ON event BEGIN
         SELECT RAISE(ABORT, 'events are append-only');
       END""",
    """CREATE TRIGGER event_not_deleted BEFORE DELETE ON event BEGIN
         SELECT RAISE(ABORT, 'events are append-only');
       END""",
)

POSTGRESQL = (
    # mail does not get smaller by PostgreSQL's own compression, only slower
    *(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL" for table in ("raw", "outbox_mime", "file")),
    f"ALTER SEQUENCE conversation_id_seq RESTART WITH {FIRST_NUMBER}",
    """CREATE FUNCTION conversation_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       BEGIN
         IF TG_OP = 'UPDATE' THEN
           IF old.status <> new.status OR old.mailbox_id <> new.mailbox_id THEN
             -- in one order for everybody: two that wait for each other's row would cost a second, then an error
             INSERT INTO counter (mailbox_id, status, n)
             SELECT m, s, d FROM (VALUES (old.mailbox_id, old.status, -1), (new.mailbox_id, new.status, 1)) AS v (m, s, d)
             ORDER BY m, s
             ON CONFLICT (mailbox_id, status) DO UPDATE SET n = counter.n + excluded.n;
           END IF;
         ELSIF TG_OP = 'INSERT' THEN
           INSERT INTO counter (mailbox_id, status, n) VALUES (new.mailbox_id, new.status, 1)
           ON CONFLICT (mailbox_id, status) DO UPDATE SET n = counter.n + 1;
         ELSE
           UPDATE counter SET n = n - 1 WHERE mailbox_id = old.mailbox_id AND status = old.status;
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER conversation_counted AFTER INSERT OR DELETE OR UPDATE OF status, mailbox_id ON conversation
       FOR EACH ROW EXECUTE FUNCTION conversation_count()""",
    """CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'events are append-only'; END $$""",
    "CREATE TRIGGER event_kept BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_append_only()",
    # who is signed in as an agent writes in nobody else's name, whatever program he uses
    """CREATE FUNCTION only_as_oneself() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
       DECLARE
         me integer := (SELECT id FROM agent WHERE login = session_user);
         writer integer := (to_jsonb(new) ->> TG_ARGV[0])::integer;
       BEGIN
         IF me IS NOT NULL AND writer IS NOT NULL AND writer <> me
            AND (TG_OP = 'INSERT' OR (to_jsonb(old) ->> TG_ARGV[0])::integer IS DISTINCT FROM writer) THEN
           RAISE EXCEPTION 'permission denied: % cannot write as agent %', session_user, writer
             USING ERRCODE = 'insufficient_privilege';
         END IF;
         RETURN new;
       END $$""",
    *(
        f"""CREATE TRIGGER {table}_only_as_oneself BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION only_as_oneself('{column}')"""
        for table, column in (
            ("event", "actor_id"),
            ("comment", "author_id"),
            ("draft", "author_id"),
            ("outbox", "author_id"),
            ("claim", "owner_id"),
            ("seen", "agent_id"),
            ("presence", "agent_id"),
        )
    ),
)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION conversation_count CASCADE")
        op.execute("DROP FUNCTION event_append_only CASCADE")
        op.execute("DROP FUNCTION only_as_oneself CASCADE")
    op.drop_table('outbox_mime')
    with op.batch_alter_table('file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_file_outbox_id'))
        batch_op.drop_index(batch_op.f('ix_file_draft_id'))

    op.drop_table('file')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('one_answer', sqlite_where=sa.text("state NOT IN ('cancelled', 'failed')"), postgresql_where=sa.text("state NOT IN ('cancelled', 'failed')"))
        batch_op.drop_index('ix_outbox_state')

    op.drop_table('outbox')
    op.drop_table('message_body')
    with op.batch_alter_table('location', schema=None) as batch_op:
        batch_op.drop_index('ix_location_pending', sqlite_where=sa.text("result = 'pending'"), postgresql_where=sa.text("result = 'pending'"))
        batch_op.drop_index(batch_op.f('ix_location_message_id'))

    op.drop_table('location')
    op.drop_table('draft')
    with op.batch_alter_table('comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comment_conversation_id'))

    op.drop_table('comment')
    op.drop_table('watch')
    op.drop_table('template_version')
    op.drop_table('seen')
    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_presence_conversation_id'))

    op.drop_table('presence')
    op.drop_table('participant')
    op.drop_table('missing_parent')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_outbox_id'))
        batch_op.drop_index(batch_op.f('ix_message_message_id'))
        batch_op.drop_index('ix_message_conversation')
        batch_op.drop_index('ix_message_content_key')

    op.drop_table('message')
    with op.batch_alter_table('label', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_label_name'))

    op.drop_table('label')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_outbox_id'))
        batch_op.drop_index('ix_event_conversation')

    op.drop_table('event')
    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.drop_index('ix_claim_live', sqlite_where=sa.text('owner_id IS NOT NULL'), postgresql_where=sa.text('owner_id IS NOT NULL'))

    op.drop_table('claim')
    op.drop_table('template')
    op.drop_table('seat')
    op.drop_table('mailbox_secret')
    op.drop_table('folder')
    with op.batch_alter_table('customer_address', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_customer_address_customer_id'))

    op.drop_table('customer_address')
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.drop_index('ix_conversation_status_priority')
        batch_op.drop_index('ix_conversation_status_newest')
        batch_op.drop_index('ix_conversation_newest')
        batch_op.drop_index(batch_op.f('ix_conversation_customer_id'))

    op.drop_table('conversation')
    op.drop_table('raw')
    op.drop_table('mailbox')
    op.drop_table('desk')
    op.drop_table('customer')
    op.drop_table('counter')
    op.drop_table('agent')
