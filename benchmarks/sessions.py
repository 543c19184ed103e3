"""Measures how long readers wait who ask at once: N sessions of the page Explain, each with a text of its own.

    python -m benchmarks.sessions [--sessions N] [--words N] [--address http://127.0.0.1:8501]

It speaks the page's own protocol, so no browsers take the processors. Without an address it starts a server with a
new store and the demo model, explains some texts first, as if others had been there, and stops it at the end. For each
session it counts the seconds from the press of Explain until the first coloured text, and until the page is done.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from attribution import demo
from scripts.screenshot import serve

_COLOURED = b'class="word'
_TAUGHT = 5


@dataclass
class Session:
    """A reader's connection: the widgets of the page, and when what came."""

    socket: websockets.ClientConnection
    widgets: dict[str, str] = field(default_factory=dict)
    coloured: float = 0.0

    async def run(self, changes: dict[str, str | bool], expected: str = "") -> float:
        """Send a rerun with these widgets, by their keys; the seconds until it is done.

        `coloured` are those until the first coloured text that holds `expected`.
        """
        message, start = BackMsg(), time.monotonic()
        message.rerun_script.query_string = ""
        for key, value in changes.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = self.widgets[key]
            if isinstance(value, bool):
                state.trigger_value = value
            else:
                state.string_value = value
        await self.socket.send(message.SerializeToString())
        self.coloured = 0.0
        async for data in self.socket:
            said = ForwardMsg()
            said.ParseFromString(data if isinstance(data, bytes) else data.encode())
            self._note(said)
            if not self.coloured and _COLOURED in data and expected.encode() in data:
                self.coloured = time.monotonic() - start
            if said.WhichOneof("type") == "script_finished":
                return time.monotonic() - start
        raise RuntimeError("The server closed the connection.")

    def _note(self, said: ForwardMsg) -> None:
        element = said.delta.new_element
        for kind in ("text_area", "button"):
            if element.HasField(kind):
                identity = getattr(element, kind).id
                self.widgets[identity.rpartition("-")[2]] = identity


def main() -> None:
    """Print one line for each number of sessions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, action="append")
    parser.add_argument("--words", type=int, default=80)
    parser.add_argument("--address")
    options = parser.parse_args()
    print(
        "| sessions | first colours: median, s | last | done: median, s | last |\n| ---: | ---: | ---: | ---: | ---: |"
    )
    with _serve(options.address) as address:
        texts = _texts(options.words)
        asyncio.run(_measure(address, [next(texts) for _ in range(_TAUGHT)], at_once=False))
        for count in options.sessions or [1, 5, 20]:
            found = asyncio.run(_measure(address, [next(texts) for _ in range(count)], at_once=True))
            coloured, done = (np.array(side) for side in zip(*found, strict=True))
            print(
                f"| {count} | {np.median(coloured):.1f} | {coloured.max():.1f} | {np.median(done):.1f} | "
                f"{done.max():.1f} |",
                flush=True,
            )


async def _measure(address: str, texts: list[str], *, at_once: bool) -> list[tuple[float, float]]:
    """Seconds until the first colours and until the end, for each text in a session of its own."""
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    sessions = []
    for _ in texts:
        session = Session(
            await websockets.connect(url, max_size=None, subprotocols=[websockets.Subprotocol("streamlit")])
        )
        await session.run({})
        sessions.append(session)

    async def ask(session: Session, text: str) -> tuple[float, float]:
        done = await session.run({"text": text, "explain": True}, expected=text.split()[0])
        return session.coloured, done

    questions = [ask(session, text) for session, text in zip(sessions, texts, strict=True)]
    found = list(await asyncio.gather(*questions)) if at_once else [await question for question in questions]
    for session in sessions:
        await session.socket.close()
    return found


def _texts(words: int) -> Iterator[str]:
    """Texts of three quarters to five quarters as many words, each with a first word of its own."""
    draw, paragraphs = np.random.default_rng(0), demo.paragraphs(held_out=True)
    number = 0
    while True:
        order = draw.permutation(len(paragraphs))[:8]
        mixed = " ".join(paragraphs[place].text for place in order).split()
        yield " ".join([f"No{number}", *mixed[: int(words * draw.uniform(0.75, 1.25))]])
        number += 1


@contextmanager
def _serve(address: str | None) -> Iterator[str]:
    if address:
        yield address
        return
    with tempfile.TemporaryDirectory() as folder, serve({"WHYLIGHT_STORE": folder}) as started:
        yield started


if __name__ == "__main__":
    main()
