#include "weights/base/digest.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

// From the examples of FIPS 180-4.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, Sha256EqualsTheExamplesOfTheStandard) {
  EXPECT_EQ(hexadecimal(sha256("abc")), kAbc);
  EXPECT_EQ(hexadecimal(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, Sha256OfFilesIsThatOfTheirConcatenation) {
  const TempDir folder;
  folder.write("a", "a");
  folder.write("bc", "bc");
  EXPECT_EQ(sha256_of_files({folder.path() / "a", folder.path() / "bc"}), kAbc);
  expect_error<SystemError>([&] { sha256_of_files({folder.path() / "none"}); }, {"none"});
}

TEST(Digest, GitBlobIdEqualsGitHashObject) {
  const TempDir folder;
  EXPECT_EQ(git_blob_id(folder.write("f", "hello\n")), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(git_blob_id(folder.write("empty", "")), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

}  // namespace
}  // namespace saccade
