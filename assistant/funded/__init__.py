"""Funded-account rules at the edge: packs and worked examples from files, and in plain words."""
