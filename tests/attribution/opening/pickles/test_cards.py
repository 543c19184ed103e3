"""A model card never keeps a file from opening, whatever it names; and nothing that it names runs."""

import collections
import datetime
import decimal
import enum
import functools
import os
import pathlib
import pickle
import random
import uuid
import zipfile

import numpy as np
import pytest
import torch

from attribution import UnsafeCheckpointError, inspect_checkpoint, load_model
from attribution.opening.pickles.checkpoint import read_checkpoint
from attribution.opening.pickles.rehearsing.rehearsal import rehearse
from attribution.opening.pickles.strangers import Strangers, find_strangers
from tests.attribution.opening.hostile.workshop import call, mapping, program, ref, text
from tests.models.transformers import build_classifier, save

RAN = []


class Sampler:
    """A plug-in's object, with all that an object can be saved with."""

    def __init__(self, weight):
        self.weight = weight


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = Sampler(1), [Sampler(2)]


class Table(dict):
    pass


class Row(list):
    pass


class Names(set):
    pass


class Number(float):
    pass


class Colour(enum.Enum):
    RED = 1


class Keyed:
    def __getnewargs_ex__(self):
        return (), {"sampler": Sampler(3)}

    def __new__(cls, sampler=None):
        return super().__new__(cls)


class Made:
    """Made anew by a method of its class."""

    @classmethod
    def make(cls, value):
        RAN.append(value)
        return cls()

    def __reduce__(self):
        return Made.make, (Sampler(4),)


class Runs:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def schedule(step):
    RAN.append(step)


def rows(*values):
    made = Row(values)
    made.note = Sampler(5)
    return made


def hold_itself():
    card = {"parts": []}
    card["parts"].append(card)
    return card


HONEST = {
    "a class": Sampler,
    "an object": Sampler([Sampler(1), {"a": Sampler}]),
    "slots": Slotted(),
    "a mapping of its own": Table(a=Sampler(1)),
    "a list of its own": rows(Sampler(1), 2),
    "a set of its own": Names({1, Sampler}),
    "a number of its own": Number(0.5),
    "an enum": Colour.RED,
    "keywords": Keyed(),
    "a method that makes it": Made(),
    "a function": schedule,
    "a partial": functools.partial(schedule, 1, step=Sampler),
    "a built-in function": max,
    "a method": Sampler(1).__init__,
    "dates": [
        datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
        datetime.timedelta(days=1),
        datetime.date(2020, 1, 2),
    ],
    "a range": range(0, 9, 2),
    "a slice and a complex number": [slice(1, 2), 1j],
    "sets": [frozenset({1}), {2}],
    "a default factory": collections.defaultdict(list, {"a": [1]}),
    "a default factory of its own": collections.defaultdict(Sampler),
    "ordered": collections.OrderedDict(a=Sampler(1)),
    "counted": collections.Counter("abba"),
    "a deque": collections.deque([1, Sampler]),
    "dtypes": [torch.float16, torch.bfloat16, torch.int8, torch.complex64, np.dtype("int8"), np.float16],
    "scalars": [np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a")],
    "arrays": [np.arange(3), np.random.default_rng(0)],
    "tensors": [torch.ones(2), torch.nn.Parameter(torch.ones(2)), torch.Size([1]), torch.device("cpu")],
    "paths": [pathlib.Path("a/b"), pathlib.PureWindowsPath("a\\b"), pathlib.PurePosixPath("a")],
    "an optimizer": torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1),
    "a loss": torch.nn.SmoothL1Loss(),
    "others": [decimal.Decimal("0.1"), uuid.UUID(int=1), random.Random(0), ValueError("a"), Ellipsis],
    "a dangerous function that is only named": os.system,
    "nothing": None,
    "no mapping": [Sampler(1)],
}


def write(folder, state, **options):
    path = folder / "model.pt"
    torch.save(state, path, **{"pickle_protocol": 4, **options})
    return path


def pack(folder, card):
    """A file whose card is written in the pickle's own opcodes."""
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", program(mapping(model_card=card)))
    return path


class TestHonestCards:
    @pytest.mark.parametrize("options", [{"pickle_protocol": 2}, {}, {"_use_new_zipfile_serialization": False}])
    def test_none_keeps_a_file_from_opening(self, tmp_path, options):
        RAN.clear()
        card = {"flair_version": "0.12.2", "training_parameters": HONEST}
        if options:  # protocols below 4 cannot name a method of a class
            card["training_parameters"] = {name: one for name, one in HONEST.items() if "method" not in name}
        found = read_checkpoint(write(tmp_path, {"model_card": card, "w": torch.ones(2)}, **options))
        parameters = found.state["model_card"]["training_parameters"]
        assert found.state["model_card"]["flair_version"] == "0.12.2"
        assert parameters.keys() == card["training_parameters"].keys()
        assert parameters["a class"] == parameters["an object"] == f"({__name__}.Sampler)"
        assert parameters["a partial"] == "(functools.partial)"
        assert parameters["counted"] == {"a": 2, "b": 2}
        assert not RAN
        assert not found.notes
        assert pickle.loads(pickle.dumps(found.state["model_card"])) == found.state["model_card"]  # plain, all of it

    def test_a_path_of_a_later_python_is_a_name(self, tmp_path):
        path = pack(tmp_path, mapping(base_path=call(ref("pathlib._local", "PosixPath"), text("a"))))
        assert read_checkpoint(path).state == {"model_card": {"base_path": "(pathlib._local.PosixPath)"}}

    def test_one_that_is_nested_without_end_is_left_out(self, tmp_path):
        found = read_checkpoint(pack(tmp_path, b"]" * 5000 + b"a" * 4999))
        assert found.state == {}
        assert "nested too deep" in found.notes[0]

    @pytest.mark.parametrize(("card", "reason"), [(hold_itself(), "holds itself"), ([0] * 600_000, "500000")])
    def test_one_that_cannot_be_read_is_left_out_and_that_is_said(self, tmp_path, card, reason):
        found = read_checkpoint(write(tmp_path, {"model_card": card, "a": 1}))
        assert found.state == {"a": 1}
        assert "left out" in found.notes[0]
        assert reason in found.notes[0]

    def test_a_model_with_one_predicts_as_without_and_the_report_says_what_became_of_it(self, tmp_path):
        folder = tmp_path / "plain"
        folder.mkdir()
        plain = save(build_classifier(folder, "bert"), folder)
        state = torch.load(plain, weights_only=False)
        path = write(tmp_path, {**state, "model_card": {"sampler": Sampler(1), "parts": hold_itself(), "a": Sampler}})
        model = load_model(path)
        assert np.array_equal(model.predict("A goal").logits, load_model(plain).predict("A goal").logits)
        assert any("left out" in note for note in model.notes)
        inspection = inspect_checkpoint(path)
        assert inspection.passed
        given = {reference.name: reference.given for reference in inspection.references}
        assert given[f"{__name__}.Sampler"] == "in the model card: made a name"
        assert "left out" in inspection.checks[-1].outcome


class TestAnywhereElse:
    @pytest.mark.parametrize("name", ["a class", "an object", "a partial", "dates", "a default factory of its own"])
    def test_the_file_is_refused_as_before(self, tmp_path, name):
        with pytest.raises(UnsafeCheckpointError, match="refers to"):
            read_checkpoint(write(tmp_path, {"model_card": {}, "dropout": {"x": [HONEST[name]]}}))

    def test_what_a_card_shares_with_the_rest_is_refused(self, tmp_path):
        shared = [Sampler(1)]
        with pytest.raises(UnsafeCheckpointError, match="Sampler"):
            read_checkpoint(write(tmp_path, {"model_card": {"a": shared}, "b": shared}))
        with pytest.raises(UnsafeCheckpointError, match="Sampler"):
            read_checkpoint(write(tmp_path, {"b": shared, "model_card": shared}))

    def test_a_card_that_is_none_of_the_models_is_refused(self, tmp_path):
        with pytest.raises(UnsafeCheckpointError, match="Sampler"):
            read_checkpoint(write(tmp_path, {"state_dict": {"model_card": Sampler}}))


class TestCalls:
    @pytest.mark.parametrize(
        ("function", "arguments", "name"),
        [
            (os.system, ("touch {mark}",), "posix.system"),
            (eval, ("open('{mark}', 'w')",), "builtins.eval"),
            (open, ("{mark}", "w"), "io.open"),
            (__import__, ("os",), "builtins.__import__"),
            (torch.load, ("{mark}",), "torch.serialization.load"),
            (pickle.loads, (b"N.",), "_pickle.loads"),
            (map, (os.system, ["touch {mark}"]), "builtins.map"),
        ],
    )
    def test_one_that_runs_something_is_refused_in_a_card_too(self, tmp_path, function, arguments, name):
        mark = tmp_path / "mark"
        filled = [part.replace("{mark}", str(mark)) if isinstance(part, str) else part for part in arguments]
        path = write(tmp_path, {"model_card": {"a": [Runs(function, *filled)]}})
        with pytest.raises(UnsafeCheckpointError, match=f"model card calls '{name}'".replace(".", r"\.")):
            read_checkpoint(path)
        assert not mark.exists()
        assert {one.given for one in inspect_checkpoint(path).references if one.name == name} == {"refused"}


class TestFindStrangers:
    def test_it_agrees_with_a_walk_of_all_paths(self):
        """Random states in which parts are held in many places: inside means that every path goes through the card."""
        draw = random.Random(1)
        for _ in range(300):
            strangers = Strangers()
            kinds = [strangers.name("m", f"K{number}") for number in range(3)]
            parts = [[] for _ in range(6)] + kinds
            for part in parts[:6]:
                part += draw.choices(parts, k=draw.randrange(3))
            root = {"a": draw.choice(parts), "model_card": draw.choice(parts), "b": draw.choice(parts)}
            inside, outside = (walk(one) for one in ([root["model_card"]], [root["a"], root["b"]]))
            found = find_strangers(root, strangers)
            good = {kind.kind for kind in kinds if id(kind) in inside and id(kind) not in outside}
            assert set(found.named) == good
            assert bool(found.outside) == (len(good) < 3)


def walk(begin):
    met = set()

    def go(part):
        if id(part) not in met:
            met.add(id(part))
            for one in part if isinstance(part, list) else ():
                go(one)

    for part in begin:
        go(part)
    return met


def test_a_rehearsal_says_where_they_are(tmp_path):
    path = tmp_path / "state.pkl"
    path.write_bytes(pickle.dumps({"model_card": [Sampler(1)]}, 2))
    with path.open("rb") as file:
        found = rehearse(file, 0, path.stat().st_size)
    assert found.failure == ""
    assert found.strangers.named == (f"{__name__}.Sampler",)
