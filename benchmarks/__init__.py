"""Speed and size, each against a baseline measured in the same run.

`python -m benchmarks` (make bench) prints one table: what, the figure, the goal, reached or not.

peer.py      a Realtime-shaped peer in a process of its own, lighter than any server
clients.py   the same traffic from a bare `websockets` loop, the official SDK and this package
pacing.py    lateness, stretch and CPU at 1, 50 and 200 sessions
storing.py   frames persisted a second against raw sqlite3, and the database's size
scoring.py   scoring and comparing ten thousand turns
live.py      whole runs: first audio against the server's log, and bursts
reading.py   an hour opened, one session found among many
starting.py  the time until --help
"""
