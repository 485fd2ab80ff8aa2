// Infers the structure of a timm checkpoint from its tensors and checks config.json against it.
// Private to timm/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/config/config_reader.h"
#include "weights/config/model_config.h"
#include "weights/timm/timm_files.h"

namespace saccade {

/// The limit of integers when they are read; validate() is stricter.
inline constexpr int64_t kLargest = int64_t{1} << 40;

/// The file's tensors by canonical names. Functions that return a shape throw ModelError if the
/// tensor is missing or of another rank. Holds references to its arguments, which must outlive it.
class TensorEvidence {
 public:
  TensorEvidence(const TensorFile& tensors, const FoundNaming& naming, std::string file)
      : tensors_(tensors), naming_(naming), file_(std::move(file)) {}

  std::string stored(std::string_view canonical) const;
  bool has(std::string_view canonical) const { return tensors_.find(stored(canonical)) != nullptr; }
  /// Whether all parts of a fused tensor are there.
  bool has_whole(std::string_view canonical) const;
  const std::vector<int64_t>& shape(std::string_view canonical, size_t rank) const;
  /// Rows of a tensor, or of all parts of a fused one.
  int64_t rows(std::string_view canonical) const;
  /// Rows of the second part of a fused tensor; `otherwise` if it is stored whole, or is missing.
  int64_t rows_of_second(std::string_view canonical, int64_t otherwise) const;
  const std::string& file() const { return file_; }

 private:
  const TensorFile& tensors_;
  const FoundNaming& naming_;
  std::string file_;
};

/// Whether the file has `tensor`. Throws ModelError if `said`, the value of `key`, contradicts it.
bool infer_flag(const ConfigReader& args, const char* key, const std::optional<bool>& said,
                const TensorEvidence& evidence, const char* tensor);

/// Throws ModelError if the value of `key` is another number than the one inferred.
void check_number(const ConfigReader& args, const char* key, int64_t inferred);

/// Throws ModelError for an argument that no constructor of timm takes, or that Saccade does not
/// know.
void check_timm_args(const ConfigReader& args, const nlohmann::json& values);

/// Position biases by a table or an MLP.
void resolve_timm_position_bias(const ConfigReader& args, const TensorEvidence& evidence,
                                ModelConfig& model);

/// Rotary embedding: the entry point's, changed by model_args.
void resolve_timm_rope(const ConfigReader& args, const TimmEntryPoint& entry,
                       const TensorEvidence& evidence, ModelConfig& model);

/// Pooling, and the norm before or after it.
void resolve_timm_pooling(const TimmFiles& files, const TimmEntryPoint& entry,
                          const TensorEvidence& evidence, ModelConfig& model);

/// The number of classes, from the classifier, whose stored name has only the outer prefix.
void resolve_timm_classes(const TimmFiles& files, const TensorFile& tensors,
                          const FoundNaming& naming, ModelConfig& model);

}  // namespace saccade
