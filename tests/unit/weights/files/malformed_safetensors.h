// Malformed safetensors files, each with facts that its error must name. Suites of them are in
// safetensors_header_test.cpp and safetensors_tensors_test.cpp; safetensors_test.cpp has the test.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/support/safetensors_bytes.h"

namespace saccade::test {

struct Malformed {
  const char* what;
  std::string bytes;
  std::vector<std::string> facts;
};

inline void PrintTo(const Malformed& file, std::ostream* out) { *out << file.what; }

class MalformedFile : public testing::TestWithParam<Malformed> {};

inline const std::string f32_2 = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

/// `{"a": {entry}}` with `size` bytes of data.
inline std::string one_tensor(const std::string& entry, size_t size) {
  return safetensors_bytes("{\"a\":{" + entry + "}}", std::string(size, '\0'));
}

inline std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace saccade::test
