// The option --precision, of every command that runs a model.
#pragma once

#include "app/cli/command_line.h"
#include "model/kernels/precision.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

OptionSpec precision_option();

/// What it says; f32 where it is absent, and for "auto" bf16 where the processor has instructions
/// for it. Throws UsageError, also where there are no products at this precision.
Precision precision_value(const ParsedArguments& arguments);

/// Who is told what of a model's precision.
struct PrecisionNotes {
  bool quiet = false;
  bool verbose = false;
};

/// Makes the model at `wanted`, or with gradients, which int8 does not have, beside_int8(). A note
/// tells of that, of instructions that the processor lacks, and of what int8 leaves out.
std::shared_ptr<const VisionTransformer> make_model(const Checkpoint& checkpoint, Precision wanted,
                                                    bool gradients, const PrecisionNotes& notes,
                                                    Packing packing = Packing::once);

}  // namespace saccade
