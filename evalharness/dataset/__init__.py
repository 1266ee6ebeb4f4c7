"""What is asked of an agent, and what is expected of it.

models.py       dataset, scenario, turn and expectations, as pydantic models of the files
matchers.py     the expectation language for JSON values ($number, $alnum, $date ...)
normalisers.py  what counts as the same words: whisper-en and basic, with id, version, hash
dataset.py      a loaded dataset as a value
load.py         a folder in, a dataset out, or every problem with its place
annotate.py     where speech starts and ends in each clip, written back into the files
importers.py    manifests of other makes, turned into this format
"""
