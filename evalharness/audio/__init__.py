"""PCM as a value.

pcm.py       mono 16-bit samples and their rate
formats.py   the wire's three encodings: PCM16, G.711 mu-law and A-law
chunks.py    a clip cut and base64-encoded once, ready to be sent many times
resample.py  one rate to another
files.py     wav, flac, ogg and mp3 in any rate and channel count
activity.py  where speech is in a clip, and when sound becomes audible
"""
