// The option --precision, of every command that runs a model.
#pragma once

#include "app/command_line.h"
#include "model/precision.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

OptionSpec precision_option();

/// What it says; f32 where it is absent, and for "auto" bf16 where the processor has instructions
/// for it. Throws UsageError, also where there are no products at this precision.
Precision precision_value(const ParsedArguments& arguments);

/// What a model with gradients is made at: in place of int8, which has none, bf16, or f32 where the
/// processor has no instructions for bf16.
Precision with_gradients(Precision precision);

/// Who is told what of a model's precision.
struct PrecisionNotes {
  bool quiet = false;
  bool verbose = false;
};

/// Makes the model at `wanted`, or with gradients at what has them. A note tells of that, of
/// instructions that the processor lacks, and of what int8 leaves out.
VisionTransformer make_model(const Checkpoint& checkpoint, Precision wanted, bool gradients,
                             const PrecisionNotes& notes);

}  // namespace saccade
