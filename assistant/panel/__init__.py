"""The MQL5 sources in a terminal: where its folder is, what is put there and taken out, what compiles it."""
