"""Runs trials, and reads what came of them.

run.py          dataset x variants x repeats, so many sessions at once
options.py      how a dataset is run
conduct.py      one trial from its first attempt to its final state
trial.py        one attempt: connect, record, drive, close
destination.py  where each session goes, with its keys
retry.py        what an attempt's end means: the trial's state, and whether to try again
lag.py          how late the event loop is, measured while sessions run
embedded.py     the embedded server as a process of its own
scoring_pool.py scoring in a process of its own
figures.py      a trial's headline figures
progress.py     what happens during a run, as values for whoever shows it
rescore.py      scores made again from the database
comparison.py   runs read from the database and compared
"""
