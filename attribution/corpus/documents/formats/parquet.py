"""Parquet files, read a part of a row group at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ....errors import AttributionError
from ....wording import shorten
from ..format import Format
from ..header import name_columns
from ..rows import Row, to_cell

_BATCH_ROWS = 256


class ParquetTable:
    """A Parquet file, read a part of a row group at a time."""

    kind = "Parquet"

    def __init__(self, path: Path, _: Format) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path, self.format = path, Format()
        try:
            with pq.ParquetFile(path) as file:
                self.names: Sequence[str] = name_columns(file.schema_arrow.names)
                self._classes = _read_class_names(file.schema_arrow)
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise AttributionError(f"{path.name} cannot be read as a Parquet file.") from error

    def rows(self) -> Iterator[Row]:
        """All rows; cells that are not texts are converted."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self._path) as file:
            batches = file.iter_batches(batch_size=_BATCH_ROWS)
            while True:
                try:
                    batch = next(batches, None)
                except (OSError, pa.ArrowException) as error:
                    reason = shorten(" ".join(str(error).split()))
                    yield Row(error=f"The file is damaged from here on, and nothing more of it is read: {reason}.")
                    return
                if batch is None:
                    return
                columns = [
                    _to_texts(column, self._classes.get(name))
                    for name, column in zip(file.schema_arrow.names, batch.columns, strict=True)
                ]
                for cells in zip(*columns, strict=True):
                    yield Row(dict(zip(self.names, cells, strict=True)))


def _read_class_names(schema: Any) -> dict[str, Sequence[str]]:
    """Column -> the names of its classes, as Hugging Face's `datasets` writes them beside the numbers."""
    try:
        said = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError, RecursionError):
        return {}
    found: dict[str, Sequence[str]] = {}
    for name, feature in said.items() if isinstance(said, dict) else []:
        while isinstance(feature, (list, dict)) and (isinstance(feature, list) or "feature" in feature):
            feature = feature[0] if isinstance(feature, list) and feature else dict(feature).get("feature")
        if (
            isinstance(feature, dict)
            and feature.get("_type") == "ClassLabel"
            and isinstance(feature.get("names"), list)
        ):
            found[str(name)] = [str(one) for one in feature["names"]]
    return found


def _to_texts(column: Any, classes: Sequence[str] | None = None) -> list[str | None]:
    """A column of a Parquet file as texts; bytes that are not UTF-8 become lone surrogates."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    try:
        values = column.to_pylist()
    except (OverflowError, ValueError, pa.ArrowException):  # dates beyond Python's range, or in unknown time zones
        values = [None] * len(column)
    if classes is not None:
        values = [_name_classes(value, classes) for value in values]
    return [
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else to_cell(value) for value in values
    ]


def _name_classes(value: Any, classes: Sequence[str]) -> Any:
    """A number, or numbers in a list, as the names of their classes; -1 is how `datasets` writes that there is none."""
    if isinstance(value, list):
        return [_name_classes(one, classes) for one in value]
    if isinstance(value, int) and value == -1:
        return None
    return classes[value] if isinstance(value, int) and 0 <= value < len(classes) else value
