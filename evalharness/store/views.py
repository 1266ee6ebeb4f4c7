"""The documented views: what people query, stable across releases.

Each column is described here once; `evalharness schema results` prints it from here. Views hold
nothing of their own and are made anew whenever a database is created or upgraded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """`sql` computes it; `type` is what a reader gets; `doc` says what it means, with its unit."""

    name: str
    type: str
    doc: str
    sql: str


@dataclass(frozen=True, slots=True)
class View:
    name: str
    doc: str
    columns: Sequence[ViewColumn]
    source: str
    """What stands after FROM."""

    @property
    def definition(self) -> str:
        columns = ",\n  ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        return f"CREATE VIEW {self.name} AS SELECT\n  {columns}\nFROM {self.source}"


def _sum(metric: str, field: str) -> str:
    """A trial's sum over one metric; NULL when it was not scored."""
    return (
        f"(SELECT sum(s.{field}) FROM score s "
        f"WHERE s.trial_id = trial.id AND s.metric = '{metric}')"
    )


def _frame_said(column: str) -> str:
    """A frame's type or id: in its column, or where that would only repeat it, in the payload."""
    return f"CASE WHEN frame.type IS NULL THEN frame.payload ->> '{column}' ELSE frame.{column} END"


def _turn_score(metric: str, field: str) -> str:
    return (
        f"(SELECT s.{field} FROM score s WHERE s.trial_id = turn.trial_id "
        f"AND s.turn = turn.turn AND s.metric = '{metric}' LIMIT 1)"
    )


def _detail(metric: str, key: str) -> str:
    return (
        f"(SELECT s.detail ->> '{key}' FROM score s WHERE s.trial_id = turn.trial_id "
        f"AND s.turn = turn.turn AND s.metric = '{metric}' LIMIT 1)"
    )


V_RUN = View(
    "v_run",
    "One row a run: a dataset under a variant.",
    (
        ViewColumn("run", "text", "the run's id", "run.id"),
        ViewColumn("variant", "text", "the variant's name", "variant.name"),
        ViewColumn("dataset", "text", "the dataset's name", "dataset.name"),
        ViewColumn(
            "dataset_sha256", "text", "content hash of the dataset", "dataset.content_sha256"
        ),
        ViewColumn("label", "text", "a name given with --label", "run.label"),
        ViewColumn("state", "text", "running, complete or interrupted", "run.state"),
        ViewColumn("created_at", "text", "when it began, UTC", "run.created_at"),
        ViewColumn("finished_at", "text", "when it ended, UTC", "run.finished_at"),
        ViewColumn(
            "trials",
            "integer",
            "conversations planned",
            "(SELECT count(*) FROM trial t WHERE t.run_id = run.id)",
        ),
        ViewColumn(
            "scored",
            "integer",
            "conversations scored",
            "(SELECT count(*) FROM trial t WHERE t.run_id = run.id AND t.state = 'scored')",
        ),
        ViewColumn(
            "invalid",
            "integer",
            "conversations that say nothing about the variant (connection, limits)",
            "(SELECT count(*) FROM trial t WHERE t.run_id = run.id AND t.state = 'invalid')",
        ),
        ViewColumn(
            "config", "json", "the variant's configuration, without secrets", "variant.config"
        ),
    ),
    "run JOIN variant ON variant.id = run.variant_id JOIN dataset ON dataset.id = run.dataset_id",
)

V_CONVERSATION = View(
    "v_conversation",
    "One row a trial: a scenario under a variant, with its headline figures.",
    (
        ViewColumn("run", "text", "the run's id", "trial.run_id"),
        ViewColumn("variant", "text", "the variant's name", "variant.name"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("repeat", "integer", "which repeat, from 0", "trial.repeat"),
        ViewColumn("tags", "json", "the scenario's tags", "scenario.script -> 'tags'"),
        ViewColumn("state", "text", "scored, failed, invalid, skipped, planned", "trial.state"),
        ViewColumn(
            "passed", "integer", "1 when every check passed", _sum("task_success", "numerator")
        ),
        ViewColumn(
            "word_errors", "real", "wrong, missing and added words", _sum("wer", "numerator")
        ),
        ViewColumn("words", "real", "words the caller said", _sum("wer", "denominator")),
        ViewColumn(
            "calls_right",
            "real",
            "expected calls made with exactly the right arguments",
            _sum("exact_call_accuracy", "numerator"),
        ),
        ViewColumn(
            "calls_expected", "real", "calls expected", _sum("exact_call_accuracy", "denominator")
        ),
        ViewColumn(
            "first_audio_ms",
            "real",
            "mean over turns from the caller's last sound to the assistant's first, ms",
            "(SELECT avg(s.value) FROM score s WHERE s.trial_id = trial.id AND s.metric = 'v2v')",
        ),
        ViewColumn("cost_usd", "real", "cost in US dollars", _sum("cost_usd", "numerator")),
        ViewColumn("attempts", "integer", "connections tried", "trial.attempts"),
        ViewColumn("error", "json", "why it is failed or invalid", "trial.error"),
        ViewColumn("recording", "text", "its recording's key", "recording.key"),
    ),
    "trial JOIN run ON run.id = trial.run_id JOIN variant ON variant.id = run.variant_id "
    "JOIN scenario ON scenario.id = trial.scenario_id "
    "LEFT JOIN recording ON recording.id = trial.recording_id",
)

V_TURN = View(
    "v_turn",
    "One row a turn of a trial: what was said, what was heard, how long it took.",
    (
        ViewColumn("run", "text", "the run's id", "trial.run_id"),
        ViewColumn("variant", "text", "the variant's name", "variant.name"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("repeat", "integer", "which repeat, from 0", "trial.repeat"),
        ViewColumn("turn", "integer", "the turn, from 0", "turn.turn"),
        ViewColumn("reference", "text", "what the caller says, as written", _detail("wer", "ref")),
        ViewColumn("transcript", "text", "what the server transcribed", _detail("wer", "hyp")),
        ViewColumn(
            "word_errors", "real", "wrong, missing and added words", _turn_score("wer", "numerator")
        ),
        ViewColumn("words", "real", "words of the reference", _turn_score("wer", "denominator")),
        ViewColumn(
            "calls_pass",
            "real",
            "1 when the turn's calls are as expected",
            _turn_score("turn_calls_pass", "numerator"),
        ),
        ViewColumn(
            "reply_pass",
            "real",
            "1 when the reply passed its checks",
            _turn_score("reply_pass", "numerator"),
        ),
        ViewColumn(
            "responded",
            "real",
            "1 when the turn was answered",
            _turn_score("response_rate", "numerator"),
        ),
        ViewColumn(
            "first_audio_ms",
            "real",
            "caller's last sound to assistant's first, ms; NULL when invalid",
            _turn_score("v2v", "value"),
        ),
        ViewColumn(
            "endpoint_ms",
            "real",
            "caller's last sound to speech_stopped, ms",
            _turn_score("endpoint_delay", "value"),
        ),
        ViewColumn(
            "cut_off",
            "real",
            "1 when the turn was ended in mid-speech",
            _turn_score("caller_cut_off", "numerator"),
        ),
    ),
    "(SELECT DISTINCT trial_id, turn FROM score WHERE turn IS NOT NULL) turn "
    "JOIN trial ON trial.id = turn.trial_id JOIN run ON run.id = trial.run_id "
    "JOIN variant ON variant.id = run.variant_id "
    "JOIN scenario ON scenario.id = trial.scenario_id",
)

V_TOOL_CALL = View(
    "v_tool_call",
    "One row a function call that was expected, made, or both.",
    (
        ViewColumn("run", "text", "the run's id", "trial.run_id"),
        ViewColumn("variant", "text", "the variant's name", "variant.name"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("repeat", "integer", "which repeat, from 0", "trial.repeat"),
        ViewColumn("turn", "integer", "the turn, from 0", "score.turn"),
        ViewColumn("name", "text", "the tool's name", "pair.value ->> 'name'"),
        ViewColumn(
            "verdict",
            "text",
            "match, wrong argument, never called, not expected, ...",
            "pair.value ->> 'verdict'",
        ),
        ViewColumn("expected", "json", "expected arguments", "pair.value -> 'expected'"),
        ViewColumn("actual", "json", "arguments as made", "pair.value -> 'actual'"),
    ),
    "score JOIN json_each(score.detail, '$.pairs') pair JOIN trial ON trial.id = score.trial_id "
    "JOIN run ON run.id = trial.run_id JOIN variant ON variant.id = run.variant_id "
    "JOIN scenario ON scenario.id = trial.scenario_id "
    "WHERE score.metric = 'turn_calls_pass'",
)

V_EVENT = View(
    "v_event",
    "One row a frame that crossed the wire, both ways, in order.",
    (
        ViewColumn("recording", "text", "the recording's key", "recording.key"),
        ViewColumn("run", "text", "the run's id, NULL outside runs", "trial.run_id"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("seq", "integer", "order on the wire, from 0", "frame.seq"),
        ViewColumn("at_ms", "real", "ms since the recording began", "frame.at_ns / 1e6"),
        ViewColumn(
            "late_ms",
            "real",
            "ms after the time it was due; NULL for what is not paced",
            "(frame.at_ns - frame.due_ns) / 1e6",
        ),
        ViewColumn(
            "side",
            "text",
            "client or server",
            "CASE WHEN frame.payload IS NULL THEN 'client' ELSE frame.side END",
        ),
        ViewColumn(
            "type",
            "text",
            "the event's type",
            f"coalesce({_frame_said('type')}, 'input_audio_buffer.append')",
        ),
        ViewColumn("item", "text", "the item it speaks of", _frame_said("item_id")),
        ViewColumn("response", "text", "the response it speaks of", _frame_said("response_id")),
        ViewColumn(
            "payload",
            "json",
            "the event; its base64 audio left out",
            'coalesce(frame.payload, \'{"type":"input_audio_buffer.append","audio":""}\')',
        ),
        ViewColumn("audio_bytes", "integer", "raw audio it carried, bytes", "frame.audio_bytes"),
    ),
    "frame JOIN recording ON recording.id = frame.recording_id "
    "LEFT JOIN trial ON trial.id = recording.trial_id "
    "LEFT JOIN scenario ON scenario.id = trial.scenario_id",
)

V_CONFIG = View(
    "v_config",
    "One row a setting of a session.update: requested against effective.",
    (
        ViewColumn("recording", "text", "the recording's key", "recording.key"),
        ViewColumn("run", "text", "the run's id", "trial.run_id"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("at_ms", "real", "ms since the recording began", "session_config.at_ns / 1e6"),
        ViewColumn("path", "text", "the setting, dotted", "field.value ->> 'path'"),
        ViewColumn("requested", "json", "what was asked for", "field.value -> 'requested'"),
        ViewColumn(
            "effective", "json", "what the server said is in force", "field.value -> 'effective'"
        ),
        ViewColumn(
            "outcome",
            "text",
            "applied, defaulted, coerced, ignored or refused",
            "field.value ->> 'outcome'",
        ),
    ),
    "session_config JOIN recording ON recording.id = session_config.recording_id "
    "JOIN json_each(session_config.diff) field LEFT JOIN trial ON trial.id = recording.trial_id "
    "LEFT JOIN scenario ON scenario.id = trial.scenario_id",
)

V_METRIC = View(
    "v_metric",
    "One row a score: a metric of a turn or of a whole trial.",
    (
        ViewColumn("run", "text", "the run's id", "trial.run_id"),
        ViewColumn("variant", "text", "the variant's name", "variant.name"),
        ViewColumn("scenario", "text", "the scenario's id", "scenario.key"),
        ViewColumn("repeat", "integer", "which repeat, from 0", "trial.repeat"),
        ViewColumn("turn", "integer", "the turn, from 0; NULL: the whole trial", "score.turn"),
        ViewColumn("metric", "text", "its name", "score.metric"),
        ViewColumn("numerator", "real", "add these up ...", "score.numerator"),
        ViewColumn(
            "denominator", "real", "... and divide by the sum of these", "score.denominator"
        ),
        ViewColumn("value", "real", "the figure itself; NULL when undefined", "score.value"),
        ViewColumn("detail", "json", "what it was made of, or why there is none", "score.detail"),
    ),
    "score JOIN trial ON trial.id = score.trial_id JOIN run ON run.id = trial.run_id "
    "JOIN variant ON variant.id = run.variant_id JOIN scenario ON scenario.id = trial.scenario_id",
)

VIEWS: tuple[View, ...] = (
    V_RUN,
    V_CONVERSATION,
    V_TURN,
    V_TOOL_CALL,
    V_EVENT,
    V_CONFIG,
    V_METRIC,
)


def create_all(connection: Connection) -> None:
    for view in VIEWS:
        connection.exec_driver_sql(view.definition)


def drop_all(connection: Connection) -> None:
    for view in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")
