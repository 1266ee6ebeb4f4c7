"""The embedded Realtime server: a pure machine, the engines that think for it, and the listener.

machine.py            the server's side of one session: client events in, commands out
outbox.py             what a step of the machine sends: events with their ids, alarms, errors
effective_session.py  defaults, and `session.update` laid over what holds
input_buffer.py       incoming audio, the turns found in it, and what is committed of it
conversation.py       the items, their order and their sound
responses.py          the life of a response, from its request to `response.done`
output_items.py       the items a response produces, delta by delta
usage.py              tokens by the documented rates, with the part that was cached
engine.py             what the machine needs from whoever hears, thinks and speaks
scripted.py           an engine that knows the scenario, with declared faults
serve.py              listens on a socket; one machine per connection
speech.py             an engine that recognises, answers and speaks, offline
vad.py                where speech starts and stops
asr.py                speech to text
vocabulary.py         the words a session can be about
responder.py          which tool an utterance calls, and what to say
slots.py              values for a tool's parameters out of words
tts.py                text to speech
"""
