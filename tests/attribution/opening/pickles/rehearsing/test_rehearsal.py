"""The first reading of a pickle: what its process may take, and what it is believed."""

import pickle
import struct

import numpy as np
import pytest

from attribution.opening.pickles.rehearsing.limits import MEGABYTES
from attribution.opening.pickles.rehearsing.rehearsal import rehearse
from attribution.processes import light
from tests.attribution.opening.hostile.workshop import MAGIC, SIZES, VERSION, mapping, program, ref


def rehearse_bytes(folder, content, offset=0):
    path = folder / "state.pkl"
    path.write_bytes(content)
    with path.open("rb") as file:
        return rehearse(file, offset, len(content))


class TestTheProcess:
    @pytest.mark.parametrize(
        "end",
        ["os.kill(os.getpid(), 9)", "os.abort()", "os._exit(3)", "raise MemoryError", "print('{\"refer', end='')"],
    )
    @pytest.mark.parametrize("said", ['{"strangers": {}}', '{"reference": "a.b"}', '{"refer'])
    def test_is_not_believed_before_it_ended_well(self, tmp_path, monkeypatch, end, said):
        newline = "" if said == '{"refer' else "\\n"
        script = f"import os; print({said!r}, end='{newline}', flush=True); {end}"
        monkeypatch.setattr(light, "START", script)
        if end.startswith("print") and said == '{"strangers": {}}':
            return  # it ended well
        found = rehearse_bytes(tmp_path, b"N.")
        assert found.failure == "it makes Python crash"
        assert found.references == (("a.b",) if "a.b" in said else ())

    def test_that_says_nothing_is_not_believed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(light, "START", "pass")
        assert rehearse_bytes(tmp_path, b"N.").failure == "it makes Python crash"

    def test_is_not_believed_when_it_ends_out_of_time(self, tmp_path, monkeypatch):
        script = "import os, signal; print('{\"strangers\": {}}', flush=True); os.kill(os.getpid(), signal.SIGXCPU)"
        monkeypatch.setattr(light, "START", script)
        assert "seconds" in rehearse_bytes(tmp_path, b"N.").failure


class TestMemory:
    @pytest.mark.parametrize("opcode", [b"]", b")\x85", b"]q\x00", b"J\x00\x00\x00\x7f"])
    def test_does_not_grow_with_the_file(self, tmp_path, opcode):
        content = b"\x80\x02](" + opcode * (2**26 // len(opcode)) + b"e."
        if opcode == b"J\x00\x00\x00\x7f":
            content = (
                b"\x80\x02](" + b"".join(b"J" + struct.pack("<i", 1000 + number) for number in range(2**24)) + b"e."
            )
        assert rehearse_bytes(tmp_path, content).failure == f"it takes more than {MEGABYTES} MB of memory"

    def test_does_not_grow_for_bytes_that_are_only_claimed(self, tmp_path):
        claims = b"\x8e" + struct.pack("<Q", 2**40)
        found = rehearse_bytes(tmp_path, b"\x80\x04" + claims + bytes(2**26))
        assert found.failure == f"it takes more than {MEGABYTES} MB of memory"

    def test_does_not_grow_for_a_memo(self, tmp_path):
        """The opcode's argument looks like one of an array that is in the file."""
        content = b"\x80\x04C\x00" + b"r" + struct.pack("<I", 2**27) + bytes(2**27)
        assert rehearse_bytes(tmp_path, content).failure == f"it takes more than {MEGABYTES} MB of memory"

    @pytest.mark.parametrize("legacy", [False, True])
    def test_is_given_to_large_arrays_of_old_releases(self, tmp_path, legacy):
        state = {
            "vectors": np.ones((MEGABYTES << 20) // 4, np.float32),
            "more": np.ones(2**24, np.float32),
            "word": "a",
        }
        content = pickle.dumps(state, 4)
        if legacy:
            begin = b"".join(pickle.dumps(part, 2) for part in (MAGIC, VERSION, SIZES))
            content = begin + content + pickle.dumps([], 2)
        found = rehearse_bytes(tmp_path, content, -1 if legacy else 0)
        assert found.failure == ""
        assert "numpy.ndarray" in found.references


class TestWhatIsGoneThrough:
    def test_is_gone_through_within_the_limits(self, tmp_path):
        """Parts that are cheap to read and dear to go through take the process's memory, and not the server's."""
        content = b"\x80\x02](" + b"](]e" * 5_000_000 + b"e."
        assert "it takes more than" in rehearse_bytes(tmp_path, content).failure

    def test_tells_where_strangers_are_before_what_is_wrong_with_the_rest(self, tmp_path):
        nested = b"](" + b"]" + b"e"
        found = rehearse_bytes(tmp_path, program(mapping(model_card=mapping(a=ref("m", "K")), b=nested)))
        assert found.strangers.named == ("m.K",)
