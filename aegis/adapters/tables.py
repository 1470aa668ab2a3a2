"""The tables, the same on SQLite and PostgreSQL; alembic/ makes them, and a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Utc(TypeDecorator[datetime]):
    """An aware UTC time; SQLite stores none, so it is made aware again on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database, always as UTC; a naive time is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

meta = Table("meta", metadata, Column("key", String(80), primary_key=True), Column("value", Text, nullable=False))

projects = Table(
    "projects",
    metadata,
    Column("gid", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("portfolio_gid", String(40), nullable=False, server_default=""),
    Column("permalink_url", Text, nullable=False, server_default=""),
    Column("seen_at", Utc, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("gid", String(40), primary_key=True),
    Column("project_gid", String(40), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("completed", Boolean, nullable=False),
    Column("permalink_url", Text, nullable=False, server_default=""),
    Column("seen_at", Utc, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("configuration", Text, nullable=False, server_default="{}"),
    Column("created_at", Utc, nullable=False),
)

executions = Table(
    "executions",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("run_id", String(40), nullable=False, index=True),
    Column("task_gid", String(40), nullable=False, index=True),
    Column("project_gid", String(40), nullable=False),
    Column("agent", String(80), ForeignKey("agents.name"), nullable=False),
    Column("claim_number", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("session_id", String(40), nullable=False, server_default=""),
    Column("resumed", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("verdict", String(20)),
    Column("ending", String(20)),
    Column("host", String(255), nullable=False),
    Column("run_dir", Text, nullable=False),
    Column("log_file", Text, nullable=False),
    Column("flow_run_id", String(40), nullable=False, server_default=""),
    Column("model", String(120), nullable=False, server_default=""),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("exit_code", Integer),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("input_tokens", BigInteger, nullable=False, server_default="0"),
    Column("output_tokens", BigInteger, nullable=False, server_default="0"),
    Column("cost_usd", Float, nullable=False, server_default="0"),
    Column("outcome", Text),
    Column("content", String(40), nullable=False, server_default=""),  # a hash over the task's text as it was tried
    CheckConstraint("state IN ('running', 'finished', 'interrupted')", name="state"),
    CheckConstraint("cost_usd >= 0", name="cost"),
    Index("ix_executions_ended_at", "ended_at"),
)

questions = Table(
    "questions",
    metadata,
    Column("fingerprint", String(40), primary_key=True),
    Column("project_gid", String(40), nullable=False, index=True),
    Column("gid", String(40)),
    Column("kind", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("asks", Text, nullable=False, server_default=""),
    Column("options", Text, nullable=False, server_default="[]"),
    Column("recommended", Integer, nullable=False, server_default="0"),
    Column("state", String(20), nullable=False),
    Column("answers", Text, nullable=False, server_default="[]"),  # all that were ever given, oldest first
    Column("task_gids", Text, nullable=False, server_default="[]"),
    Column("seen_modified_at", Utc),
    Column("created_at", Utc, nullable=False),
    CheckConstraint("state IN ('asking', 'open', 'answered', 'closed')", name="state"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("target_gid", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("marker", String(120), nullable=False),
    Column("task_gid", String(40), index=True),
    Column("execution_id", String(40), index=True),
    Column("after_id", _Number, ForeignKey("outbox.id")),
    Column("state", String(20), nullable=False, index=True),
    Column("uncertain", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=False, server_default=""),
    Column("next_at", Utc, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", Utc),
    Column("result_gid", String(40)),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),
    CheckConstraint("state IN ('pending', 'sending', 'confirmed', 'parked')", name="state"),
    CheckConstraint(
        "kind IN ('comment', 'edit-comment', 'complete', 'create-task', 'add-dependencies', 'move', 'notify')",
        name="kind",
    ),
    Index(  # a notice is made once, whoever makes it
        "uq_outbox_notice",
        "marker",
        unique=True,
        sqlite_where=text("kind = 'notify'"),
        postgresql_where=text("kind = 'notify'"),
    ),
)

claims = Table(
    "claims",
    metadata,
    Column("task_gid", String(40), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("owner", Text, nullable=False),
    Column("supervisor", Text),
    Column("agent", Text),
    Column("taken_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column(
        "counts", Boolean, nullable=False, server_default="0"
    ),  # towards MAX_CONCURRENT_TASKS: an agent's claim does
    Column("project_gid", String(40), nullable=False, server_default=""),
    Column("about", Text),  # the task as its owner began it, as JSON
    Column("stop", Text),  # a request to its owner, as JSON: stop the agent, and why
)

placements = Table(  # the tasks that stand in a section because Aegis moved them there
    "placements",
    metadata,
    Column("task_gid", String(40), primary_key=True),
    Column("project_gid", String(40), primary_key=True, index=True),
    Column("home_gid", String(40), nullable=False),  # the section in which a person left it
    Column("home_name", Text, nullable=False, server_default=""),
    Column("next_task", String(40), nullable=False, server_default=""),  # its neighbours there
    Column("previous_task", String(40), nullable=False, server_default=""),
    Column("put_gid", String(40), nullable=False),  # where our latest move that Asana confirmed left it
    Column("moving_to", String(40), nullable=False, server_default=""),  # where one that is not confirmed puts it
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("flow", String(40), nullable=False),
    Column("flow_run_id", String(40), nullable=False, server_default="", index=True),
    Column("project_gid", String(40), nullable=False, server_default=""),
    Column("owner", Text, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("report", Text),
    CheckConstraint("state IN ('running', 'ended', 'crashed')", name="state"),
)

watches = Table(
    "watches",
    metadata,
    Column("project_gid", String(40), primary_key=True),
    Column("sync_token", Text),
    Column("snapshot", LargeBinary),
    Column("read_at", Utc),
    Column("swept_at", Utc),
    Column("assessed_at", Utc),
    Column("next_look_at", Utc),
    Column("standing", Text, nullable=False, server_default="{}"),
    Column("waiting_since", Utc),
    Column("started_at", Utc),
    Column("starts", BigInteger, nullable=False, server_default="0"),
    Column("flow_run_id", String(40), nullable=False, server_default=""),
)

holds = Table(
    "holds",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("scope", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc),
    Column("probe_at", Utc),
)

budgets = Table(
    "budgets",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("due_ms", BigInteger, nullable=False),  # when the next request is due at an even pace, epoch milliseconds
)

memories = Table(
    "memories",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("project_gid", String(40), nullable=False, index=True),
    Column("task_gid", String(40)),
    Column("text", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
)

cache = Table(
    "cache",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", Utc),
)
