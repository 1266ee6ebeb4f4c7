"""Moves events and decides nothing (asyncio).

machine.py    what a machine is, and the commands it may return
transport.py  the seam: what an open connection can do
drive.py      the one loop that runs a machine over a transport
pacer.py      the caller's audio, sent on absolute deadlines: the hot path
websocket.py  client and server ends over `websockets`
memory.py     two ends joined in one process, for tests
"""
