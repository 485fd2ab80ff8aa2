"""The command line: makes all cases, or those named."""
import shutil
import sys

import numpy as np
import PIL
import timm
import torch
import torchvision
import transformers

from . import (beit, blocks_timm, clip, dinov2, eva, relpos, rope, siglip, vit_hf, vit_timm,
               torchvision_vit, zero_shot)
from .case_files import CASES
from .drawing import resize_rows_first
from .hf_case import hf_case
from .timm_case import timm_case

HF_FAMILIES = (vit_hf.hf_cases, beit.beit_hf_cases, dinov2.dinov2_cases, clip.clip_cases,
               siglip.siglip_cases, zero_shot.zero_shot_cases)
TIMM_FAMILIES = (vit_timm.file_and_input_cases, vit_timm.token_cases, blocks_timm.norm_cases,
                 blocks_timm.block_cases, eva.eva_timm_cases, beit.beit_timm_cases,
                 relpos.relpos_timm_cases, rope.dinov3_timm_cases, rope.rope_timm_cases,
                 dinov2.dinov2_timm_cases, clip.clip_timm_cases, siglip.siglip_timm_cases)
TORCHVISION_FAMILIES = (torchvision_vit.torchvision_cases,)


def main(wanted):
    torch.set_num_threads(1)
    resize_rows_first()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for library in (torch, torchvision, transformers, timm, PIL, np):
        print(f"{library.__name__} {library.__version__}")
    made = set()
    for make, families in ((hf_case, HF_FAMILIES), (timm_case, TIMM_FAMILIES),
                           (torchvision_vit.torchvision_case, TORCHVISION_FAMILIES)):
        for case, description in (item for family in families for item in family()):
            if wanted and case not in wanted:
                continue
            shutil.rmtree(CASES / case, ignore_errors=True)
            make(case, **description)
            made.add(case)
    unknown = set(wanted) - made
    if unknown:
        raise SystemExit(f"error: no such case: {', '.join(sorted(unknown))}")


main(sys.argv[1:])
