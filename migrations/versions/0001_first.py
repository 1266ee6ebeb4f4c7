"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("content_sha256", name=op.f("uq_dataset_content_sha256")),
    )
    op.create_table(
        "scoring_spec",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_scoring_spec")),
    )
    op.create_table(
        "variant",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("config", JSON, nullable=False, comment="without secrets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("content_sha256", name=op.f("uq_variant_content_sha256")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(length=16), nullable=False, comment="r-7f3a"),
        sa.Column("dataset_id", KEY, nullable=False),
        sa.Column("variant_id", KEY, nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
            comment="running, complete or interrupted",
        ),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("provenance", JSON, nullable=False, comment="versions and machine"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False, comment="order of creation"),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_run_dataset_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_run_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("number", name=op.f("uq_run_number")),
    )
    op.create_table(
        "scenario",
        sa.Column("id", KEY, nullable=False),
        sa.Column("dataset_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="its id in the files"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("script", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_scenario_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("dataset_id", "key", name=op.f("uq_scenario_dataset_id_key")),
    )
    op.create_table(
        "baseline",
        sa.Column("dataset_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_baseline_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset_name", "name", name=op.f("pk_baseline")),
    )
    op.create_table(
        "tag",
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_tag_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "tag", name=op.f("pk_tag")),
    )
    op.create_table(
        "trial",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", sa.String(length=16), nullable=False),
        sa.Column("scenario_id", KEY, nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=16),
            nullable=False,
            comment="planned, running, scored, failed, invalid or skipped",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column(
            "recording_id", KEY, nullable=True, comment="the recording of the attempt that counts"
        ),
        sa.Column("error", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_trial_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenario.id"], name=op.f("fk_trial_scenario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint(
            "run_id", "scenario_id", "repeat", name=op.f("uq_trial_run_id_scenario_id_repeat")
        ),
    )
    op.create_table(
        "recording",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("trial_id", KEY, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("dialect", sa.String(length=16), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("duration_ns", sa.BigInteger(), nullable=True),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="open, complete or damaged"
        ),
        sa.Column("header", JSON, nullable=False),
        sa.Column("close", JSON, nullable=True),
        sa.Column("health", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["recording.id"],
            name=op.f("fk_recording_parent_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name=op.f("fk_recording_trial_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("key", name=op.f("uq_recording_key")),
    )
    op.create_table(
        "audio",
        sa.Column("recording_id", KEY, nullable=False),
        sa.Column("track", sa.String(length=16), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_audio_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", "track", "part", name=op.f("pk_audio")),
    )
    op.create_table(
        "frame",
        sa.Column("recording_id", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column(
            "due_ns", sa.BigInteger(), nullable=True, comment="when the pacer meant to send it"
        ),
        sa.Column(
            "side",
            sa.String(length=6),
            nullable=False,
            comment="client or server; empty: a canonical append",
        ),
        sa.Column(
            "type",
            sa.Text(),
            nullable=True,
            comment="NULL: a canonical append, or as the payload says",
        ),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("response_id", sa.Text(), nullable=True),
        sa.Column(
            "payload",
            sa.Text(),
            nullable=True,
            comment="the text without its base64; NULL: a canonical append",
        ),
        sa.Column(
            "audio_at", sa.Integer(), nullable=True, comment="where in the payload the base64 stood"
        ),
        sa.Column("track", sa.String(length=16), nullable=True),
        sa.Column("audio_offset", sa.BigInteger(), nullable=True),
        sa.Column("audio_bytes", sa.Integer(), nullable=True),
        sa.Column("binary", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_frame_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", "seq", name=op.f("pk_frame")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mark",
        sa.Column("recording_id", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_mark_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", "n", name=op.f("pk_mark")),
    )
    op.create_table(
        "score",
        sa.Column("id", KEY, nullable=False),
        sa.Column("trial_id", KEY, nullable=False),
        sa.Column("recording_id", KEY, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("scorer", sa.String(length=32), nullable=False),
        sa.Column("metric", sa.String(length=48), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=True),
        sa.Column("denominator", sa.Float(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("spec_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_score_recording_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["spec_sha256"], ["scoring_spec.sha256"], name=op.f("fk_score_spec_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name=op.f("fk_score_trial_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_score_trial_id_metric"), ["trial_id", "metric"], unique=False
        )

    op.create_table(
        "session_config",
        sa.Column("recording_id", KEY, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("requested", JSON, nullable=True),
        sa.Column("effective", JSON, nullable=True),
        sa.Column("diff", JSON, nullable=False),
        sa.Column("error", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recording.id"],
            name=op.f("fk_session_config_recording_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recording_id", "seq", name=op.f("pk_session_config")),
    )


def downgrade() -> None:
    op.drop_table("session_config")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_trial_id_metric"))

    op.drop_table("score")
    op.drop_table("mark")
    op.drop_table("frame")
    op.drop_table("audio")
    op.drop_table("recording")
    op.drop_table("trial")
    op.drop_table("tag")
    op.drop_table("baseline")
    op.drop_table("scenario")
    op.drop_table("run")
    op.drop_table("variant")
    op.drop_table("scoring_spec")
    op.drop_table("dataset")
