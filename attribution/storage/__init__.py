"""What a server keeps: models and what was set of them, drafts, saved analyses."""
