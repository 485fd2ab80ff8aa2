// Class names: those of the checkpoint, or the lists of ImageNet and its subsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saccade {

/// One entry per class; either list may be empty.
struct Labels {
  std::vector<std::string> descriptions;  ///< words for people: "tabby, tabby cat"
  std::vector<std::string> names;         ///< short identifiers: the synset "n02123045"
};

/// The 1000 classes of ILSVRC-2012 in index order (weights/labels/imagenet1k.tsv).
const Labels& imagenet1k_labels();

/// A list of ImageNet's classes by its length, as timm tells them apart (infer_imagenet_subset).
struct ImagenetSubset {
  const char* name;  ///< "ImageNet-21k (Google's)"
  Labels labels;     ///< in index order
};

/// Returns nullopt if no list has that many classes. 1000 is ImageNet-1k.
std::optional<ImagenetSubset> imagenet_subset(int64_t classes);

/// If the descriptions are ImageNet-1k's, or some of them in its order, and there are no names,
/// sets the names to the synsets. Does nothing where two synsets of one description ("crane") both
/// fit.
void add_synsets(Labels& labels);

}  // namespace saccade
