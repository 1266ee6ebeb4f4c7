"""The speech engine: recognises, answers and speaks, offline.

engine.py             its parts joined
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
