"""The embedded server as a process of its own, so that its work never delays our pacing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from types import TracebackType

from evalharness.errors import UnfitEnvironment

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0


class EmbeddedServer:
    """`async with EmbeddedServer(dataset_root) as url`: a Realtime server on loopback.

    It ends with us, however we end: its standard input closes with our process.
    """

    def __init__(self, dataset_root: Path | None) -> None:
        self._dataset_root = dataset_root
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> str:
        command = [sys.executable, "-m", "evalharness", "serve", "--local"]
        command += ["--listen", "127.0.0.1:0", "--json", "--exit-with-parent"]
        if self._dataset_root is not None:
            command += ["--dataset", str(self._dataset_root)]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "EVALHARNESS_EMBEDDED": "1"},
            # Ctrl-C reaches the whole terminal group; only we decide when the server ends.
            start_new_session=True,
        )
        try:
            return await asyncio.wait_for(self._address(), START_TIMEOUT_S)
        except BaseException:
            await self._stop()
            raise

    async def _address(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise UnfitEnvironment(
                "EH610",
                "the embedded server did not start",
                hint="evalharness serve --local shows why",
            )
        return str(json.loads(line)["url"])

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
