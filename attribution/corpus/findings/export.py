"""A run's results as one file each, for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import duckdb

from ...errors import AttributionError
from ...files import written_whole
from ...texts.spreadsheet import to_cell_sql
from .tables import open_tables, stamp

Table = Literal["documents", "words"]
Format = Literal["parquet", "csv"]


def export(
    folder: str | Path,
    table: Table,
    format: Format,  # noqa: A002
    labels: Sequence[str],
    *,
    multi_label: bool = False,
) -> Path:
    """Write all documents or all words as one file into the run's folder, or return the one that was written before.

    Raises:
        AttributionError: it cannot be written.
    """
    folder = Path(folder)
    path = folder / f".export-{stamp(folder)}-{table}.{format}"
    if path.exists():
        return path
    for old in folder.glob(f".export-*-{table}.{format}"):
        old.unlink(missing_ok=True)
    try:
        with (
            written_whole(path, shared=True) as partial,
            open_tables(folder, labels, multi_label=multi_label) as tables,
        ):
            tables.execute("set preserve_insertion_order = true")  # otherwise threads may write rows in any order
            order = "number" if table == "documents" else 'document, label, "position"'
            lists = "replace (to_json(gold) as gold, to_json(assigned) as assigned, to_json(explained) as explained, "
            lists += "to_json(scores) as scores, to_json(baseline_scores) as baseline_scores, "
            lists += "to_json(columns) as columns)"
            columns = f"* {lists}" if (table, format) == ("documents", "csv") else "*"
            found = tables.sql(f"select {columns} from {table} order by {order}")
            if format == "csv":
                _write_csv(tables, found, partial)
            else:
                found.write_parquet(str(partial), compression="zstd")
    except OSError as error:
        raise AttributionError(f"The {table} cannot be written: {error.strerror}.") from error
    return path


def _write_csv(tables: duckdb.DuckDBPyConnection, found: duckdb.DuckDBPyRelation, path: Path) -> None:
    texts = [name for name, kind in zip(found.columns, found.types, strict=True) if str(kind) in ("VARCHAR", "JSON")]
    found.create_view("exported")
    shown = ", ".join(f'{to_cell_sql(name)} as "{name}"' for name in texts)
    options = f"format csv, header, quote '\"', force_quote ({', '.join(texts)})"
    tables.execute(f"copy (select * replace ({shown}) from exported) to $path ({options})", {"path": str(path)})
