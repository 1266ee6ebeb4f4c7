"""Runs trials, and reads what came of them.

trial.py       one attempt: connect, record, drive, close
retry.py       what an attempt's end means: the state of its trial, and whether to try again
destination.py where each session goes, with its keys
lag.py         how late the event loop is, measured while sessions run
embedded.py    the embedded server as a process of its own
progress.py    what happens during a run, as values for whoever shows it
run.py         dataset x variants x repeats, so many sessions at once
rescore.py     scores made from recordings in the database
comparison.py  runs read from the database and compared
"""
