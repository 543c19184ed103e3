"""A pickle changes nothing but plain containers and stand-ins: each opcode that changes, on each thing it can hold."""

import io
import pickle
import struct
import zipfile

import pytest
import torch

from attribution import CheckpointError
from attribution.opening.pickles.checkpoint import read_checkpoint
from attribution.opening.pickles.rehearsing.rehearsal import rehearse
from attribution.opening.pickles.storages import Storage, TensorStandIn
from attribution.opening.pickles.strangers import Strangers
from attribution.opening.pickles.tensors import Tensors
from attribution.opening.pickles.unpickling import Rules, read_pickle
from attribution.opening.pickles.vocabulary import make_vocabulary, plain_names
from tests.attribution.opening.hostile.workshop import call, mapping, number, program, ref, text, true

NUMBERS = 64


def storage(count=NUMBERS):
    return b"(" + text("storage") + ref("torch", "FloatStorage") + text("0") + text("cpu") + number(count) + b"tQ"


def shape(*sizes):
    return b"(" + b"".join(map(number, sizes)) + b"t"


def tensor(size=(NUMBERS,), stride=(1,), offset=0, over=None):
    hooks = call(ref("collections", "OrderedDict"))
    given = (over or storage(), number(offset), shape(*size), shape(*stride), b"\x89", hooks)
    return call(ref("torch._utils", "_rebuild_tensor_v2"), *given)


def slots(**values):
    """A state of BUILD that sets attributes, whatever the object is."""
    return b"N" + mapping(**values) + b"\x86"


HELD = {
    "a storage": storage(),
    "an empty storage": storage(0),
    "a kind of storage": ref("torch", "FloatStorage"),
    "a tensor": tensor(),
    "an empty tensor": tensor((0,)),
    "a parameter": call(ref("torch._utils", "_rebuild_parameter"), tensor(), true(), b"}"),
    "a tensor in a persistent identifier": b"(" + text("module") + tensor() + text("a") + text("b") + b"tQ",
    "a function": ref("torch._utils", "_rebuild_tensor_v2"),
    "a class of paths": ref("pathlib", "PosixPath"),
    "a class of stand-ins": ref("flair.data", "Dictionary"),
    "a path": call(ref("pathlib", "PosixPath"), text("a")),
    "bytes": b"C\x01a",
    "a text": text("a"),
    "a number": number(1),
    "a tuple": b")",
    "nothing": b"N",
    **{name: ref(*name.rsplit(".", 1)) for name in sorted(plain_names())},
}
CHANGES = {
    "BUILD with a state": mapping(x=number(1)) + b"b",
    "BUILD with slots": slots(kind=text("x"), count=number(9), _function=b"N", __defaults__=b")", grad=b"N") + b"b",
    "BUILD as a storage's tensor": b"(" + storage(0) + number(0) + shape(1000) + shape(1) + b"tb",
    "BUILD as a tensor's state": b"(" + storage(0) + number(0) + shape(1000) + shape(1) + b"\x89}tb",
    "SETITEM": number(0) + number(1) + b"s",
    "SETITEMS": b"(" + number(0) + number(1) + b"u",
    "SETITEM at a tuple": shape(0) + number(1) + b"s",
    "APPEND": number(1) + b"a",
    "APPENDS": b"(" + number(1) + number(2) + b"e",
    "ADDITEMS": b"(" + number(1) + b"\x90",
}
REFUSED = (AttributeError, KeyError, TypeError, ValueError, pickle.UnpicklingError)


def write(folder, *parts, count=NUMBERS):
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", program(*parts))
        archive.writestr("model/data/0", struct.pack(f"<{count}f", *range(count)))
    return path


def read_for_real(content, file):
    """Read a pickle as after the rehearsal, without one."""
    tensors, strangers = Tensors(file, {"0": (0, 4 * NUMBERS)}), Strangers()
    rules = Rules(make_vocabulary(len(content), strangers, tensors.rebuild), tensors.note, strangers)
    return read_pickle(io.BufferedReader(io.BytesIO(content)), rules), tensors


def read_in_rehearsal(content):
    strangers = Strangers()
    vocabulary = make_vocabulary(len(content), strangers, lambda *_: TensorStandIn())
    rules = Rules(vocabulary, lambda _: None, strangers)
    return read_pickle(io.BufferedReader(io.BytesIO(content)), rules)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(struct.pack(f"<{NUMBERS}f", *range(NUMBERS)))
    with path.open("rb") as file:
        yield file


class TestEveryChange:
    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("held", HELD)
    def test_is_refused_in_the_rehearsal_and_afterwards(self, weights, held, change):
        for part in (HELD[held], HELD[held] + b"q\x01" + b"0h\x01"):  # on the stack, and fetched from the memo
            content = program(part + CHANGES[change])
            if "empty storage" not in held:
                read_for_real(program(part), weights)  # the thing itself is honest
            read_in_rehearsal(program(part))
            with pytest.raises(REFUSED):
                read_in_rehearsal(content)
            with pytest.raises(REFUSED):
                read_for_real(content, weights)

    @pytest.mark.parametrize("size", [1, 1000, 10**6])
    def test_a_storage_does_not_grow_into_unset_memory(self, tmp_path, size):
        grown = storage() + b"(" + storage() + number(0) + shape(size) + shape(1) + b"tb"
        with pytest.raises(CheckpointError, match="changes what it may only name"):
            read_checkpoint(write(tmp_path, mapping(a=grown)))

    def test_a_tensor_in_a_module_is_held_and_not_changed(self, tmp_path):
        module = ref("torch.nn.modules.linear", "Linear") + b")\x81"
        honest = module + mapping(_parameters=mapping(weight=tensor())) + b"b"
        state = read_checkpoint(write(tmp_path, mapping(a=honest))).state["a"].__dict__["state"]
        assert type(state["_parameters"]["weight"]) is torch.Tensor
        for change in CHANGES.values():
            hostile = module + mapping(_parameters=mapping(weight=tensor() + change)) + b"b"
            with pytest.raises(CheckpointError):
                read_checkpoint(write(tmp_path, mapping(a=hostile)))


class TestNoCall:
    @pytest.mark.parametrize("given", ["a storage", "a tensor", "a parameter", "a function", "bytes", "a number"])
    @pytest.mark.parametrize(
        "function", ["builtins.set", "collections.Counter", "_codecs.encode", "pathlib.PosixPath", "_io.BytesIO"]
    )
    def test_reaches_a_tensor(self, weights, function, given):
        """What is called takes it for nothing but what it is: a tensor is not gone through, copied or made a text."""
        content = program(call(ref(*function.rsplit(".", 1)), HELD[given]))
        try:
            made, _ = read_for_real(content, weights)
        except (TypeError, ValueError):
            return
        assert not made or function == "_io.BytesIO", "nothing of it was kept"


class TestTensors:
    @pytest.mark.parametrize(
        ("size", "stride", "offset"),
        [
            ((65,), (1,), 0),
            ((64,), (1,), 1),
            ((2,), (64,), 0),
            ((1,), (1,), 64),
            ((0,), (1,), 65),
            ((9, 9), (9, 1), 0),
            ((64,), (2,), 0),
            ((65,), (0,), 0),
            ((2**32, 2**32), (0, 0), 0),
            ((33,), (2**59 - 1,), 0),
            ((0, 10**9), (1, 1), 0),
            ((2, 2), (1,), 0),
            ((1,) * 17, (1,) * 17, 0),
        ],
    )
    def test_one_that_reaches_out_of_its_storage_is_refused(self, tmp_path, size, stride, offset):
        with pytest.raises(CheckpointError, match=r"claims more elements|malformed"):
            read_checkpoint(write(tmp_path, mapping(a=tensor(size, stride, offset))))

    @pytest.mark.parametrize(
        ("size", "stride", "offset"), [((4, 16), (16, 1), 0), ((), (), 63), ((8,), (8,), 7), ((2, 3), (0, 1), 61)]
    )
    def test_one_that_lies_inside_is_what_torch_makes_of_it(self, tmp_path, size, stride, offset):
        found = read_checkpoint(write(tmp_path, mapping(a=tensor(size, stride, offset)))).state["a"]
        assert type(found) is torch.Tensor
        assert torch.equal(found, torch.arange(float(NUMBERS)).as_strided(size, stride, offset))
        found.note = "plain, as any other"

    def test_a_stand_in_is_no_storage(self, tmp_path):
        with pytest.raises(CheckpointError, match="malformed"):
            read_checkpoint(write(tmp_path, mapping(a=tensor(over=ref("flair.data", "Dictionary") + b")\x81"))))

    def test_more_than_any_network_has_are_refused_soon(self, tmp_path):
        again = b"h\x01" + b"(h\x02" + number(0) + shape(1) + shape(1) + b"tR"
        first = ref("torch._utils", "_rebuild_tensor_v2") + b"q\x010" + storage() + b"q\x02"
        with pytest.raises(CheckpointError, match="make more than the file holds"):
            read_checkpoint(write(tmp_path, first, b"](" + again * 110_000 + b"e"))

    def test_a_storage_of_another_size_than_its_bytes_is_refused(self, tmp_path):
        with pytest.raises(CheckpointError, match=r"holds 256 bytes, not 4194304 elements"):
            read_checkpoint(write(tmp_path, mapping(a=storage(2**22))))


def test_what_is_rehearsed_is_sealed_too(tmp_path):
    path = tmp_path / "state.pkl"
    for change in CHANGES.values():
        path.write_bytes(program(storage() + change))
        with path.open("rb") as file:
            assert rehearse(file, 0, path.stat().st_size).failure


def test_a_storage_keeps_what_it_is():
    made = Storage("FloatStorage", "0", 3)
    with pytest.raises(ValueError, match="changes"):
        made.count = 10**9
