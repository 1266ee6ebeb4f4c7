"""The scripted engine: knows the scenario, and makes the faults it declares.

engine.py             what it hears, answers and says
scripted_ear.py       which of the scenario's turns a piece of audio is
word_errors.py        transcripts with a declared share of wrong words
matching_values.py    arguments that an expectation accepts, or refuses
regex_sample.py       a string that a regular expression accepts
energy_vad.py         voice activity by loudness alone
"""
