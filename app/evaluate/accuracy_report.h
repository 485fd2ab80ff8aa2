// Formats the results of `saccade evaluate`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
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

/// The result of an evaluation in which at least one picture was classified.
struct AccuracyResult {
  std::string model;
  std::string input;   ///< the folder or the list
  ClassScheme scheme;  ///< used to match its classes
  int64_t best = 0;    ///< k of the top-k accuracy
  AccuracyCount count;
  std::vector<FailedPicture> failures;
  size_t outside = 0;  ///< pictures in none of the classes' folders
  size_t skipped = 0;  ///< files that are not pictures
  size_t unreadable_folders = 0;
  Labels labels;
  Json settings;  ///< settings that determine the result
};

/// Whether a file with these first bytes is one of these reports.
bool begins_as_accuracy(std::string_view head);

/// A summary, then the worst classes and the most frequent confusions: ten of each, or all.
std::string accuracy_as_text(const AccuracyResult& result, bool all);

std::string accuracy_as_json(const AccuracyResult& result);

}  // namespace saccade
