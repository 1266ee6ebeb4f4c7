"""The client side of one conversation. Pure: no socket, no clock.

script.py      what the caller will do, prepared: clips encoded, timeouts, mocks
tool_mocks.py  what the harness answers when the model calls a tool
playback.py    when the assistant's audio would have been heard
state.py       what the server has said so far, as far as the next step depends on it
machine.py     what to say next
"""
