#include "app/maps/map_files.h"

#include <gtest/gtest.h>

#include "app/results/map_id.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TempDir;

std::vector<std::string> stems(const std::vector<std::string>& images) {
  std::vector<std::string> names;
  for (const fs::path& stem : output_stems(images)) names.push_back(stem.string());
  return names;
}

using Names = std::vector<std::string>;

TEST(OutputStems, AreNamesWithoutTheirEndings) {
  EXPECT_EQ(stems({"a/cat.png", "b/dog.tar.jpg", "plain"}), (Names{"cat", "dog.tar", "plain"}));
}

TEST(OutputStems, EqualOnesMirrorTheirFolders) {
  EXPECT_EQ(stems({"p/a/cat.png", "p/b/c/cat.png", "p/dog.png"}),
            (Names{"a/cat", "b/c/cat", "dog"}));
  EXPECT_EQ(stems({"/x/cat.png", "/y/cat.jpg"}), (Names{"x/cat", "y/cat"}));
  EXPECT_EQ(stems({"p/cat.png", "p/q/cat.png"}), (Names{"cat", "q/cat"}));
}

TEST(OutputStems, NeverLeaveTheFolder) {
  for (const std::string& stem : stems({"../../cat.png", "../cat.png", "cat.png", "./x/../cat"})) {
    EXPECT_FALSE(stem.starts_with("..") || stem.starts_with("/")) << stem;
  }
}

TEST(OutputStems, EqualOnesInOneFolderKeepTheirEndings) {
  EXPECT_EQ(stems({"a/cat.png", "a/cat.jpg", "b/cat.png"}),
            (Names{"a/cat.png", "a/cat.jpg", "b/cat"}));
  EXPECT_EQ(stems({"cat.png", "cat.jpg", "cat.png.jpg"}),
            (Names{"cat.png", "cat.jpg", "cat.png.jpg"}));
}

TEST(OutputStems, APictureGivenTwiceIsOne) {
  EXPECT_EQ(stems({"a/cat.png", "a/./cat.png"}), (Names{"cat", "cat"}));
}

TEST(FileSuffix, NamesWhatTellsMapsApart) {
  const auto suffix = [](const MapId& id) { return file_suffix(id); };
  EXPECT_EQ(suffix({MapMethod::rollout, {}, {}, {}, {}, {}}), "_rollout");
  EXPECT_EQ(suffix({MapMethod::relevance, {}, {}, 7, {}, {}}), "_relevance_class007");
  EXPECT_EQ(suffix({MapMethod::gradcam, {}, {}, 1281, 3, {}}), "_gradcam_class1281_vs003");
  EXPECT_EQ(suffix({MapMethod::attention, 11, HeadSelection{3, {}}, {}, {}, {}}),
            "_attention_L11_H03");
  EXPECT_EQ(suffix({MapMethod::attention, 0, HeadSelection{}, {}, {}, {}}), "_attention_L00");
  EXPECT_EQ(suffix({MapMethod::attention, 0, HeadSelection{{}, HeadFusion::min}, {}, {}, {}}),
            "_attention_L00_Hmin");
  EXPECT_EQ(suffix({MapMethod::relevance, {}, {}, 7, {}, PatchPosition{3, 12}}),
            "_relevance_class007_Q03-12");
}

TEST(MapFiles, MakeTheirFolders) {
  const TempDir place;
  const fs::path a = place.path() / "a/cat.png";
  const fs::path b = place.path() / "b/cat.png";
  const MapFiles files(place.path() / "new/out", {{a.string(), b.string()}, {}}, place.path());
  const fs::path name = files.file(1, "_rollout.png");
  EXPECT_EQ(name, "b/cat_rollout.png");
  EXPECT_EQ(files.write(name, std::string_view("map")), place.path() / "new/out/b/cat_rollout.png");
  EXPECT_TRUE(fs::is_regular_file(place.path() / "new/out/b/cat_rollout.png"));
}

TEST(MapFiles, NeverTakeThePlaceOfWhatTheRunReads) {
  const TempDir place;
  const fs::path picture = place.write("cat.png", "x");
  const fs::path earlier = place.write("cat_rollout.png", "y");
  const fs::path list = place.write("cat.json", "z");
  fs::create_directory(place.path() / "model");
  place.write("model/cat_gradcam.png", "w");
  fs::create_symlink("model/cat_gradcam.png", place.path() / "cat_attention.png");
  const MapFiles files(place.path(), {{picture.string(), earlier.string()}, {list}},
                       place.path() / "model");
  for (const char* ending : {"_rollout.png", ".json", "_attention.png", ".png"}) {
    expect_error<ImageError>([&] { files.file(0, ending); },
                             {picture.string(), std::string("cat") + ending, "-o"});
  }
  place.write("cat_relevance.png", "of an earlier run");
  EXPECT_EQ(files.file(0, "_relevance.png"), "cat_relevance.png");
}

TEST(MapFiles, AFolderThatCannotBeIsASystemError) {
  const TempDir place;
  const fs::path file = place.write("file", "x");
  for (const fs::path& folder : {file, file / "below", fs::path("/proc/none")}) {
    expect_error<SystemError>(
        [&] {
          MapFiles(folder, {{"cat.png"}, {}}, "/none");
        },
        {folder.string(), "-o"});
  }
}

}  // namespace
}  // namespace saccade
