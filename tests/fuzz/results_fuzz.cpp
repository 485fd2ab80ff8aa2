// A results.jsonl as --resume and merge read it back.
#include <cstdint>

#include "app/batch/results/earlier_results.h"
#include "app/batch/results/result_reader.h"
#include "app/system/output_folder.h"
#include "tests/fuzz/run_folder.h"
#include "weights/base/errors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace saccade;
  static const fuzz::RunFolder folder;
  folder.write("results.jsonl", data, size);
  const auto lines = make_report(OutputFormat::jsonl, {"m", true, false});
  const auto table = make_report(OutputFormat::csv, {"m", true, false});
  try {
    const OutputFolder out(folder.path() / "shard");
    read_results(out.path() / kResultsFile, [&](const StoredResult& stored) {
      lines->record(stored.result);
      table->record(stored.result);
    });
    Inputs inputs;
    inputs.images = {"a.png", "b.png"};
    const NameIndex names(inputs);
    put_in_order(out, names);
    write_places(out, names);
    drop_failures(out);
    read_earlier_results(out, names, inputs.images.size());
  } catch (const Error&) {
  }
  return 0;
}
