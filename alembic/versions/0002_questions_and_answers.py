"""Questions have one cause whatever the project, options and answers; the outbox knows notices

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATES = "state IN ('asking', 'open', 'answered', 'closed')"
_KINDS = "kind IN ('comment', 'complete', 'create-task', 'add-dependencies')"
_KINDS_AND_NOTICES = "kind IN ('comment', 'complete', 'create-task', 'add-dependencies', 'notify')"
_NOTICE = sa.text("kind = 'notify'")
_OUTBOX = (
    "id, kind, target_gid, payload, marker, task_gid, execution_id, after_id, state, uncertain, attempts, error, "
    "next_at, lease_owner, lease_until, result_gid, created_at, ended_at"
)


def upgrade() -> None:
    _set_aside("questions")
    op.create_table(
        "questions",
        sa.Column("fingerprint", sa.String(length=40), nullable=False),
        sa.Column("project_gid", sa.String(length=40), nullable=False),
        sa.Column("gid", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), server_default="", nullable=False),
        sa.Column("options", sa.Text(), server_default="[]", nullable=False),
        sa.Column("recommended", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.Text(), server_default="[]", nullable=False),
        sa.Column("task_gids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("seen_modified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_questions_state")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_project_gid"), ["project_gid"], unique=False)
    columns = "fingerprint, project_gid, gid, kind, name, state, task_gids, created_at"
    op.execute(
        f"INSERT INTO questions ({columns}) SELECT {columns} FROM aside_questions AS one WHERE NOT EXISTS "
        "(SELECT 1 FROM aside_questions AS other "
        "WHERE other.fingerprint = one.fingerprint AND other.project_gid < one.project_gid)"
    )
    op.execute("DROP TABLE aside_questions")
    _change_kinds(_KINDS_AND_NOTICES)
    op.create_index(
        "uq_outbox_notice", "outbox", ["marker"], unique=True, sqlite_where=_NOTICE, postgresql_where=_NOTICE
    )


def downgrade() -> None:
    op.drop_index("uq_outbox_notice", table_name="outbox")
    op.execute("DELETE FROM outbox WHERE kind = 'notify'")
    _change_kinds(_KINDS)
    _set_aside("questions")
    op.create_table(
        "questions",
        sa.Column("fingerprint", sa.String(length=40), nullable=False),
        sa.Column("project_gid", sa.String(length=40), nullable=False),
        sa.Column("gid", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("task_gids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_questions_state")),
        sa.PrimaryKeyConstraint("project_gid", "fingerprint", name=op.f("pk_questions")),
    )
    columns = "fingerprint, project_gid, gid, kind, name, state, task_gids, created_at"
    op.execute(f"INSERT INTO questions ({columns}) SELECT {columns} FROM aside_questions")
    op.execute("DROP TABLE aside_questions")


def _set_aside(table: str) -> None:
    """Keep a table's rows in one without constraints; the names of its constraints are free then."""
    op.execute(f"CREATE TABLE aside_{table} AS SELECT * FROM {table}")
    op.drop_table(table)


def _change_kinds(kinds: str) -> None:
    """Another check of the outbox's kinds. SQLite cannot change one, so the table is made anew there."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_outbox_kind"), "outbox", type_="check")
        op.create_check_constraint(op.f("ck_outbox_kind"), "outbox", kinds)
        return
    _set_aside("outbox")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("target_gid", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("marker", sa.String(length=120), nullable=False),
        sa.Column("task_gid", sa.String(length=40), nullable=True),
        sa.Column("execution_id", sa.String(length=40), nullable=True),
        sa.Column("after_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_gid", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(kinds, name=op.f("ck_outbox_kind")),
        sa.CheckConstraint("state IN ('pending', 'sending', 'confirmed', 'parked')", name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(["after_id"], ["outbox.id"], name=op.f("fk_outbox_after_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_execution_id"), ["execution_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_task_gid"), ["task_gid"], unique=False)
    op.execute(f"INSERT INTO outbox ({_OUTBOX}) SELECT {_OUTBOX} FROM aside_outbox ORDER BY id")
    op.execute("DROP TABLE aside_outbox")
