#include "weights/base/sha256.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

// FIPS 180-4's examples.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, EqualsTheStandardsExamples) {
  EXPECT_EQ(hexadecimal(sha256("abc")), kAbc);
  EXPECT_EQ(hexadecimal(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, TakesFilesOneAfterTheOther) {
  const TempDir folder;
  folder.write("a", "a");
  folder.write("bc", "bc");
  EXPECT_EQ(sha256_of_files({folder.path() / "a", folder.path() / "bc"}), kAbc);
  expect_error<SystemError>([&] { sha256_of_files({folder.path() / "none"}); }, {"none"});
}

}  // namespace
}  // namespace saccade
