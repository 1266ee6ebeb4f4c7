"""The wire's words: what a Realtime session may say, with no socket and no clock.

shape.py             the strict base of what a user writes; unions told apart by kind
problems.py          faults in plain words, with path and nearest name
audio_config.py      the audio part of a session
tools.py             function and MCP tools, tool choice
session.py           the session object and `session_problems`
session_rules.py     rules between fields: which model knows which
response_options.py  what `response.create` may override
config_diff.py       what was asked of a session against what the server made of it
event.py             the base of every event; events this version does not know
items.py             conversation items and their content
response.py          the response object and its usage
client_events.py     the eleven events a client sends
response_events.py   the server's events while a response is made
server_events.py     all forty-six events a server sends
codec.py             text frame to event and back, nothing lost
error_codes.py       the server's error codes, and which are worth another try
"""
