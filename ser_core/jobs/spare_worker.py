"""The process that waits for a training: ``python -m ser_core.jobs.spare_worker``.

See `ser_core.jobs.spare`. It wakes TensorFlow up, waits on its standard input for a run's folder,
lock and log, and is that run's worker from then on (`ser_core.jobs.worker`).
"""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

from ser_core.jobs import worker
from ser_core.jobs.spare import READY


def main() -> None:
    """Wake TensorFlow up, wait, train once."""
    worker.step_aside()
    line = socket.socket(fileno=os.dup(0))
    _wake()
    line.sendall(READY)
    told, descriptors, _flags, _address = socket.recv_fds(line, 4096, 2)
    if not told:
        # The server is gone.
        return
    # The lock stays open for as long as this process lives, which is all that it is for.
    _lock, log = descriptors
    os.dup2(log, 2)
    os.close(log)
    threading.Thread(target=worker.end_with_server, daemon=True).start()
    worker.run(Path(told.decode()))


def _wake() -> None:
    """Import what a training imports, and train once: the first epoch of a process is slow."""
    import numpy as np

    from ser_core import workflow  # noqa: F401
    from ser_core.data.examples import Examples  # noqa: F401
    from ser_core.training import gathering  # noqa: F401
    from ser_core.training.backend import keras

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    model.fit(np.zeros((8, 4), np.float32), np.eye(2, dtype=np.float32)[[0] * 8], verbose=0)
    # Names of layers are numbered, and a bundle holds them: it must not know of this one.
    keras.utils.clear_session()


if __name__ == "__main__":
    main()
