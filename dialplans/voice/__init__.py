"""The recorded voice: making it, checking it, putting it where Asterisk plays it from.

A prompt is a key with a text (`languages/<language>/<topic>.toml`, or a fragment of the language's grammar) and
committed audio (`languages/audio/<language>/<key>.opus`).

* `build` speaks what has changed (developers only);
* `check` compares texts and audio;
* `install` decodes the audio to the formats of Asterisk;
* `script` prints what a human speaker would read.
"""
