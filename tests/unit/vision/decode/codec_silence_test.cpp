#include "vision/decode/codec_silence.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "tests/unit/vision/decode_fixtures.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::as_bytes;
using test::fixture;
using test::fixture_table;

TEST(CodecSilence, DropsOnlyThisThreadsMessages) {
  testing::internal::CaptureStderr();
  {
    const CodecSilence silence;
    std::fprintf(stderr, "dropped\n");
    std::thread([] {
      std::fprintf(stderr, "another thread, C\n");
      std::cerr << "another thread, "
                << "C++" << std::endl;
    }).join();
    std::cerr << "dropped" << 'x' << std::endl;
  }
  std::fprintf(stderr, "%s\n", "after");
  std::cerr << "after, C++\n";
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "another thread, C\nanother thread, C++\nafter\nafter, C++\n");
}

TEST(CodecSilence, Nests) {
  testing::internal::CaptureStderr();
  {
    const CodecSilence outer;
    { const CodecSilence inner; }
    std::fprintf(stderr, "dropped\n");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Flips several bytes of every picture: most cause messages from a library.
TEST(CodecSilence, DamagedPicturesPrintNothing) {
  testing::internal::CaptureStderr();
  int refused = 0;
  for (const auto& row : fixture_table("pictures.tsv")) {
    const std::string whole = fixture(row[0]);
    for (size_t k = 1; k < 12; ++k) {
      std::string file = whole;
      file[file.size() * k / 12] ^= 0x5A;
      try {
        decode_image(as_bytes(file), row[0]);
      } catch (const ImageError&) {
        ++refused;
      }
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace saccade
