"""Keras, woken up so that a training gives the same weights on every x86 processor.

TensorFlow's matrix products come from oneDNN, which chooses its code by what the processor can do,
and each code adds up in its own order. The last digit that differs grows with every step: the same
training came out one or two points apart on two machines. Held to AVX2, which every x86 processor
of the last ten years has, all of them add up alike. Convolutions take a tenth longer by it where
there is AVX-512.
"""

from __future__ import annotations

import os

# Read when TensorFlow is loaded, so before Keras is; whoever has set it decides.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX2")

import keras

__all__ = ["keras"]
