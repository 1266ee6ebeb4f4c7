"""Many scores in, conclusions out. Pure, numpy only.

distributions.py  quantiles of t, beta and the binomial
clusters.py       additive metrics summed per cluster: the unit of all that follows
intervals.py      how sure one run's figure is
paired.py         two runs on the same clusters: difference, interval, p-value, smallest effect
durations.py      latencies: percentiles with honesty, paired ratios and shifts
multiplicity.py   Holm's correction over the metrics declared primary
verdict.py        the words, by rules
comparison.py     runs of one dataset compared: rows, words, what changed, what was left out
"""
