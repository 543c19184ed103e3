import subprocess
import sys
from pathlib import Path

import pytest

import attribution
from attribution import AttributionError, errors


class TestPublicNames:
    def test_all_is_sorted_and_complete(self):
        names = attribution.__all__
        assert names == sorted(names)
        assert all(hasattr(attribution, name) for name in names)

    def test_what_is_no_public_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match=r"module 'attribution' has no attribute 'nonsense'"):
            attribution.nonsense  # noqa: B018

    def test_a_module_never_takes_the_place_of_a_name(self):
        folder = Path(attribution.__file__).parent
        modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        assert modules & set(attribution.__all__) == {"demo"}

    def test_every_error_is_public_and_an_attribution_error(self):
        found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
        assert len(found) == 12
        assert all(issubclass(error, AttributionError) and error.__name__ in attribution.__all__ for error in found)

    def test_every_error_stands_in_the_tree_of_the_docstring(self):
        assert all(name in errors.__doc__ for name in vars(errors) if name.endswith("Error"))


class TestImport:
    def test_a_star_brings_all_names_and_neither_streamlit_nor_what_a_part_of_the_backend_alone_needs(self):
        strangers = {"streamlit", "sqlalchemy", "duckdb", "ray", "attribution.corpus"}
        code = (
            "import attribution, sys; assert set(attribution.__all__) <= set(dir(attribution)); "
            "from attribution import *; import attribution.render, attribution.storage.store; "
            "assert all(globals()[name] is getattr(attribution, name) for name in attribution.__all__); "
            f"assert not {strangers} & set(sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
