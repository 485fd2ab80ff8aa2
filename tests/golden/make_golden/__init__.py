"""Makes tests/golden/cases: tiny checkpoints and what the real libraries compute from them.

Run `python3 -m make_golden [CASE...]` in tests/golden. It needs the packages in requirements.txt;
the tests themselves need none of them. The README of tests/golden describes a case folder.

The reference runs in float64 on the stored (f32, f16 or bf16) weights and is rounded to f32 when it
is written, so a comparison measures only the tested program. Every random number comes from a seed
made of the names of its case and tensor.
"""
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before transformers and timm are imported
