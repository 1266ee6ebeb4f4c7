"""What is asked of an agent, and what is expected of it.

models.py        dataset, scenario, turn and expectations, as pydantic models of the files
matchers.py      the expectation language for JSON values ($number, $alnum, $date ...)
text_matching.py texts that are the same for a matcher: by case, by letters, by words
moments.py       dates, times and datetimes as matchers compare them
json_schemas.py  values against JSON Schemas, offline
normalisers.py   what counts as the same words: whisper-en and basic, with id, version, hash
dataset.py       a loaded dataset as a value
load.py          a folder in, a dataset out, or every problem with its place
files.py         which files make up a dataset, and how one is replaced
source.py        YAML and JSON files as data that remembers its place
yaml_nodes.py    YAML text as a tree of values and their places
faults.py        what pydantic found wrong, in words and with places
clips.py         the audio files scenarios refer to
alternatives.py  {gonna / going to} in what a caller says
turn_checks.py   what the models alone cannot see in a turn
tool_schemas.py  whether tools can be offered at all
content_hash.py  canonical JSON and what makes two datasets the same
codes.py         the error codes of datasets, and those of any file
annotate.py      where speech starts and ends in each clip, written back into the files
importers.py     manifests of other makes, turned into this format
write.py         a dataset's files, written
"""
