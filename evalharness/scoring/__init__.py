"""One recording in, scores out. Pure: no database, no socket, no clock.

score.py           a number with its numerator and denominator; what a metric is
spec.py            everything that a score depends on besides the recording, with its hash
conversation.py    what a scorer sees: scripted turns beside what came of them
transcripts.py     what the caller said against what was transcribed (WER)
assignment.py      the optimal pairing of two lists
function_calls.py  expected calls against made ones: switches, counts, verdicts
call_metrics.py    what a run's function calls amount to
replies.py         what the assistant said against what it should have
outcome.py         calls and replies of a turn, and the verdict on a conversation
latency.py         turn timing on one clock, with the validity of each figure
prices.py          the dated price table (prices.json)
cost.py            tokens and money by modality
registry.py        the explicit list of scorers, and the one call that runs them all
"""
