#include "app/predict/precision_option.h"

#include <fmt/format.h>

#include <optional>

#include "app/cli/messages.h"
#include "app/cli/option_values.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr Choices<std::optional<Precision>, 4> kPrecisions{{{"f32", Precision::f32},
                                                            {"bf16", Precision::bf16},
                                                            {"int8", Precision::int8},
                                                            {"auto", std::nullopt}}};

void print_int8_coverage(const Int8Coverage& coverage, const PrecisionNotes& notes) {
  print_note(fmt::format(
      "note: int8: {:.1f} % of the multiplications by weights are kept out of it: those "
      "of the embedding, the classifier and {} other layers",
      100 * coverage.share_kept_out, coverage.kept_out.size()));
  if (!notes.verbose) return;
  for (const std::string& layer : coverage.kept_out) {
    print_note(fmt::format("int8: {} would lose too much and is kept out", layer));
  }
}

}  // namespace

OptionSpec precision_option() {
  return {"precision", 0, "NAME",
          "f32, which equals the reference; bf16 or int8, which are faster and nearly equal; or "
          "auto: bf16 if the processor has instructions for it; default f32"};
}

Precision precision_value(const ParsedArguments& arguments) {
  const std::optional<Precision> named =
      choice_value(arguments, "precision", kPrecisions).value_or(Precision::f32);
  const Precision precision =
      named.value_or(is_native(Precision::bf16) ? Precision::bf16 : Precision::f32);
  if (is_possible(precision)) return precision;
  throw UsageError(fmt::format(
      "--precision {0}: oneDNN {1} has no products in {0} for this processor; f32 works",
      name_of(precision), onednn_version()));
}

std::shared_ptr<const VisionTransformer> make_model(const Checkpoint& checkpoint, Precision wanted,
                                                    bool gradients, const PrecisionNotes& notes,
                                                    Packing packing) {
  const Precision precision = gradients ? beside_int8(wanted) : wanted;
  if (precision != wanted && !notes.quiet) {
    print_note(
        fmt::format("note: these maps need gradients, which int8 does not have: all is in {}",
                    name_of(precision)));
  }
  if (!is_native(precision) && !notes.quiet) {
    print_note(fmt::format("note: this processor has no instructions for {}: it may be slow",
                           name_of(precision)));
  }
  auto model = std::make_shared<const VisionTransformer>(
      checkpoint.config.vit, checkpoint.weights, checkpoint.input_size(),
      ModelOptions{precision, packing, gradients});
  if (precision == Precision::int8 && !notes.quiet)
    print_int8_coverage(model->int8_coverage(), notes);
  return model;
}

}  // namespace saccade
