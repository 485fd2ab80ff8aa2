// A run.json as --resume and merge read it back.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "app/batch/merge.h"
#include "app/batch/run_record.h"
#include "tests/fuzz/run_folder.h"
#include "weights/base/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const saccade::fuzz::RunFolder folder;
  folder.write("run.json", data, size);
  folder.write("results.jsonl", saccade::fuzz::kResults);
  folder.write("places.txt", saccade::fuzz::kPlaces);
  try {
    const auto record = saccade::read_run_record(folder.path() / "shard");
    if (record) saccade::timings_of(*record);
  } catch (const saccade::Error&) {
  }
  try {
    saccade::MergeOptions options;
    options.paths = {(folder.path() / "shard").string()};
    options.folder = folder.path() / "merged";
    options.overwrite = true;
    saccade::merge(options);
  } catch (const saccade::Error&) {
  }
  return 0;
}
