#include "app/attend/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/attend/attention_store.h"
#include "app/attend/explorer/page.h"
#include "app/cli/base64.h"

namespace saccade {
namespace {

using Json = nlohmann::json;

constexpr int64_t kDepth = 3;
constexpr int64_t kHeads = 2;
constexpr int64_t kTokens = 7;  // CLS and a grid of 2 x 3

VitDescription small_vit() {
  VitDescription vit;
  vit.depth = kDepth;
  vit.attention.heads = kHeads;
  return vit;
}

/// [H, T, T], rows with sum 1, some of them with a peak.
std::vector<float> some_attention(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(kHeads * kTokens * kTokens);
  for (size_t row = 0; row < values.size(); row += kTokens) {
    float sum = 0;
    for (size_t i = row; i < row + kTokens; ++i) {
      values[i] = std::exp(static_cast<float>(random() % 1000) / 150);
      sum += values[i];
    }
    for (size_t i = row; i < row + kTokens; ++i) values[i] /= sum;
  }
  return values;
}

AttentionStore filled_store(size_t budget) {
  AttentionStore store(small_vit(), kTokens, budget);
  for (int64_t layer = 0; layer < kDepth; ++layer) {
    if (store.wants(Stage::attention, layer)) {
      store.see(Stage::attention, layer, some_attention(static_cast<unsigned>(layer)));
    }
  }
  return store;
}

size_t layer_size() { return quantized_layer_size(kHeads, kTokens); }

ExplorerData some_data() {
  ExplorerData data;
  data.model = "tiny";
  data.file = "photo.jpg";
  data.photo = {std::vector<std::byte>(5, std::byte{7}), {20, 30}};
  data.grid = {2, 3};
  data.covered = {0.25, 0, 0.5, 1};
  data.predictions = {{4, "cat", 0.75F}, {1, "dog", 0.25F}};
  data.prefix = {"CLS"};
  data.head_rows = {1, 0, 0, 0, 0, 0, 0};
  data.methods = {{"relevance", true, {{1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}}},
                  {"rollout", false, {{0, 0, 1, 0, 0, 0}}}};
  data.colour_map = Colormap::inferno;
  return data;
}

/// The text between `begin` and the next "</script>".
std::string script_text(const std::string& page, const std::string& begin) {
  const size_t at = page.find(begin);
  if (at == page.npos) return "";
  const size_t from = at + begin.size();
  return page.substr(from, page.find("</script>", from) - from);
}

Json page_data(const std::string& page) {
  return Json::parse(script_text(page, "<script type=\"application/json\" id=\"data\">"));
}

std::string base64_of(std::string_view text) {
  return base64(std::as_bytes(std::span(text.data(), text.size())));
}

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Base64, GivesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foo"), "Zm9v");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_of("\xff\xfe\xfb"), "//77");
  for (size_t size = 0; size < 7; ++size) {
    EXPECT_EQ(base64_of(std::string(size, 'x')).size(), base64_size(size));
  }
}

TEST(AttentionStore, IsOffByAtMostTheRowsMaximumOver510) {
  const AttentionStore store = filled_store(3 * layer_size());
  ASSERT_EQ(store.first_layer(), 0);
  for (int64_t layer = 0; layer < kDepth; ++layer) {
    const std::vector<float> values = some_attention(static_cast<unsigned>(layer));
    const QuantizedAttention& kept = store.layer(layer);
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t row = i / kTokens;
      const float maximum = *std::max_element(values.begin() + std::ptrdiff_t(row * kTokens),
                                              values.begin() + std::ptrdiff_t((row + 1) * kTokens));
      ASSERT_EQ(kept.maxima[row], maximum);
      ASSERT_NEAR(maximum * kept.levels[i] / 255, values[i], maximum / 510 * 1.0001F);
    }
  }
}

TEST(AttentionStore, KeepsTheLastLayersThatFit) {
  EXPECT_EQ(filled_store(3 * layer_size() - 1).first_layer(), 1);
  EXPECT_EQ(filled_store(layer_size()).first_layer(), 2);
  EXPECT_EQ(filled_store(layer_size() - 1).first_layer(), 3);
  const AttentionStore store(small_vit(), kTokens, 2 * layer_size());
  EXPECT_FALSE(store.wants(Stage::attention, 0));
  EXPECT_TRUE(store.wants(Stage::attention, 1));
  EXPECT_TRUE(store.wants(Stage::attention, 2));
  EXPECT_FALSE(store.wants(Stage::block, 2));
}

TEST(AttentionStore, SurvivesRowsWithoutFiniteValues) {
  AttentionStore store(small_vit(), kTokens, layer_size());
  std::vector<float> values = some_attention(0);
  values[0] = std::numeric_limits<float>::infinity();
  values[kTokens + 1] = std::numeric_limits<float>::quiet_NaN();
  std::fill_n(values.begin() + 2 * kTokens, kTokens, 0.0F);
  store.see(Stage::attention, 2, values);
  EXPECT_EQ(store.layer(2).maxima[0], 0);
  EXPECT_EQ(store.layer(2).levels[0], 0);
  EXPECT_EQ(store.layer(2).levels[kTokens + 1], 0);
  EXPECT_EQ(store.layer(2).maxima[2], 0);
}

TEST(AttentionStore, WantsOnePicture) {
  AttentionStore store(small_vit(), kTokens, layer_size());
  const std::vector<float> two(2 * kHeads * kTokens * kTokens);
  EXPECT_THROW(store.see(Stage::attention, 2, two), std::invalid_argument);
}

TEST(Explorer, PutsTheDataIntoThePage) {
  const Json data = page_data(explorer_page(some_data(), filled_store(3 * layer_size())));
  EXPECT_EQ(data["file"], "photo.jpg");
  EXPECT_EQ(data["model"], "tiny");
  EXPECT_EQ(data["grid"], (Json{{"rows", 2}, {"columns", 3}}));
  EXPECT_EQ(data["covered"], (Json{0.25, 0.0, 0.5, 1.0}));
  EXPECT_EQ(data["predictions"][1], (Json{{"index", 1}, {"label", "dog"}, {"score", 0.25}}));
  EXPECT_EQ(data["first_layer"], 0);
  EXPECT_EQ(data["methods"][0]["maps"].size(), 2U);
  EXPECT_EQ(data["colour_maps"][data["colour_map"].get<size_t>()]["name"], "inferno");
  EXPECT_EQ(data["colour_maps"][4]["name"], "gray");
  EXPECT_EQ(data["colour_maps"][4]["rgb"].get<std::string>().substr(0, 12), "AAAAAQEBAgIC");
  const char one_two_three[] = "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40";  // f32, little-endian
  EXPECT_EQ(data["methods"][0]["maps"][0].get<std::string>().substr(0, 16),
            base64_of({one_two_three, 12}));
}

TEST(Explorer, EmbedsTheRecordedLayers) {
  const AttentionStore store = filled_store(2 * layer_size());
  const std::string page = explorer_page(some_data(), store);
  EXPECT_EQ(page_data(page)["first_layer"], 1);
  EXPECT_EQ(page.find("id=\"layer-0\""), page.npos);
  for (const std::string layer : {"1", "2"}) {
    EXPECT_EQ(script_text(page, "<script type=\"text/plain\" id=\"layer-" + layer + "\">").size(),
              layer_size());
  }
  EXPECT_EQ(page_data(explorer_page(some_data(), filled_store(0)))["first_layer"], kDepth);
}

TEST(Explorer, EscapesNames) {
  ExplorerData data = some_data();
  const std::string hostile = "</script><script>alert(1)</script><!-- {{data}} & \"'\n\x01";
  data.file = hostile;
  data.model = hostile;
  data.predictions[0].label = hostile;
  data.prefix[0] = hostile;
  data.methods[0].name = hostile;
  const AttentionStore store = filled_store(3 * layer_size());
  const std::string page = explorer_page(data, store);
  const std::string harmless = explorer_page(some_data(), store);
  for (const char* mark : {"<script", "</script", "<!--"}) {
    EXPECT_EQ(count(page, mark), count(harmless, mark)) << mark;
  }
  EXPECT_EQ(page_data(page)["file"], hostile);
  EXPECT_EQ(page_data(page)["predictions"][0]["label"], hostile);
}

TEST(Explorer, ReplacesWhatIsNotUtf8) {
  ExplorerData data = some_data();
  data.file = "caf\xe9.jpg";
  EXPECT_EQ(page_data(explorer_page(data, filled_store(0)))["file"], "caf\xef\xbf\xbd.jpg");
}

TEST(Explorer, LoadsNothing) {
  const std::string page = explorer_page(some_data(), filled_store(3 * layer_size()));
  EXPECT_EQ(page.find("http:"), page.npos);
  EXPECT_EQ(page.find("https:"), page.npos);
  EXPECT_EQ(page.find("url("), page.npos);
  EXPECT_EQ(page.find("@import"), page.npos);
  EXPECT_EQ(page.find("{{"), page.npos);
  EXPECT_NE(page.find("content=\"default-src 'none'; img-src data:; style-src 'sha256-"),
            page.npos);
}

TEST(Explorer, CodeIsSmall) {
  EXPECT_LE(page_html().text.size() + page_css().text.size() + page_js().text.size(), 150'000U);
}

TEST(Explorer, StaysBelowItsLimitWithAsManyLayersAsFit) {
  ExplorerData data = some_data();
  data.photo.jpeg.resize(700'000);
  data.grid = {24, 24};
  data.prefix = {"CLS"};
  data.head_rows.assign(577, 0.0F);
  const std::vector<float> map(576, 1.0F);
  data.methods = {{"relevance", true, {map, map}}, {"rollout", false, {map}}};
  VitDescription vit = small_vit();
  vit.depth = 12;
  vit.attention.heads = 6;
  AttentionStore store(vit, 577, explorer_attention_budget(700'000, 3, data.grid));
  ASSERT_GT(store.first_layer(), 0);
  ASSERT_LT(store.first_layer(), vit.depth);
  const std::vector<float> values(6 * 577 * 577, 0.5F);
  for (int64_t layer = store.first_layer(); layer < vit.depth; ++layer) {
    store.see(Stage::attention, layer, values);
  }
  const size_t size = explorer_page(data, store).size();
  EXPECT_LT(size, kExplorerPageBytes);
  EXPECT_GT(size + quantized_layer_size(6, 577) + 200'000, kExplorerPageBytes);
  EXPECT_EQ(explorer_attention_budget(20'000'000, 3, data.grid), 0U);
}

TEST(Explorer, RefusesShapesThatDoNotFit) {
  const AttentionStore store = filled_store(0);
  const auto refuses = [&](auto&& spoil) {
    ExplorerData data = some_data();
    spoil(data);
    EXPECT_THROW(explorer_page(data, store), std::invalid_argument);
  };
  refuses([](ExplorerData& data) { data.grid = {3, 3}; });
  refuses([](ExplorerData& data) { data.photo.size = {0, 3}; });
  refuses([](ExplorerData& data) { data.prefix.clear(); });
  refuses([](ExplorerData& data) { data.head_rows.pop_back(); });
  refuses([](ExplorerData& data) { data.methods[0].maps[1].pop_back(); });
  refuses([](ExplorerData& data) { data.methods[0].maps.clear(); });
  refuses([](ExplorerData& data) { data.predictions.pop_back(); });
  refuses([](ExplorerData& data) { data.methods[1].maps.push_back(data.methods[1].maps[0]); });
}

}  // namespace
}  // namespace saccade
