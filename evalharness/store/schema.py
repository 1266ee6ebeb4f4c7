"""The tables. No query here: the rooms' other files have those.

One schema for SQLite and PostgreSQL. Times on a recording's clock are nanoseconds in BIGINT; JSON
is JSONB where there is one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
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
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON().with_variant(JSONB(), "postgresql")
Key = Integer().with_variant(BigInteger(), "postgresql")
"""An INTEGER primary key counts by itself in SQLite; PostgreSQL gets room for billions."""


class Moment(TypeDecorator[datetime]):
    """A point in time, aware and in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Sha256 = String(64)


def _owned(table: str, *, key: bool = False) -> Column[int]:
    """A reference to the row this one goes away with; `key`: a part of the primary key."""
    owner = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(f"{table}_id", Key, owner, primary_key=key, nullable=False)


dataset = Table(
    "dataset",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content_sha256", Sha256, nullable=False, unique=True),
    Column("manifest", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
)

scenario = Table(
    "scenario",
    metadata,
    Column("id", Key, primary_key=True),
    _owned("dataset"),
    Column("key", Text, nullable=False, comment="its id in the files"),
    Column("position", Integer, nullable=False),
    Column("content_sha256", Sha256, nullable=False),
    Column("script", Json, nullable=False),
    UniqueConstraint("dataset_id", "key"),
)

variant = Table(
    "variant",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content_sha256", Sha256, nullable=False, unique=True),
    Column("config", Json, nullable=False, comment="without secrets"),
)

run = Table(
    "run",
    metadata,
    Column("id", String(16), primary_key=True, comment="r-7f3a"),
    Column("dataset_id", Key, ForeignKey("dataset.id"), nullable=False),
    Column("variant_id", Key, ForeignKey("variant.id"), nullable=False),
    Column("label", Text),
    Column("state", String(16), nullable=False, comment="running, complete or interrupted"),
    Column("repeats", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("options", Json, nullable=False),
    Column("provenance", Json, nullable=False, comment="versions and machine"),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("number", Integer, nullable=False, unique=True, comment="order of creation"),
)

recording = Table(
    "recording",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(40), nullable=False, unique=True),
    Column("trial_id", Key, ForeignKey("trial.id", ondelete="CASCADE")),
    Column("attempt", Integer, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("parent_id", Key, ForeignKey("recording.id", ondelete="SET NULL")),
    Column("target", Text),
    Column("dialect", String(16), nullable=False),
    Column("model", Text),
    Column("started_at", Moment, nullable=False),
    Column("duration_ns", BigInteger),
    Column("state", String(16), nullable=False, comment="open, complete or damaged"),
    Column("header", Json, nullable=False),
    Column("close", Json),
    Column("health", Json),
)

trial = Table(
    "trial",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run_id", String(16), ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    Column("scenario_id", Key, ForeignKey("scenario.id"), nullable=False),
    Column("repeat", Integer, nullable=False),
    Column(
        "state",
        String(16),
        nullable=False,
        comment="planned, running, scored, failed, invalid or skipped",
    ),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("lease_until", Moment),
    # No foreign key: recording.trial_id points back, and each attempt has a recording of its own.
    Column("recording_id", Key, comment="the recording of the attempt that counts"),
    Column("error", Json),
    UniqueConstraint("run_id", "scenario_id", "repeat"),
)

frame = Table(
    "frame",
    metadata,
    _owned("recording", key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("due_ns", BigInteger, comment="when the pacer meant to send it"),
    Column(
        "side", String(6), nullable=False, comment="client or server; empty: a canonical append"
    ),
    Column("type", Text, comment="NULL: a canonical append, or as the payload says"),
    Column("event_id", Text),
    Column("item_id", Text),
    Column("response_id", Text),
    Column("payload", Text, comment="the text without its base64; NULL: a canonical append"),
    Column("audio_at", Integer, comment="where in the payload the base64 stood"),
    Column("track", String(16)),
    Column("audio_offset", BigInteger),
    Column("audio_bytes", Integer),
    Column("binary", Boolean),
    sqlite_with_rowid=False,
)

mark = Table(
    "mark",
    metadata,
    _owned("recording", key=True),
    Column("n", Integer, primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("turn", Integer),
    Column("detail", Json, nullable=False),
)

audio = Table(
    "audio",
    metadata,
    _owned("recording", key=True),
    Column("track", String(16), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("format", String(16), nullable=False),
    Column("rate", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

session_config = Table(
    "session_config",
    metadata,
    _owned("recording", key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("requested", Json),
    Column("effective", Json),
    Column("diff", Json, nullable=False),
    Column("error", Json),
)

scoring_spec = Table(
    "scoring_spec",
    metadata,
    Column("sha256", Sha256, primary_key=True),
    Column("spec", Json, nullable=False),
)

score = Table(
    "score",
    metadata,
    Column("id", Key, primary_key=True),
    _owned("trial"),
    Column("recording_id", Key, ForeignKey("recording.id", ondelete="CASCADE")),
    Column("turn", Integer),
    Column("scorer", String(32), nullable=False),
    Column("metric", String(48), nullable=False),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("value", Float),
    Column("detail", Json, nullable=False),
    Column("spec_sha256", Sha256, ForeignKey("scoring_spec.sha256"), nullable=False),
    Index(None, "trial_id", "metric"),
)

baseline = Table(
    "baseline",
    metadata,
    Column("dataset_name", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("run_id", String(16), ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
)

tag = Table(
    "tag",
    metadata,
    Column("run_id", String(16), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Text, primary_key=True),
)
