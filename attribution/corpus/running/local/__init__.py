"""The local engine: in this process, or in several of this machine."""
