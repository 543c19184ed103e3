import subprocess
import sys

import attribution
from attribution import AttributionError, errors


class TestPublicNames:
    def test_all_is_sorted_and_complete(self):
        names = attribution.__all__
        assert names == sorted(names)
        assert all(hasattr(attribution, name) for name in names)

    def test_every_error_is_public_and_an_attribution_error(self):
        found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
        assert len(found) == 10
        assert all(issubclass(error, AttributionError) and error.__name__ in attribution.__all__ for error in found)

    def test_every_error_stands_in_the_tree_of_the_docstring(self):
        assert all(name in errors.__doc__ for name in vars(errors) if name.endswith("Error"))


class TestImport:
    def test_the_backend_imports_neither_streamlit_nor_what_a_part_of_it_alone_needs(self):
        strangers = {"streamlit", "sqlalchemy", "duckdb", "ray", "attribution.corpus"}
        code = (
            "import sys, attribution, attribution.render, attribution.store; "
            f"sys.exit(bool({strangers} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
