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

The scripted engine: knows the scenario, with declared faults
scripted.py           what it hears, answers and says
scripted_ear.py       which of the scenario's turns a piece of audio is
word_errors.py        transcripts with a declared share of wrong words
matching_values.py    arguments that an expectation accepts, or refuses
regex_sample.py       a string that a regular expression accepts
energy_vad.py         voice activity by loudness alone

The speech engine: recognises, answers and speaks, offline
speech.py             its parts joined
vad.py                where speech starts and stops
asr.py                speech to text, in worker processes
recogniser.py         what one recogniser process holds and does
vocabulary.py         what a session leads one to expect in speech
phrasebook.py         what people commonly say
language_model.py     expected sentences, mixed with a general model
general_model.py      the recogniser's general language model, opened
pronunciation.py      how a word that is in no dictionary is probably said
code_pattern.py       sample codes for a schema's pattern
responder.py          what the assistant says and calls
intent.py             which tool an utterance asks for
concepts.py           which words mean the same for that
slots.py              the arguments an utterance gives
choices.py            which of a schema's enum values it names
names.py              names and e-mail addresses in it
calendar_words.py     dates and times in it
spoken_numbers.py     numbers and codes in it
spoken.py             written text as the words a person would say
tools.py              the session's tools as the engine reads them
answers.py            the assistant's short sentences
tts.py                text to speech
espeak_program.py     espeak-ng as a program of its own
"""
