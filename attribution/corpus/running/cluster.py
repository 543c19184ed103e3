"""The Ray engine: actors that each hold the model, on this machine or on a cluster.

One task reads the file of documents on the machine where the run was started. Batches of documents go out through
Ray's object store, and results come back through it to a single writer. When a worker dies, another one repeats its
batch, any number of times, which is the default of Ray Data. A ledger in a process beside the driver counts which
documents workers died on, so that no document can crash workers for ever.
"""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import AttributionError
from ..documents import Document
from ..documents.batches import make_batches
from .attempts import explain_watched
from .pool import Pool, plan_pool
from .recipe import Recipe
from .results import Results, join, pack, to_results, unpack
from .worker import Worker

_PACKAGE = Path(__file__).parents[2]
_READER = 0.05  # of a processor for the reading task: workers leave it that much, see `pool`
# A GPU computes larger batches at once than the defaults of `make_batches`.
_CHARACTERS_ON_A_GPU = 100_000
_MOST_ON_A_GPU = 512


def check_ray() -> None:
    """Check that Ray is installed.

    Raises:
        AttributionError: it is not installed.
    """
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise AttributionError("Ray is not installed. Run pip install -r requirements-ray.txt.") from error


def explain_on_ray(
    recipe: Recipe, documents: Iterable[Document], workers: int | None = None
) -> Generator[Results, None, None]:
    """The results of all documents, some at a time, in any order.

    Args:
        recipe: how to build the workers.
        documents: what to explain; a Ray process on this machine iterates over it, so it must be picklable.
        workers: how many; by default one per GPU of the cluster or, without a GPU, one per processor.

    Raises:
        AttributionError: the cluster cannot be reached, its workers cannot open the model, or they return nothing.
    """
    import ray
    from ray.data.exceptions import ExecutionTimeoutError
    from ray.exceptions import RayError

    with _connected(), _quiet():
        pool = plan_pool(workers)
        contents = None
        if recipe.model.is_file() and len(ray.nodes()) > 1:
            contents = ray.put(recipe.model.read_bytes())
        try:
            rows = _build(recipe, contents, documents, pool).iter_batches(
                batch_size=1, batch_format="pyarrow", prefetch_batches=0
            )
            for row in rows:
                yield unpack(row["results"][0].as_py())
        except ExecutionTimeoutError as error:
            raise AttributionError(
                "Ray's workers have finished nothing for so long that Ray gave up. Check that the cluster has the "
                "processors and the memory that they ask for, then resume the run; finished documents are kept. With "
                "RAY_DATA_EXECUTION_NO_PROGRESS_TIMEOUT_S=-1 Ray never gives up."
            ) from error
        except RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, AttributionError):
                raise cause from error
            raise AttributionError(f"Ray stopped: {' '.join(str(error).split())[-500:]}") from error


def _build(recipe: Recipe, contents: Any, documents: Iterable[Document], pool: Pool) -> Any:
    import ray

    here = {f"node:{ray.util.get_node_ip_address()}": 0.001}
    source = _make_datasource(documents, pool.on_gpu)
    return ray.data.read_datasource(source, override_num_blocks=1, num_cpus=_READER, resources=here).map_batches(
        _Actor,
        fn_constructor_args=(recipe, contents, pool.threads, _open_ledger(here)),
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(
            min_size=1, initial_size=pool.size, max_size=pool.size, max_tasks_in_flight_per_actor=2
        ),
        num_cpus=pool.processors,
        num_gpus=1 if pool.on_gpu else None,
    )


def _make_datasource(documents: Iterable[Document], on_gpu: bool) -> Any:
    """A data source with one task, which reads the documents and yields one block per batch."""
    from ray.data import Datasource, ReadTask
    from ray.data.block import BlockMetadata

    sizes = {"most": _MOST_ON_A_GPU, "most_characters": _CHARACTERS_ON_A_GPU} if on_gpu else {}

    def read() -> Iterator[pa.Table]:
        for batch in make_batches(documents, **sizes):
            yield pa.table({"documents": pa.array([pickle.dumps(batch)], pa.binary())})

    class Documents(Datasource):
        def estimate_inmemory_data_size(self) -> None:
            return None

        def __init__(self) -> None:
            """Do nothing: this replaces Ray's own constructor, which is untyped."""

        def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
            return [ReadTask(read, BlockMetadata(None, None, None, None))]

    return Documents()


class _Actor:
    """A worker in a process of its own, on any machine of the cluster."""

    def __init__(self, recipe: Recipe, contents: Any, threads: int, ledger: Any) -> None:
        import torch

        torch.set_num_threads(threads)
        self._worker = _open(recipe, contents)
        self._ledger = _SharedLedger(ledger)

    def __call__(self, batch: pa.Table) -> pa.Table:
        documents = pickle.loads(batch["documents"][0].as_py())  # noqa: S301  # written by our own reader
        results = join([to_results(group) for group in explain_watched(self._worker, documents, self._ledger)])
        return pa.table({"results": pa.array([pack(results)], pa.large_binary())})


def _open_ledger(where: dict[str, float]) -> Any:
    """An actor that is a `Ledger`; its class is defined in here so that its process need not import this package."""
    import ray

    class Shared:
        def __init__(self) -> None:
            self._begun: Counter[int] = Counter()

        def count(self, numbers: Sequence[int]) -> list[int]:
            return [self._begun[number] for number in numbers]

        def begin(self, numbers: Sequence[int]) -> None:
            self._begun.update(numbers)

        def end(self, numbers: Sequence[int]) -> None:
            for number in numbers:
                self._begun.pop(number, None)

    return ray.remote(num_cpus=0, resources=where)(Shared).remote()


class _SharedLedger:
    """The ledger of all workers, as one of them sees it."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def count(self, numbers: Sequence[int]) -> list[int]:
        return list(self._ask("count", numbers))

    def begin(self, numbers: Sequence[int]) -> None:
        self._ask("begin", numbers)

    def end(self, numbers: Sequence[int]) -> None:
        self._ask("end", numbers)

    def _ask(self, what: str, numbers: Sequence[int]) -> Any:
        import ray

        return ray.get(getattr(self._ledger, what).remote(numbers))


def _open(recipe: Recipe, contents: Any) -> Worker:
    """Build the worker; the model comes from its path if this machine has it, otherwise from the object store."""
    import ray

    path = recipe.model
    with tempfile.TemporaryDirectory() as folder:
        if not path.exists() and contents is not None:
            path = Path(folder) / path.name
            path.write_bytes(ray.get(contents))
        return recipe.build(path)


@contextmanager
def _connected() -> Iterator[None]:
    """Provide a cluster within the block: the one already connected, the one at `RAY_ADDRESS`, or a new local one."""
    import ray

    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    kept = {name: value for name, value in os.environ.items() if name.startswith("WHYLIGHT_")}
    address = os.environ.get("RAY_ADDRESS")
    here = {"env_vars": {**kept, "PYTHONPATH": f"{_PACKAGE.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}}
    anywhere = {"env_vars": kept, "py_modules": [str(_PACKAGE)]}
    try:
        ray.init(
            address=address or "local",  # and not one that somebody left running on this machine
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=anywhere if address else here,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise AttributionError(f"Ray cannot be reached: {' '.join(str(error).split())}") from error
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _quiet() -> Iterator[None]:
    """Within the block Ray Data shows no progress bars, and passes on each batch of documents as soon as it is read."""
    from ray.data import DataContext

    context = DataContext.get_current()
    chosen = {"enable_progress_bars": False, "enable_auto_log_stats": False, "target_max_block_size": 1}
    before = {name: getattr(context, name) for name in chosen}
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        for name, value in chosen.items():
            setattr(context, name, value)
        yield
    finally:
        logger.setLevel(level)
        for name, value in before.items():
            setattr(context, name, value)
