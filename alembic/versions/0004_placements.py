"""Where Aegis put tasks, what a task read like when it was tried; the outbox knows moves and edited comments

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('comment', 'complete', 'create-task', 'add-dependencies', 'notify')"
_KINDS_AND_MOVES = (
    "kind IN ('comment', 'edit-comment', 'complete', 'create-task', 'add-dependencies', 'move', 'notify')"
)
_NOTICE = sa.text("kind = 'notify'")
_OUTBOX = (
    "id, kind, target_gid, payload, marker, task_gid, execution_id, after_id, state, uncertain, attempts, error, "
    "next_at, lease_owner, lease_until, result_gid, created_at, ended_at"
)


def upgrade() -> None:
    op.create_table(
        "placements",
        sa.Column("task_gid", sa.String(length=40), nullable=False),
        sa.Column("project_gid", sa.String(length=40), nullable=False),
        sa.Column("home_gid", sa.String(length=40), nullable=False),
        sa.Column("home_name", sa.Text(), server_default="", nullable=False),
        sa.Column("next_task", sa.String(length=40), server_default="", nullable=False),
        sa.Column("previous_task", sa.String(length=40), server_default="", nullable=False),
        sa.Column("put_gid", sa.String(length=40), nullable=False),
        sa.Column("moving_to", sa.String(length=40), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("task_gid", "project_gid", name=op.f("pk_placements")),
    )
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placements_project_gid"), ["project_gid"], unique=False)
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", sa.String(length=40), server_default="", nullable=False))
    _change_kinds(_KINDS_AND_MOVES)


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind IN ('edit-comment', 'move')")
    _change_kinds(_KINDS)
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_column("content")
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placements_project_gid"))
    op.drop_table("placements")


def _change_kinds(kinds: str) -> None:
    """Another check of the outbox's kinds. SQLite cannot change one, so the table is made anew there."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_outbox_kind"), "outbox", type_="check")
        op.create_check_constraint(op.f("ck_outbox_kind"), "outbox", kinds)
        return
    op.execute("CREATE TABLE aside_outbox AS SELECT * FROM outbox")
    op.drop_table("outbox")
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
    op.create_index(
        "uq_outbox_notice", "outbox", ["marker"], unique=True, sqlite_where=_NOTICE, postgresql_where=_NOTICE
    )
    op.execute(f"INSERT INTO outbox ({_OUTBOX}) SELECT {_OUTBOX} FROM aside_outbox ORDER BY id")
    op.execute("DROP TABLE aside_outbox")
