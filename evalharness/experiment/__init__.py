"""Which session configurations will be run, against which server, on which scenarios.

variant.py        a named session configuration as a value, and its files
merge.py          `extends`: one file laid over another
matrix.py         `matrix`: one variant for each combination of values
target.py         a server: URL, header templates, dialect, and where its key is
target_files.py   targets as written in files, and what is wrong with them
config.py         evalharness.yaml: named targets, the database
local_options.py  how the embedded server behaves
plan.py           scenarios and repeats → trials; dataset and variant → session.update
schema.py         JSON Schemas of the files
codes.py          the error codes of this room
"""
