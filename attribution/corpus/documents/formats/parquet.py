"""Parquet files, read a part of a row group at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

from ....errors import AttributionError
from ....wording import format_size, shorten
from ..format import Format
from ..header import name_columns
from ..rows import Row, check_width, to_cell
from .limits import ROWS_PER_BYTE, SPARE_ROWS

_BATCH_ROWS, _BATCH_BYTES = 256, 2**26
"""Rows that are read at once, fewer where the file says that they take more bytes."""

_BUFFERED = 2**20
"""Bytes of a column that are read at once; otherwise it is all of a row group, which may be the whole file."""


class ParquetTable:
    """A Parquet file, read a part of a row group at a time."""

    kind = "Parquet"

    def __init__(self, path: Path, _: Format) -> None:
        import pyarrow as pa

        self._path, self.format = path, Format()
        try:
            with _open(path) as file:
                check_width(path.name, len(file.schema_arrow.names))
                self.names: Sequence[str] = name_columns(file.schema_arrow.names)
                self._classes = _read_class_names(file.schema_arrow)
                count = file.metadata.num_rows
        except MemoryError:
            raise
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise AttributionError(f"{path.name} cannot be read as a Parquet file.") from error
        if count > ROWS_PER_BYTE * path.stat().st_size + SPARE_ROWS:
            raise AttributionError(
                f"{path.name} says that it has {count:,} rows in {format_size(path.stat().st_size)}, unlike any file "
                "of texts."
            )

    def rows(self) -> Iterator[Row]:
        """All rows; cells that are not texts are converted, and what is damaged costs the rest of its row group."""
        with _open(self._path) as file:
            for number in range(file.num_row_groups):
                yield from self._read_group(file, number)

    def _read_group(self, file: Any, number: int) -> Iterator[Row]:
        import pyarrow as pa

        said, read = file.metadata.row_group(number), 0
        most = max(1, min(_BATCH_ROWS, _BATCH_BYTES * said.num_rows // max(said.total_byte_size, 1)))
        try:
            for batch in file.iter_batches(batch_size=most, row_groups=[number], use_threads=False):
                for part in _part(batch):
                    for cells in zip(*self._to_columns(part), strict=True):
                        yield Row(dict(zip(self.names, cells, strict=True)))
                        read += 1
        except MemoryError:
            raise
        except (OSError, pa.ArrowException) as error:
            reason = shorten(" ".join(str(error).split())).rstrip(".")
            damaged = Row(error=f"The row is in a damaged part of the file, which cannot be read: {reason}.")
            yield from repeat(damaged, max(said.num_rows - read, 1))

    def _to_columns(self, batch: Any) -> list[list[str | None]]:
        return [
            _to_texts(column, self._classes.get(name))
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]


def _open(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path, buffer_size=_BUFFERED, pre_buffer=False)


def _part(batch: Any) -> Iterator[Any]:
    """A batch in parts of about so many bytes, if it takes more than the file said."""
    rows = max(1, len(batch) * _BATCH_BYTES // max(batch.nbytes, 1))
    return (batch.slice(start, rows) for start in range(0, len(batch), rows))


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

    if pa.types.is_dictionary(column.type):  # each text once, however often it is repeated
        used = column.indices.unique().drop_null()
        known = dict(zip(used.to_pylist(), _to_texts(column.dictionary.take(used), classes), strict=True))
        return [None if index is None else known[index] for index in column.indices.to_pylist()]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    try:
        values = column.to_pylist()
    except MemoryError:
        raise
    except (OverflowError, ValueError, pa.ArrowException):
        values = [_to_value(one) for one in column]
    if classes is not None:
        values = [_name_classes(value, classes) for value in values]
    return [
        value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else to_cell(value) for value in values
    ]


def _to_value(scalar: Any) -> Any:
    """The value of a cell; None for a date beyond Python's range, or in an unknown time zone."""
    import pyarrow as pa

    try:
        return scalar.as_py()
    except MemoryError:
        raise
    except (OverflowError, ValueError, pa.ArrowException):
        return None


def _name_classes(value: Any, classes: Sequence[str]) -> Any:
    """A number, or numbers in a list, as the names of their classes; -1 is how `datasets` writes that there is none."""
    if isinstance(value, list):
        return [_name_classes(one, classes) for one in value]
    if isinstance(value, int) and value == -1:
        return None
    return classes[value] if isinstance(value, int) and 0 <= value < len(classes) else value
