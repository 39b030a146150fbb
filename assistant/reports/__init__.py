"""Pages to look at: each renders a document, and nothing else knows how it looks."""
