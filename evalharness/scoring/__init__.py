"""One recording in, scores out. Pure: no database, no socket, no clock.

score.py           a number with its numerator and denominator; the metric catalogue
spec.py            everything that a score depends on besides the recording, with its hash
transcripts.py     what the caller said against what was transcribed (WER)
function_calls.py  expected calls against made ones: assignment, switches, counts
replies.py         what the assistant said against what it should have
latency.py         turn timing on one clock, with the validity of each figure
cost.py            tokens and money by modality, from a dated price table
registry.py        the explicit list of scorers, and the one call that runs them all
"""
