// The option --precision of the commands that run a model.
#pragma once

#include "app/cli/command_line.h"
#include "model/kernels/precision.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

OptionSpec precision_option();

/// The precision that the option names; f32 if it is absent. "auto" is bf16 if the processor has
/// instructions for it, else f32. Throws UsageError if oneDNN cannot multiply at this precision.
Precision precision_value(const ParsedArguments& arguments);

/// Which notes to print about a model's precision.
struct PrecisionNotes {
  bool quiet = false;
  bool verbose = false;
};

/// Makes the model at precision `wanted`; with gradients, at beside_int8(wanted), since int8 has
/// none. Prints a note about such a change, about missing instructions of the processor, and about
/// the layers that int8 leaves at another precision.
std::shared_ptr<const VisionTransformer> make_model(const Checkpoint& checkpoint, Precision wanted,
                                                    bool gradients, const PrecisionNotes& notes,
                                                    Packing packing = Packing::once);

}  // namespace saccade
