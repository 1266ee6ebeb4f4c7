"""The embedded Realtime server: a pure machine, the engines that think for it, and the listener.

The machine
machine.py            the server's side of one session: client events in, commands out
outbox.py             what one step gives back: events with their ids, calls, one alarm
effective_session.py  defaults, and what updates and responses lay over them
input_buffer.py       incoming audio, the turns found in it, and what is committed of it
conversation.py       the items, their order and their sound
client_items.py       items a client writes
responses.py          the life of a response, from its request to `response.done`
output_items.py       the items a response produces, delta by delta
transcripts.py        input transcripts, sent whenever they are ready
usage.py              tokens by the documented rates, with the part that was cached
words.py              text cut into words for deltas
engine.py             what the machine needs from whoever hears, thinks and speaks

The listener
serve.py              one machine per connection
session_log.py        the server's own log, to hold measurements against

The engines
speech/               recognises, answers and speaks, offline
scripted/             knows the scenario, with declared faults
"""
