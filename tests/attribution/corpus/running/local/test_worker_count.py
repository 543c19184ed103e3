from types import SimpleNamespace

import joblib
import psutil
import pytest
import torch

from attribution.corpus.running.local import worker_count

MODEL = SimpleNamespace(facts=SimpleNamespace(size=100 * 2**20))
GIGABYTE = 2**30


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """One of eight processors and 64 GB."""
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=64 * GIGABYTE))
    monkeypatch.setattr(worker_count, "_LIMIT", tmp_path / "memory.max")
    monkeypatch.setattr(worker_count, "_USED", tmp_path / "memory.current")
    return tmp_path


def test_there_is_one_for_each_processor(machine):
    assert worker_count.count_workers(MODEL, 10_000) == 8


@pytest.mark.parametrize(("documents", "count"), [(0, 1), (40, 1), (64, 2), (100, 3)])
def test_few_documents_need_few(machine, documents, count):
    assert worker_count.count_workers(MODEL, documents) == count


@pytest.mark.parametrize(("limit", "count"), [("max", 8), (str(5 * GIGABYTE), 4), (str(1 * GIGABYTE), 1)])
def test_a_container_holds_only_so_many(machine, limit, count):
    (machine / "memory.max").write_text(f"{limit}\n")
    (machine / "memory.current").write_text(f"{GIGABYTE}\n")
    assert worker_count.count_workers(MODEL, 10_000) == count


def test_a_gpu_takes_one(machine, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert worker_count.count_workers(MODEL, 10_000) == 1
