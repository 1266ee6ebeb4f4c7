"""Conclusions in, text out. Pure: what is shown is handed in.

figures.py   numbers as people read them: percent, points, milliseconds, money
compare.py   a comparison on the terminal
markdown.py  the same as a pull-request comment
flat.py      the same as flat records, for csv
session_config.py  what was asked of a session, and what its server made of it
trial.py     one conversation: what was said, heard, called and when
"""
