"""What a model's process may take and reach, and what becomes of those who asked it when it ends."""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from ctypes.util import find_library
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import psutil
import pytest

from attribution import (
    AttributionError,
    CheckpointError,
    IntegratedGradients,
    KernelShap,
    Lime,
    WorkerError,
    explain,
    load_model,
)
from attribution.isolation import channel, isolated_model, process, start, worker
from attribution.isolation import nursery as nursery_process
from attribution.isolation.channel import Channel
from attribution.isolation.limits import SCRATCH_FILES
from attribution.isolation.memory import measure_memory
from attribution.isolation.nursery import FORK, NUMBER
from attribution.isolation.process import Allowance, EndedError, ModelProcess
from attribution.isolation.start import nursery
from tests.attribution.isolation.test_isolated_model import same
from tests.attribution.opening.hostile.pickles import numbers_of_one_hash
from tests.attribution.opening.hostile.workshop import Workshop, build_honest
from tests.paths import ROOT

TEXT = "The striker scored twice, and the team won the cup in Zürich."
LONG = TEXT * 40
_PATIENCE = 60


@pytest.fixture(scope="module")
def path(make_checkpoint):
    return make_checkpoint(("alpha", "beta", "gamma"))


@pytest.fixture
def model(path):
    return load_model(path, isolated=True)


def number_of(model) -> int:
    return model.home.number


def wait_for(condition) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def alike(one, other):
    """Whether two explanations are the same but for rounding: points share passes as they fit, and as others wait."""
    assert one.evaluations == other.evaluations
    return np.allclose(one.attributions, other.attributions, atol=1e-5)


class TestEnd:
    def test_a_killed_process_is_started_again(self, model):
        before, number = model.predict(TEXT), number_of(model)
        os.kill(number, signal.SIGKILL)
        assert same(model.predict(TEXT), before)
        assert number_of(model) != number

    def test_killed_in_the_middle_of_an_explanation_it_says_so_and_the_next_click_works(self, model):
        def kill(_):
            os.kill(number_of(model), signal.SIGKILL)

        with pytest.raises(WorkerError, match=r"broke off \(signal 9\)"):
            explain(model, LONG, on_preview=kill)
        assert model.predict(TEXT).label

    def test_those_who_wait_for_another_question_get_their_answer(self, model):
        expected, others = explain(model, TEXT), ThreadPoolExecutor(5)
        asked = []

        def ask_and_kill(_):
            if not asked:
                asked.extend(others.submit(explain, model, TEXT) for _ in range(4))
                time.sleep(0.05)
                os.kill(number_of(model), signal.SIGKILL)

        with others:
            first = others.submit(explain, model, TEXT, on_preview=ask_and_kill)
            wait_for(lambda: len(asked) == 4)
            found = [one.exception() or one.result() for one in (first, *asked)]
        assert sum(isinstance(one, WorkerError) for one in found) <= 1  # the one that computed when it was killed
        assert all(alike(one, expected) for one in found if not isinstance(one, WorkerError))

    def test_if_the_nursery_is_killed_another_one_is_started(self, path):
        model = load_model(path, isolated=True)
        before, watched = model.predict(TEXT), psutil.Process(nursery().number)
        started = watched.children()
        watched.kill()
        wait_for(lambda: not any(process.is_running() for process in started) and nursery().number != watched.pid)
        assert same(model.predict(TEXT), before)

    def test_a_nursery_that_does_not_answer_is_replaced(self, path, monkeypatch):
        before = nursery()
        with before._lock:  # or it may owe an answer to one who waits longer
            before._control.settimeout(0.5)
            os.kill(before.number, signal.SIGSTOP)
        assert load_model(path, isolated=True).predict(TEXT).label
        assert not before.is_alive

    def test_a_nursery_that_does_not_end_is_ended(self, monkeypatch):
        monkeypatch.setattr(start, "_LEAVING_SECONDS", 0.5)
        stopped = start.Nursery()
        stopped._is_ready = stopped._receive() > 0
        os.kill(stopped.number, signal.SIGSTOP)
        stopped.close()
        assert not stopped.is_alive

    def test_the_seconds_of_the_first_reading_of_a_pickle_count(self, model):
        times = psutil.Process(number_of(model)).cpu_times()
        rehearsed = times.children_user + times.children_system
        assert rehearsed > 0
        assert model.home._process._count_seconds() > times.user + times.system + rehearsed / 2

    def test_its_seconds_count_while_they_go_by(self, tmp_path, monkeypatch):
        monkeypatch.setattr(isolated_model, "OPENING_SECONDS", 1.0)
        path = numbers_of_one_hash(Workshop(tmp_path, build_honest(tmp_path)))
        with pytest.raises(WorkerError, match="takes more than 1 seconds to open"):
            load_model(path, isolated=True)

    def test_shared_memory_counts(self):
        code = (
            "import mmap, sys; held = mmap.mmap(-1, 50 * 2**20); held.write(bytes(50 * 2**20)); print(flush=True); "
            "sys.stdin.read()"
        )
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen([sys.executable, "-c", code], **pipes) as started:
            started.stdout.readline()
            assert measure_memory(psutil.Process(started.pid)) > 50 * 2**20

    def test_a_process_that_writes_much_is_ended(self, model, monkeypatch):
        monkeypatch.setattr(process, "SCRATCH_BYTES", 10**6)
        (model.home._process._scratch / "large").write_bytes(bytes(2 * 10**6))
        wait_for(lambda: number_of(model) is None)

    def test_a_process_that_writes_files_without_end_is_ended(self, model):
        for number in range(SCRATCH_FILES + 1):
            (model.home._process._scratch / str(number)).touch()
        wait_for(lambda: number_of(model) is None)
        assert model.predict(TEXT).label

    def test_where_the_system_allows_no_more_processes_the_nursery_goes_on(self, tmp_path):
        code = (
            "import errno, os, sys; from attribution.isolation import nursery\n"
            "def fork(): raise BlockingIOError(errno.EAGAIN, 'no more')\n"
            "os.fork = fork; nursery.main(*sys.argv[1:])"
        )
        here, theirs = socket.socketpair()
        with here, theirs:
            command = [sys.executable, "-c", code, str(theirs.fileno()), str(tmp_path / "scratch")]
            begun = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
            theirs.close()
            assert NUMBER.unpack(here.recv(4)) == (begun.pid,)
            for _ in range(2):
                socket.send_fds(here, [FORK + NUMBER.pack(0)], [here.fileno()])
                assert NUMBER.unpack(here.recv(4)) == (-errno.EAGAIN,)
        assert begun.wait() == 0

    def test_another_file_in_its_place_is_not_taken_for_it(self, path, make_checkpoint, tmp_path):
        copy = tmp_path / "model.pt"
        copy.write_bytes(path.read_bytes())
        model = load_model(copy, isolated=True)
        copy.unlink()
        os.kill(number_of(model), signal.SIGKILL)
        with pytest.raises(CheckpointError, match="not there any more"):
            model.predict(TEXT)
        copy.write_bytes(make_checkpoint(("one", "two")).read_bytes())
        with pytest.raises(CheckpointError, match="was changed after it was opened"):
            model.predict(TEXT)

    def test_a_model_that_nobody_holds_leaves_no_process_file_or_thread(self, path):
        model = load_model(path, isolated=True)
        watched, scratch = psutil.Process(number_of(model)), model.home._process._scratch
        assert scratch.is_dir()
        del model
        gc.collect()
        wait_for(lambda: not watched.is_running() and not scratch.exists())
        wait_for(lambda: not any(f"process {watched.pid}" in thread.name for thread in threading.enumerate()))

    def test_it_ends_with_the_one_who_started_it(self, path):
        code = (
            "import sys; from attribution import load_model; "
            "model = load_model(sys.argv[1], isolated=True); process = model.home._process; "
            "print(process.number, process._nursery.number, process._scratch, flush=True); sys.stdin.read()"
        )
        begun = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        number, nursery, scratch = begun.stdout.readline().split()
        assert psutil.pid_exists(int(number))
        begun.kill()
        begun.communicate()
        wait_for(lambda: not psutil.pid_exists(int(number)) and not psutil.pid_exists(int(nursery)))
        wait_for(lambda: not Path(scratch).exists())

    def test_who_takes_too_much_memory_is_told_and_no_other(self, model, monkeypatch):
        """The one who computes by then asked for something else, and gets its answer from the next process."""
        expected, others, asked = explain(model, LONG), ThreadPoolExecutor(1), []

        def fail(said):
            assert said["kind"] == "UnknownLabelError"
            wait_for(lambda: model.home._process._turn == first)
            return MemoryError()

        def ask_for_too_much(_):
            if not asked:
                monkeypatch.setattr(process, "read_error", fail)
                asked.append(others.submit(explain, model, TEXT, "too much"))

        first = next(copy(model.home._process._numbers))
        with others:
            assert alike(explain(model, LONG, on_preview=ask_for_too_much), expected)
            with pytest.raises(WorkerError, match="Try a shorter text"):
                asked[0].result()

    def test_a_question_is_withdrawn_where_whoever_asked_is_interrupted(self, model, monkeypatch):
        class Interrupted(SimpleQueue):
            def get(self):
                raise KeyboardInterrupt

        sent, channel = [], model.home._process._channel
        monkeypatch.setattr(process, "SimpleQueue", Interrupted)
        monkeypatch.setattr(channel, "send", sent.append)
        with pytest.raises(KeyboardInterrupt):
            model.predict(TEXT)
        assert [list(message)[1] for message in sent] == ["ask", "withdraw"]

    def test_a_process_is_left_if_what_it_says_of_its_file_is_nonsense(self, path, monkeypatch):
        begun = []
        monkeypatch.setattr(ModelProcess, "begin", lambda self: begun.append(self) or {"nonsense": 1})
        with pytest.raises(WorkerError, match="nobody understands"):
            load_model(path, isolated=True)
        wait_for(lambda: begun[0].has_ended)

    def test_an_answer_of_another_kind_is_not_believed(self, model, monkeypatch):
        monkeypatch.setattr(ModelProcess, "ask", lambda *_: {"nonsense": 1})
        with pytest.raises(WorkerError, match="nobody understands"):
            model.predict(TEXT)

    @pytest.mark.parametrize(("name", "data"), [("on_progress", [1, 0.5]), ("on_preview", []), ("on_preview", [[1]])])
    def test_a_call_of_another_kind_is_not_believed(self, model, monkeypatch, name, data):
        monkeypatch.setattr(ModelProcess, "ask", lambda self, question, call, allowed: call(name, data))
        with pytest.raises(WorkerError, match="nobody understands"):
            explain(model, TEXT, on_preview=lambda _: None)

    def test_it_cannot_fill_the_memory_of_whoever_asks(self, model, monkeypatch):
        """It is ended when it says more before what it said was heard."""
        begun, unheard = model.home._process, SimpleQueue()
        monkeypatch.setattr(Channel, "receive", lambda *_: iter([{"id": 7, "call": "on_preview"}] * 9))
        begun._answers[7] = unheard
        wait_for(lambda: begun.has_ended and unheard.qsize() == 2)
        assert [type(unheard.get()) for _ in range(2)] == [dict, EndedError]

    def test_what_is_too_long_to_be_sent_is_refused_on_either_side(self, path, model, monkeypatch):
        number = number_of(model)
        monkeypatch.setattr(channel, "MESSAGE", 2000)
        with pytest.raises(AttributionError, match=r"at most 2 kB and 4,000,000 are sent\. Give a shorter text"):
            model.predict(LONG)
        assert number_of(model) == number
        here, there = map(Channel, socket.socketpair())
        desk = worker._Desk(load_model(path), there)
        desk.serve(
            [
                {"id": 1, "ask": "attribution.explaining.explain.explain", "multi_label": None, "labels": None}
                | {"arguments": {"text": TEXT}, "callbacks": []}
            ]
        )
        said = {}
        while "failed" not in said:
            said = next(here.receive(), said)
        assert said["failed"]["kind"] == "AttributionError"
        here.close()
        there.close()

    def test_the_next_question_does_not_find_what_has_just_ended(self, model):
        for _ in range(5):
            model.home.leave()
            assert model.predict(TEXT).label

    def test_one_that_ends_at_once_is_told_of_and_leaves_nothing(self, path, monkeypatch):
        begun = []

        def start(self):
            begun.append(self)
            started(self)
            os.kill(self.number, signal.SIGKILL)
            time.sleep(0.05)

        started = ModelProcess._start
        monkeypatch.setattr(ModelProcess, "_start", start)
        with pytest.raises(WorkerError, match=r"broke its process off \(signal 9\)"):
            load_model(path, isolated=True)
        wait_for(lambda: not psutil.pid_exists(begun[0].number) and not begun[0]._scratch.exists())

    def test_where_the_system_has_no_room_for_another_process_the_others_go_on(self, path, model, monkeypatch):
        def refuse():
            raise BlockingIOError(errno.EAGAIN, "no room")

        with open(os.devnull, "rb") as descriptor:
            monkeypatch.setattr(os, "fork", refuse)
            assert nursery_process._fork([os.dup(descriptor.fileno())], worker.serve) == -errno.EAGAIN
        assert nursery_process._fork([], worker.serve) == -errno.EMFILE
        before = set(os.listdir(nursery()._scratch))
        monkeypatch.setattr(nursery(), "_receive", lambda: -errno.EAGAIN)
        with pytest.raises(WorkerError, match=r"No process could be started for the model: .*unavailable"):
            load_model(path, isolated=True)
        monkeypatch.undo()
        nursery()._receive()  # of the process that was begun nevertheless
        assert set(os.listdir(nursery()._scratch)) == before
        assert model.predict(TEXT).label

    def test_a_fork_of_the_server_leaves_its_models_as_they_are(self, path):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _FORKS, str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        assert done.stdout.split() == ["answered", "left", "ended", "same", "again"]

    def test_one_that_ends_while_flair_is_still_imported_says_nothing(self):
        code = "from attribution.isolation.start import nursery; nursery().close()"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert not done.stderr

    def test_what_it_says_is_not_believed_if_it_is_no_message(self, model, monkeypatch):
        def receive(self, seconds=None):
            raise ValueError("A message is too long.")

        monkeypatch.setattr(Channel, "receive", receive)
        with pytest.raises(WorkerError, match="nobody understands"):
            explain(model, TEXT)


class TestLimits:
    def test_memory_for_opening(self, path, monkeypatch):
        monkeypatch.setattr(isolated_model, "OPENING_MEMORY", 2 * 10**6)
        with pytest.raises(WorkerError, match="takes more than 2 MB beside its weights"):
            load_model(path, isolated=True)

    def test_seconds_for_opening(self, path, monkeypatch):
        monkeypatch.setattr(isolated_model, "OPENING_SECONDS", 0.001)
        monkeypatch.setattr(process, "_LOOK_EVERY", 0.001)
        monkeypatch.setattr(process, "PATIENCE", 1e6)
        with pytest.raises(WorkerError, match="more than 0 seconds to open"):
            load_model(path, isolated=True)

    def test_memory_for_a_text(self, path, monkeypatch):
        monkeypatch.setattr(isolated_model, "OPENING_MEMORY", 300 * 10**6)
        monkeypatch.setattr(isolated_model, "EXPLAINING_MEMORY", 300 * 10**6)
        model = load_model(path, isolated=True)
        with pytest.raises(WorkerError, match="Try a shorter text"):
            model.predict("word " * 3_000_000)
        assert model.predict(TEXT).label

    def test_a_process_that_gives_no_sign_of_life(self, model, monkeypatch):
        short = Allowance(0.05, "It gave no sign of life.", 10**10, "", "")
        monkeypatch.setattr(isolated_model, "_ANSWERING", short)

        def stop(_):
            os.kill(number_of(model), signal.SIGSTOP)  # it computes no more, but time goes by

        with pytest.raises(WorkerError, match="no sign of life"):
            explain(model, LONG, on_preview=stop)
        monkeypatch.undo()
        assert model.predict(TEXT).label

    def test_a_process_that_computes_for_nobody(self, model, monkeypatch):
        before = number_of(model)
        monkeypatch.setattr(model.home._process, "_count_seconds", lambda: 1e9)
        wait_for(lambda: number_of(model) is None)
        assert model.predict(TEXT).label
        assert number_of(model) != before

    def test_readers_whose_methods_draw_at_random_do_not_wait_for_each_other(self, model):
        methods = KernelShap(samples=50), Lime(samples=50)
        alone = [explain(model, TEXT, method=method) for method in methods]
        with ThreadPoolExecutor(4) as readers:
            together = [readers.submit(explain, model, TEXT, method=method) for method in methods * 2]
            found = [one.result(timeout=_PATIENCE) for one in together]
        assert all(same(*pair) for pair in zip(found, alone * 2, strict=True))

    def test_a_thousand_questions_at_once_are_answered(self, model):
        with ThreadPoolExecutor(1000) as readers:
            asked = [readers.submit(model.predict, f"{TEXT} {number}") for number in range(1000)]
            assert all(one.result().label for one in asked)

    def test_a_function_that_is_called_back_may_ask_where_there_is_no_other_place(self, model, monkeypatch):
        monkeypatch.setattr(process, "QUESTIONS_AT_ONCE", 1)
        model.home.leave()
        seen = []
        explain(model, TEXT, on_preview=lambda _: seen.append(model.predict(TEXT).label))
        assert seen

    def test_several_readers_are_served_in_turn(self, model):
        """One who asks for 24 passes while thousands are computed for another has them first."""
        ended = []

        def answer(text, method):
            explain(model, text, method=method)
            ended.append(method)

        short, long = IntegratedGradients(), KernelShap(samples=4000)
        with ThreadPoolExecutor(2) as readers:
            first = readers.submit(answer, LONG, long)
            wait_for(lambda: model.home._process._turn)
            readers.submit(answer, TEXT, short).result()
            first.result()
        assert ended == [short, long]


_FORKS = """
import gc, os, sys
from attribution import load_model
model = load_model(sys.argv[1], isolated=True)
before, number = model.predict("a word").label, model.home.number
def fork(what):
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:
        what()
def ask():
    assert model.predict("a word").label == before and model.home.number != number
    os._exit(0)
def forget():
    global model
    model = None
    gc.collect()
    os._exit(0)
for what, name in ((ask, "answered"), (forget, "left"), (sys.exit, "ended")):
    fork(what)
    print(name, flush=True)
if model.predict("a word").label == before and model.home.number == number:
    print("same", flush=True)
if load_model(sys.argv[1], isolated=True).predict("a word").label == before:
    print("again", flush=True)
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The parts of the confinement that hold here, and what became of each thing that a confined process tried."""
    folder = tmp_path_factory.mktemp("confined")
    (folder / "secret").write_text("secret")
    (folder / "model").write_text("model")
    (folder / "scratch").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _TRIES, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    held, *outcomes = done.stdout.splitlines()
    return held.split(), dict(line.split(maxsplit=1) for line in outcomes)


class TestConfinement:
    def test_what_it_needs_is_there(self, tried):
        _, outcomes = tried
        assert {outcomes[name] for name in ("model", "scratch", "python", "memory", "move_itself")} == {"done"}
        assert {outcomes[name] for name in ("thread", "memory_later")} == {"done"}

    def test_writing_is_limited(self, tried):
        held, outcomes = tried
        assert outcomes["large_file"] != "done"
        assert outcomes["much_memory"] != "done"
        if "files" in held:
            assert outcomes["write"] != "done"

    def test_nobody_else_is_reached(self, tried):
        held, outcomes = tried
        if "network" in held:
            assert outcomes["network"] != "done"
        if "files" in held:
            assert outcomes["secret"] != "done"
            assert outcomes["environment"] != "done"
        if "signals" in held:
            assert outcomes["kill"] != "done"
        if find_library("seccomp"):
            assert "syscalls" in held
            others = "unix_socket", "limit_another", "slow_another", "move_another", "namespace"
            more = "own_group", "socket_pair", "shared_memory", "watch", "open_memory", "lock", "redate", "flags"
            later = "fork", "run", "replace", "kill_later"
            assert {outcomes[name] for name in (*others, *more, *later)} == {"PermissionError"}

    def test_no_secret_is_in_its_environment(self, path, monkeypatch):
        monkeypatch.setenv("DATABASE_PASSWORD", "secret")
        model = load_model(path, isolated=True)
        assert "PASSWORD" not in Path(f"/proc/{number_of(model)}/environ").read_text()


_TRIES = """
import os, signal, socket, subprocess, sys
from pathlib import Path
import ctypes, resource, threading
from attribution.isolation.confinement import confine, settle
folder = Path(sys.argv[1])
print(*confine(200 * 10**6, 2 * 10**9, [folder / "model"], folder / "scratch"))
def connect():
    with socket.create_connection(("127.0.0.1", 9)): pass
def reach():
    try:
        connect()
    except ConnectionRefusedError:
        return
def grow():
    with (folder / "scratch" / "large").open("wb") as file:
        file.truncate(10**9)
TRIES = {
    "model": lambda: (folder / "model").read_text(),
    "scratch": lambda: (folder / "scratch" / "own").write_text("x"),
    "python": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
    "memory": lambda: bytearray(10**8),
    "much_memory": lambda: bytearray(10**9),
    "large_file": grow,
    "write": lambda: (folder / "other").write_text("x"),
    "network": reach,
    "secret": lambda: (folder / "secret").read_text(),
    "environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "kill": lambda: os.kill(os.getppid(), 0),
    "unix_socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "limit_another": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE),
    "slow_another": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 1),
    "move_another": lambda: os.sched_setaffinity(os.getppid(), {0}),
    "move_itself": lambda: os.sched_setaffinity(0, {0}),
    "namespace": lambda: unshare(),
    "own_group": lambda: os.setsid(),
    "socket_pair": lambda: socket.socketpair(),
    "shared_memory": lambda: call("shmctl", -1, 2, None),
    "watch": lambda: call("inotify_init1", 0),
    "open_memory": lambda: os.memfd_create("large"),
    "lock": lambda: os.chmod(folder / "secret", 0),
    "redate": lambda: os.utime(folder / "secret"),
    "flags": lambda: call("syscall", 469, -100, str(folder / "secret").encode(), bytes(24), 24, 0),
}
def call(name, *arguments):
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
def unshare():
    if ctypes.CDLL(None, use_errno=True).unshare(0x4000000):
        raise OSError(ctypes.get_errno(), "unshare")
def run_thread():
    started = threading.Thread(target=print, kwargs={"end": ""})
    started.start()
    started.join()
def fork():
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
SETTLED = {
    "thread": run_thread,
    "memory_later": lambda: bytearray(10**9),
    "fork": fork,
    "run": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
    "replace": lambda: os.execv(sys.executable, [sys.executable, "-c", "pass"]),
    "kill_later": lambda: os.kill(os.getppid(), 0),
}
def attempt_all(tries):
    for name, attempt in tries.items():
        try:
            attempt()
            print(name, "done", flush=True)
        except BaseException as error:
            print(name, type(error).__name__, flush=True)
attempt_all(TRIES)
settle()
attempt_all(SETTLED)
"""
