"""Processes that must not outlive the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.process import BaseProcess


def end_with_parent() -> None:
    """Call it in a child of `multiprocessing`: the child ends when its parent does, however that
    ends. A pool's workers would wait for work for ever after their parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    # Nobody is left who could use an answer, or whom an orderly end would serve.
    os._exit(1)
