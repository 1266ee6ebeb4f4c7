"""What was said on one WebSocket session, and when. Nothing derived is stored in it.

frame.py      one wire frame and one mark; audio lifted out of the JSON and put back
recorder.py   takes frames as they pass the socket and hands them to a sink
redact.py     keeps secrets out of what is stored
recording.py  a whole recording as a value
loose_json.py      JSON as others send it
config_history.py  requested and effective session configurations
input_clock.py     when each sample of the caller's audio was sent
timeline.py        turns, transcripts, responses and calls, as values
gathering.py       what frames say of one item or response, while they are read
turns.py           the scripted turns, and what belongs to each
reading.py         a recording read into a timeline
"""
