"""Many scores in, conclusions out. Pure, numpy only.

distributions.py  quantiles of t, beta and the binomial
clusters.py       additive metrics summed per cluster: the unit of all that follows
intervals.py      how sure one run's figure is
paired.py         two runs on the same clusters: difference, interval, p-value, smallest effect
durations.py      latencies: percentiles with honesty, paired ratios and shifts
multiplicity.py   Holm's correction over the metrics declared primary
verdict.py        the words, by rules
runs.py           what a run brings to a comparison: its trials' scores, gathered by scenario
rows.py           a row for each metric, a cell for each run
conclusions.py    from figures to words: each cell's, and a sentence for each run
settings.py       the settings in which runs differ
comparison.py     runs of one dataset compared: rows, words, what changed, what was left out
"""
