// Class names: what a checkpoint brings, or the ImageNet-1k lists for one that brings none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

/// One entry a class. Either list may be empty: there are no such names.
struct Labels {
  std::vector<std::string> descriptions;  ///< words for people: "tabby, tabby cat"
  std::vector<std::string> names;         ///< short identifiers: the synset "n02123045"
};

/// The 1000 classes of ILSVRC-2012 in index order (weights/labels/imagenet1k.tsv).
const Labels& imagenet1k_labels();

/// Gives labels whose descriptions are ImageNet-1k's their synsets as names, where they have none.
void add_synsets(Labels& labels);

}  // namespace saccade
