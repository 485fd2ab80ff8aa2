// What the tensors of a timm checkpoint show, held against what its config.json says. Private to
// timm_*.cpp.
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

/// No more than "an integer"; validate() is stricter.
inline constexpr int64_t kLargest = int64_t{1} << 40;

/// The file's tensors by canonical names. Whoever asks for one that is not there, or of another
/// rank, gets a ModelError.
class Shown {
 public:
  Shown(const TensorFile& tensors, const FoundNaming& naming, std::string file)
      : tensors_(tensors), naming_(naming), file_(std::move(file)) {}

  std::string stored(std::string_view canonical) const;
  bool has(std::string_view canonical) const { return tensors_.find(stored(canonical)) != nullptr; }
  /// All parts of it.
  bool has_whole(std::string_view canonical) const;
  const std::vector<int64_t>& shape(std::string_view canonical, size_t rank) const;
  /// Of a tensor, or of all parts of a fused one.
  int64_t rows(std::string_view canonical) const;
  /// Of the second part of a fused tensor; `otherwise` where it is in one piece, or not there.
  int64_t rows_of_second(std::string_view canonical, int64_t otherwise) const;
  const std::string& file() const { return file_; }

 private:
  const TensorFile& tensors_;
  const FoundNaming& naming_;
  std::string file_;
};

/// Whether there is `tensor`, which config.json may say, too; ModelError where it says otherwise.
bool shown_or_not(const ConfigReader& args, const char* key, const std::optional<bool>& said,
                  const Shown& shown, const char* tensor);

/// Likewise of a number.
void check_number(const ConfigReader& args, const char* key, int64_t shown);

/// Refuses what no constructor of timm's takes, or Saccade does not know.
void check_timm_args(const ConfigReader& args, const nlohmann::json& values);

/// Position biases by a table or an MLP.
void resolve_timm_position_bias(const ConfigReader& args, const Shown& shown, ModelConfig& model);

/// Rotary embedding: the entry point's, and what model_args change of it.
void resolve_timm_rope(const ConfigReader& args, const TimmEntryPoint& entry, const Shown& shown,
                       ModelConfig& model);

/// What the classifiers read, and the norm before or after that.
void resolve_timm_pooling(const TimmFiles& files, const TimmEntryPoint& entry, const Shown& shown,
                          ModelConfig& model);

/// The rows of the classifier, whose name in the file has the outer prefix alone.
void resolve_timm_classes(const TimmFiles& files, const TensorFile& tensors,
                          const FoundNaming& naming, ModelConfig& model);

}  // namespace saccade
