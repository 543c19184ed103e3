"""Tricks that sit in the model card, where anything may be named, or that hide behind what a card names."""

from __future__ import annotations

import os
from pathlib import Path

from tests.attribution.opening.hostile.pickles import bare
from tests.attribution.opening.hostile.workshop import Runs, Workshop, call, many, mapping, ref, text, trick


def put(shop: Workshop, card: object, **more: object) -> Path:
    return shop.write({**shop.state(), "model_card": card, **more})


@trick(r"model card calls 'posix\.system'")
def a_call_deep_in_a_card(shop: Workshop) -> Path:
    return put(shop, {"training_parameters": {"plugins": [{"a": (1, Runs(os.system, shop.touch))}]}})


@trick(r"posix\.system")
def a_call_as_a_key_of_a_card(shop: Workshop) -> Path:
    return put(shop, {Runs(os.system, shop.touch): 1})


@trick(r"posix\.system")
def a_call_thrown_away_beside_a_card_that_names_it(shop: Workshop) -> Path:
    return shop.write_program(bare(shop), mapping(model_card=ref("posix", "system")))


@trick(r"posix\.system")
def a_call_in_a_card_that_gives_way_to_another(shop: Workshop) -> Path:
    first, second = text("model_card") + bare(shop), text("model_card") + mapping(sampler=ref("posix", "system"))
    return shop.write_program(b"}" + first + b"s" + second + b"s")


@trick(r"posix\.system")
def a_call_that_a_mapping_does_without(shop: Workshop) -> Path:
    table = call(ref("collections", "OrderedDict"), many(b"(" + text("a") + bare(shop) + b"t"))
    return shop.write_program(mapping(x=table, model_card=mapping(sampler=ref("posix", "system"))))


@trick(r"posix\.system")
def a_card_that_the_rest_shares(shop: Workshop) -> Path:
    shared = {"made": Runs(os.system, shop.touch)}
    return put(shop, shared, word_dropout=shared)


@trick(r"flair', 'os\.system|flair\.os")
def a_module_of_an_honest_package_in_a_card(shop: Workshop) -> Path:
    system = call(ref("builtins", "getattr"), ref("flair", "os"), text("system"))
    return shop.write_program(mapping(model_card=mapping(made=call(system, text(shop.touch)))))


@trick(r"operator\.methodcaller|builtins\.__import__")
def a_method_caller_in_a_card(shop: Workshop) -> Path:
    posix = call(ref("builtins", "__import__"), text("posix"))
    made = call(call(ref("operator", "methodcaller"), text("system"), text(shop.touch)), posix)
    return shop.write_program(mapping(model_card=mapping(made=made)))


@trick(r"posix\.system")
def the_opcode_obj_in_a_card(shop: Workshop) -> Path:
    return shop.write_program(mapping(model_card=b"(" + ref("posix", "system") + text(shop.touch) + b"o"))


@trick(r"torch\.hub\._load_local")
def torch_hub_in_a_card(shop: Workshop) -> Path:
    shop.write_bytes(f"{shop.statement}\ndef entry(): pass".encode(), "hubconf.py")
    made = call(ref("torch.hub", "_load_local"), text(str(shop.folder)), text("entry"))
    return shop.write_program(mapping(model_card=mapping(sampler=made)))
