"""The first run: a few questions, each with a default, and config/local.yaml from the answers.

`asker` asks, `interview` knows the questions, `programs` finds a firm's program by words, `local` writes the
answers as YAML, `placing` checks them with the real loader and puts the file in its place.
"""
