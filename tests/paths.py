"""Where things are that tests in several folders read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKPOINTS = ROOT / "tests" / "data" / "checkpoints"
SHARED = ROOT.parent / "shared" / "checkpoints"
"""Real checkpoints beside the project; there on some machines alone."""
