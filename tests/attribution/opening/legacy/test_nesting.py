import pytest

from attribution import CheckpointError
from attribution.opening.legacy.nesting import check_nesting
from attribution.opening.pickles.stand_ins import StandIn
from attribution.opening.pickles.vocabulary import make_inert


def module(*parts: StandIn, name: str = "ModuleList") -> StandIn:
    made = make_inert("torch.nn.modules.container", name)()
    made.__setstate__({"_modules": {str(index): part for index, part in enumerate(parts)}})
    return made


def embeddings(*parts: StandIn) -> StandIn:
    return module(*parts, name="StackedEmbeddings")


class TestNesting:
    def test_a_large_network_is_followed(self):
        check_nesting(module(*(module(*(module() for _ in range(40))) for _ in range(96))))

    def test_modules_that_hold_one_module_twice_are_counted_as_often(self):
        nested = module()
        for _ in range(60):
            nested = module(nested, nested)
        with pytest.raises(CheckpointError, match="holds more than 500000 modules"):
            check_nesting(nested)

    def test_what_a_module_holds_counts_as_often_as_the_module(self):
        nested = module()
        nested.__setstate__({"_parameters": dict.fromkeys(map(str, range(1000)))})
        for _ in range(8):
            nested = module(nested, nested)
        check_nesting(nested)
        with pytest.raises(CheckpointError, match="holds more than 500000 modules and attributes"):
            check_nesting(module(nested, nested))

    def test_a_module_that_holds_itself_is_refused(self):
        nested = module()
        nested.__setstate__({"_modules": {"0": nested}})
        with pytest.raises(CheckpointError, match="nested in each other"):
            check_nesting(nested)

    def test_a_stack_that_holds_the_same_vectors_many_times_is_refused(self):
        words = module(name="WordEmbeddings")
        check_nesting(embeddings(*[words] * 20))
        with pytest.raises(CheckpointError, match="holds more than 64 embeddings"):
            check_nesting(embeddings(*[embeddings(*[words] * 8)] * 8))

    def test_what_is_kept_in_a_list_is_counted_too(self):
        made = make_inert("flair.embeddings.token", "StackedEmbeddings")()
        made.__setstate__({"embeddings": [module(name="WordEmbeddings")] * 65})
        with pytest.raises(CheckpointError, match="holds more than 64 embeddings"):
            check_nesting(made)
