// A places.txt as merge reads it back, with two records.
#include <cstdint>

#include "app/batch/shard_folder.h"
#include "tests/fuzz/run_folder.h"
#include "weights/base/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const saccade::fuzz::RunFolder folder;
  static const bool ready = [] {
    folder.write("run.json", saccade::fuzz::kRunJson);
    folder.write("results.jsonl", saccade::fuzz::kResults);
    return true;
  }();
  static_cast<void>(ready);
  folder.write("places.txt", data, size);
  try {
    saccade::ShardFolder shard(folder.path() / "shard");
    while (shard.next()) shard.advance();
  } catch (const saccade::Error&) {
  }
  return 0;
}
