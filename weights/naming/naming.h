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

#include "weights/files/safetensors.h"

namespace saccade {

/// One module: its canonical name and its names in the file, `{}` standing for the block's number.
/// Several names are the row blocks of one fused tensor, in that order (query, key, value). It may
/// be one parameter of a module, too, "blocks.{}.mlp.fc1.bias", before the module itself.
struct ModuleName {
  std::string_view canonical;
  std::vector<std::string_view> stored;
};

/// One stored tensor in which several canonical ones lie beside each other.
struct JoinedModule {
  std::string_view stored;                  ///< with `{}`, as in ModuleName
  int axis;                                 ///< along which: 0 rows, 1 columns
  std::vector<std::string_view> canonical;  ///< in that order
};

/// One way of spelling a backbone. Classifiers are not part of it: a family names its own.
struct Naming {
  std::string_view name;            ///< for people
  std::string_view marker;          ///< a tensor that tells this naming from the others
  std::vector<ModuleName> modules;  ///< what is not listed is stored under its canonical name
  std::vector<JoinedModule> joined = {};
};

/// The naming that a file's tensors follow and what stands before them.
struct FoundNaming {
  const Naming* naming = nullptr;  ///< nullptr: none that Saccade knows
  std::string outer;               ///< before every tensor: "", "module.", ...
  std::string
      inner;  ///< after `outer`, before the backbone's tensors only: "", "vit.", "deit.", ...
  std::vector<const Naming*> variants = {};  ///< win over `naming`, for the modules that they list
};
FoundNaming find_naming(const TensorFile& tensors);

/// The names in the file of a backbone tensor given by its canonical name, such as
/// "blocks.3.attn.qkv.bias": one, or several whose rows follow each other.
std::vector<std::string> stored_names(const FoundNaming& found, std::string_view canonical);

/// Where a backbone tensor lies in a joined one.
struct JoinedPlace {
  int axis;
  std::vector<std::string> canonical;  ///< all that lie in it, in order
};
/// nullopt: it is stored by itself.
std::optional<JoinedPlace> joined_place(const FoundNaming& found, std::string_view canonical);

/// One attention layer and MLP of a block.
struct BlockBranch {
  int64_t block;
  int64_t path = 0;

  /// What stands before the names of its tensors: "blocks.3.", of another path than the first
  /// "blocks.3.paths.1.".
  std::string prefix() const;
};

/// Parameters that no file of the checkpoint holds, by canonical names.
using GivenTensors = std::map<std::string, std::vector<float>, std::less<>>;

/// True where `text` matches `pattern`, `*` standing for any run of characters.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace saccade
