#include "app/maps/raw_map.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const std::vector<float> kValues{0.5f, -1, 2, 0, 1e-8f, 0.25f};
const RawMapInfo kInfo{{MapMethod::relevance, {}, {}, 5, 3, PatchPosition{1, 2}},
                       "dir/cat.png",
                       "vit",
                       {300, 451},
                       {28.5, 19, 394, 262},
                       {2, 3},
                       Prediction{5, "dog", 0.54295415f},
                       Prediction{3, "cat", 0.25f}};

TEST(Npy, HasTheHeaderOfVersionOneAndTheValues) {
  const std::string bytes = npy(kValues, {2, 3});
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t length =
      static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  const std::string header = bytes.substr(10, length);
  EXPECT_EQ((10 + length) % 64, 0u);
  EXPECT_TRUE(header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"))
      << header;
  EXPECT_EQ(header.back(), '\n');
  ASSERT_EQ(bytes.size(), 10 + length + 6 * sizeof(float));
  std::vector<float> values(6);
  std::memcpy(values.data(), bytes.data() + 10 + length, 6 * sizeof(float));
  EXPECT_EQ(values, kValues);
}

TEST(Scaled16, GoesFromTheSmallestToTheGreatest) {
  const Scaled16 scaled = scaled_16(kValues);
  EXPECT_EQ(scaled.minimum, -1);
  EXPECT_EQ(scaled.maximum, 2);
  EXPECT_EQ(scaled.levels, (std::vector<uint16_t>{32768, 0, 65535, 21845, 21845, 27306}));
}

TEST(Scaled16, AFlatMapIsZero) {
  const std::vector<float> flat(4, 0.125f);
  EXPECT_EQ(scaled_16(flat).levels, std::vector<uint16_t>(4, 0));
  EXPECT_EQ(scaled_16(flat).minimum, 0.125f);
}

TEST(RawMap, TheSidecarSaysWhatItIs) {
  const TempDir folder;
  const fs::path sidecar = folder.path() / "m.json";
  write_raw_map(OutputFolder(folder.path()), "m.npy", "m.json", RawFormat::npy, kValues, kInfo);
  EXPECT_EQ(read(folder.path() / "m.npy"), npy(kValues, {2, 3}));
  EXPECT_EQ(read(sidecar),
            R"({"picture":"dir/cat.png","model":"vit","method":"relevance",)"
            R"("class":{"index":5,"label":"dog","score":0.54295415},)"
            R"("versus":{"index":3,"label":"cat","score":0.25},"query":[1,2],)"
            R"("grid":{"rows":2,"columns":3},"picture_size":{"width":451,"height":300},)"
            R"("crop":{"x":28.5,"y":19.0,"width":394.0,"height":262.0},"file":"m.npy"})"
            "\n");
}

TEST(RawMap, RolloutsSettingsAreInTheSidecar) {
  const TempDir folder;
  RawMapInfo info = kInfo;
  info.map = {MapMethod::rollout, {}, {}, {}, {}, {}};
  info.rollout_fusion = HeadFusion::max;
  info.discard_ratio = 0.9;
  write_raw_map(OutputFolder(folder.path()), "m.npy", "m.json", RawFormat::npy, kValues, info);
  const std::string told = read(folder.path() / "m.json");
  EXPECT_NE(told.find(R"("head_fusion":"max","discard_ratio":0.9)"), std::string::npos) << told;
}

TEST(RawMap, Png16HasItsScaleInTheSidecar) {
  const TempDir folder;
  const fs::path sidecar = folder.path() / "m.json";
  RawMapInfo info = kInfo;
  info.map = {MapMethod::attention, 4, HeadSelection{{}, HeadFusion::max}, {}, {}, {}};
  info.explained.reset();
  info.versus.reset();
  write_raw_map(OutputFolder(folder.path()), "m.raw.png", "m.json", RawFormat::png16, kValues,
                info);
  const std::string png = read(folder.path() / "m.raw.png");
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(png[24], 16);  // bits a sample
  EXPECT_EQ(png[25], 0);   // grey
  const auto json = nlohmann::json::parse(read(sidecar));
  EXPECT_EQ(json["scale"]["minimum"], -1);
  EXPECT_EQ(json["scale"]["maximum"], 2);
  EXPECT_EQ(json["layer"], 4);
  EXPECT_EQ(json["head"], "max");
  EXPECT_FALSE(json.contains("class"));
}

TEST(RawMap, AFileThatCannotBeWrittenIsASystemError) {
  const TempDir folder;
  fs::create_directory(folder.path() / "m");
  for (const RawFormat format : {RawFormat::npy, RawFormat::png16}) {
    test::expect_error<SystemError>(
        [&] { write_raw_map(OutputFolder(folder.path()), "m", "m.json", format, kValues, kInfo); },
        {(folder.path() / "m").string()});
  }
}

}  // namespace
}  // namespace saccade
