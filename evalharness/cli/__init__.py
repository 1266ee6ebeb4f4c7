"""Arguments in, one call, text out: one file per command.

main.py      the group, imported alone for --help; where errors become messages
options.py   what every command accepts, and how it reaches the command
project.py   the evalharness.yaml and .env around a command; datasets by name
output.py    stdout for results, stderr for everything else; formats; the JSON envelope
errors.py    a problem as a person reads it: what, where, why, what to do
progress.py  a run while it happens: live on a terminal, lines elsewhere
gates.py     --fail-under

The commands: init.py run.py compare.py show.py (show_files.py) list.py query.py rescore.py serve.py
dataset.py db.py schema.py doctor.py
"""
