#include "app/maps/map_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

constexpr ImageSize kInput{32, 48};  // a grid of 2 x 3

ModelConfig small_model() {
  ModelConfig config;
  config.vit.depth = 3;
  config.vit.attention.heads = 2;
  config.vit.head.classes = 4;
  config.vit.head.classifiers = {{"head", 0}};
  config.labels.descriptions = {"cat", "dog", "bird", "fish"};
  return config;
}

MapRequest request(const MapOptions& options) {
  return map_request(options, small_model(), kInput);
}

std::vector<std::string> names(const MapRequest& request, const std::vector<float>& logits) {
  std::vector<std::string> suffixes;
  for (const MapId& map : maps_of(request, logits)) suffixes.push_back(file_suffix(map));
  return suffixes;
}

const std::vector<float> kLogits{1, 4, 3, 2};  // dog, bird, fish, cat
using Names = std::vector<std::string>;

TEST(MapRequest, TheDefaultExplainsTheBestClass) {
  const MapRequest plain = request({});
  EXPECT_EQ(names(plain, kLogits), Names{"_saccade_class001"});
  EXPECT_EQ(plain.rows, (std::vector<float>{1, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(plain.wants_gradients());
}

TEST(MapRequest, ClassesComeBestFirstAndWithoutTheOneComparedWith) {
  MapOptions options;
  options.classes = "top3";
  EXPECT_EQ(names(request(options), kLogits),
            (Names{"_saccade_class001", "_saccade_class002", "_saccade_class003"}));
  options.versus = "bird";
  EXPECT_EQ(
      names(request(options), kLogits),
      (Names{"_saccade_class001_vs002", "_saccade_class003_vs002", "_saccade_class000_vs002"}));
  options.classes = "top9";
  EXPECT_EQ(names(request(options), kLogits).size(), 3u);
  options.classes = "cat";
  EXPECT_EQ(names(request(options), kLogits), Names{"_saccade_class000_vs002"});
}

TEST(MapRequest, LayersComeBeforeHeads) {
  MapOptions options;
  options.methods = {MapMethod::attention, MapMethod::rollout};
  options.layers = LayerChoice::all;
  options.heads = HeadChoice::all;
  const MapRequest all = request(options);
  EXPECT_EQ(names(all, kLogits),
            (Names{"_attention_L00_H00", "_attention_L00_H01", "_attention_L01_H00",
                   "_attention_L01_H01", "_attention_L02_H00", "_attention_L02_H01", "_rollout"}));
  EXPECT_FALSE(all.wants_gradients());
}

TEST(MapRequest, AQueryIsAPatchsRow) {
  MapOptions options;
  options.query = PatchPosition{1, 2};
  EXPECT_EQ(request(options).rows, (std::vector<float>{0, 0, 0, 0, 0, 0, 1}));
}

TEST(MapRequest, WhatTheModelLacksIsRefusedWithTheRange) {
  MapOptions options;
  options.layers = LayerChoice::one;
  options.layer = 3;
  expect_error<UsageError>([&] { request(options); }, {"--layer", "3 layers", "0 to 2"});
  options = {};
  options.heads = HeadChoice::one;
  options.head = 2;
  expect_error<UsageError>([&] { request(options); }, {"--head", "2 heads", "0 to 1"});
  options = {};
  options.query = PatchPosition{2, 0};
  expect_error<UsageError>([&] { request(options); }, {"--query", "0,0 to 1,2", "2,0"});
  options = {};
  options.versus = "dog";
  options.classes = "1";
  expect_error<UsageError>([&] { request(options); }, {"--versus", "another class"});
}

}  // namespace
}  // namespace saccade
