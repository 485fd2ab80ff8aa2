#include "weights/text_classifier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr int64_t kMostTexts = 1'000'000;

// logit_scale or logit_bias, which stand outside of both towers.
float scalar(const TensorFile& tensors, const FoundNaming& naming, const char* name) {
  const std::string stored = naming.outer + name;
  const std::string& file = tensors.paths().front().string();
  const TensorView* tensor = tensors.find(stored);
  if (!tensor || tensor->count() != 1) {
    throw ModelError(fmt::format(
        "{}: {} '{}'; scores of texts need that number, which a whole CLIP or SigLIP has", file,
        tensor ? "more than one number in" : "no tensor", stored));
  }
  float value = 0;
  convert_to_f32(*tensor, {&value, 1});
  return value;
}

const TensorView& text_embeds(const TensorFile& file, const std::string& name, int64_t dim) {
  const TensorView* texts = file.find("text_embeds");
  if (!texts) {
    throw ModelError(fmt::format(
        "{}: no tensor 'text_embeds' [classes, {}]; --classifier wants the embeddings of the texts",
        name, dim));
  }
  if (texts->shape.size() != 2 || texts->shape[0] < 1 || texts->shape[0] > kMostTexts) {
    throw ModelError(fmt::format("{}: 'text_embeds' has shape [{}]; wanted [classes, {}]", name,
                                 fmt::join(texts->shape, ", "), dim));
  }
  if (texts->shape[1] != dim) {
    throw ModelError(fmt::format(
        "{}: 'text_embeds' has {} columns and the picture's embedding {}; make it with the text "
        "tower of this very checkpoint",
        name, texts->shape[1], dim));
  }
  return *texts;
}

// Each row to a length of `length`.
void set_lengths(std::vector<float>& rows, int64_t dim, double length, const std::string& name) {
  for (size_t row = 0; row < rows.size() / size_t(dim); ++row) {
    float* values = &rows[row * size_t(dim)];
    double squares = 0;
    for (int64_t i = 0; i < dim; ++i) squares += double(values[i]) * double(values[i]);
    if (!(squares > 0) || !std::isfinite(squares)) {
      throw ModelError(fmt::format("{}: row {} of 'text_embeds' is {}; it has no direction", name,
                                   row, squares == 0 ? "zero" : "not finite"));
    }
    const double factor = length / std::sqrt(squares);
    for (int64_t i = 0; i < dim; ++i) values[i] = float(double(values[i]) * factor);
  }
}

}  // namespace

GivenTensors read_text_classifier(const std::filesystem::path& classifier,
                                  const TensorFile& tensors, const FoundNaming& naming,
                                  ModelConfig& model) {
  const std::string name = classifier.string();
  VitDescription& vit = model.vit;
  const TensorFile file(classifier);
  const TensorView& texts = text_embeds(file, name, vit.head.embed_dim);
  const double scale = std::exp(double(scalar(tensors, naming, "logit_scale")));
  const bool biased = model.family->text_scores == TextScores::sigmoid;
  const float bias = biased ? scalar(tensors, naming, "logit_bias") : 0.0f;
  constexpr double kLargest = 1e6;  // CLIP was trained with a limit of 100
  if (!(scale <= kLargest) || !(std::abs(bias) <= kLargest)) {
    throw ModelError(fmt::format(
        "{}: logit_scale or logit_bias is out of range; wanted exp(logit_scale) and the bias "
        "within {}",
        tensors.paths().front().string(), kLargest));
  }
  std::vector<float> weight(size_t(texts.count()));
  convert_to_f32(texts, weight);
  set_lengths(weight, vit.head.embed_dim, scale, name);
  vit.head.classes = texts.shape[0];
  model.sources["classes"] = name;
  const std::string& head = vit.head.classifiers.front().name;
  GivenTensors given;
  given[head + ".bias"].assign(size_t(vit.head.classes), bias);
  given[head + ".weight"] = std::move(weight);
  return given;
}

}  // namespace saccade
