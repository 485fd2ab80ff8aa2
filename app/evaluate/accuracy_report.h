// What `saccade evaluate` prints. README.md describes it for users.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/evaluate/accuracy.h"
#include "app/evaluate/class_match.h"
#include "app/results/json_values.h"
#include "weights/config/labels.h"

namespace saccade {

struct FailedPicture {
  std::string file;
  std::string error;
};

/// An evaluation that has come to its end, with at least one picture that has an answer.
struct AccuracyResult {
  std::string model;
  std::string input;   ///< the folder or the list
  ClassScheme scheme;  ///< by which its classes were matched
  int64_t best = 0;    ///< answers of a picture that count for top-k
  AccuracyCount count;
  std::vector<FailedPicture> failures;
  size_t outside = 0;  ///< pictures in none of the classes' folders
  size_t skipped = 0;  ///< files that are no pictures
  size_t unreadable_folders = 0;
  Labels labels;
  Json settings;  ///< on which the result depends
};

/// A summary, then the worst classes and what is taken for what: ten of each, or all.
std::string accuracy_as_text(const AccuracyResult& result, bool all);

std::string accuracy_as_json(const AccuracyResult& result);

}  // namespace saccade
