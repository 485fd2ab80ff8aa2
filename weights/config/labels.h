// Class names: those of the checkpoint, or the ImageNet-1k lists.
#pragma once

#include <cstdint>
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

/// If the descriptions are ImageNet-1k's and there are no names, sets the names to the synsets.
void add_synsets(Labels& labels);

}  // namespace saccade
