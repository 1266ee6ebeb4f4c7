"""The only room that knows SQL.

schema.py      the tables
engine.py      a database opened: pragmas, transactions
migrate.py     alembic in our hands: current revision, upgrade with a backup
store.py       the one object others hold
writer.py      recordings written while they happen, on a thread of their own
frame_rows.py  a frame as a row, and back
audio_parts.py a track's bytes in parts, small ones put together into large ones
recordings.py  recordings read back, exactly
runs.py        datasets, variants, runs and trials
listings.py    datasets, variants and recordings, listed
scores.py      scores in and out
header_json.py a recording's header as JSON, and back
references.py  r-8e55, latest, a variant's name: what a person may write for a run
rows.py        rows as values
views.py       the documented views: what `evalharness query` and other tools read
query.py       read-only SQL, bounded in time and rows
"""
