// The names under which checkpoints store a vision transformer's tensors. Saccade's own names are
// timm's (qkv, proj, fc1, norm1, ...); every other spelling is a table from those to the file's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/files/tensor_file.h"

namespace saccade {

/// One module: its canonical name and its names in the file, where `{}` stands for the block's
/// number. Several names are tensors whose rows make up one fused tensor, in that order (query,
/// key, value). An entry may also be for one parameter, such as "blocks.{}.mlp.fc1.bias"; it must
/// come before the entry of the module.
struct ModuleName {
  std::string_view canonical;
  std::vector<std::string_view> stored;
};

/// One stored tensor that holds several canonical tensors side by side.
struct JoinedModule {
  std::string_view stored;                  ///< with `{}`, as in ModuleName
  int axis;                                 ///< 0: joined along rows, 1: along columns
  std::vector<std::string_view> canonical;  ///< in this order
};

/// One convention for the names of a backbone's tensors. Classifiers are named by the family.
struct Naming {
  std::string_view name;            ///< for people
  std::string_view marker;          ///< a stored tensor by which the naming is recognised
  std::vector<ModuleName> modules;  ///< other modules are stored under their canonical names
  std::vector<JoinedModule> joined = {};
};

/// The naming of a file's tensors, and the prefixes of their names.
struct FoundNaming {
  const Naming* naming = nullptr;  ///< nullptr: unknown
  std::string outer;               ///< of every tensor: "", "module.", "base_model.model.", ...
  std::string
      inner;  ///< after `outer`, of the backbone's tensors only: "", "vit.", "backbone.", ...
  std::vector<const Naming*> variants = {};  ///< override `naming`
};
/// Finds the naming by its marker after any prefix made of known parts (module., model., net.,
/// base_model., backbone., encoder., vit., ...), else after the one prefix of a whole backbone.
/// Returns a FoundNaming without a naming if none fits.
FoundNaming find_naming(const TensorFile& tensors);

/// Whether the naming is that of torchvision's VisionTransformer.
bool is_torchvision(const Naming& naming);

/// The stored names of a backbone tensor, given its canonical name such as
/// "blocks.3.attn.qkv.bias": one, or several whose rows are concatenated.
std::vector<std::string> stored_names(const FoundNaming& found, std::string_view canonical);

/// Where a backbone tensor is in a JoinedModule.
struct JoinedPlace {
  int axis;
  std::vector<std::string> canonical;  ///< all tensors in it, in order
};
/// Returns nullopt if the tensor is stored by itself.
std::optional<JoinedPlace> joined_place(const FoundNaming& found, std::string_view canonical);

/// Parameters that come from elsewhere than the checkpoint's files, by canonical name.
using GivenTensors = std::map<std::string, std::vector<float>, std::less<>>;

/// Whether `text` matches `pattern`, in which `*` matches any run of characters.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace saccade
