// Opens a page in headless Chromium, through browser.py, and compares the displayed values with the
// engine's. Screenshots are kept if $SACCADE_SCREENSHOTS is set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/attend/attention_store.h"
#include "app/attend/explorer.h"
#include "app/predict/class_label.h"
#include "app/predict/ranking.h"
#include "model/explain/maps.h"
#include "model/inference_context.h"
#include "tests/support/browser.h"
#include "tests/support/process.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"
#include "vision/decode/image.h"
#include "vision/preprocess/preprocess.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;
using test::TempDir;

/// Records all attention without loss and forwards it.
class RawAttention : public Observer {
 public:
  explicit RawAttention(AttentionStore& store) : store_(store) {}

  bool wants(Stage stage, int64_t) const override { return stage == Stage::attention; }
  void see(Stage stage, int64_t layer, std::span<const float> values) override {
    layers_[layer].assign(values.begin(), values.end());
    if (store_.wants(stage, layer)) store_.see(stage, layer, values);
  }

  /// Row `token` of a head, [T].
  std::span<const float> row(int64_t layer, int64_t head, int64_t token) const {
    const int64_t tokens = store_.tokens();
    return std::span(layers_.at(layer))
        .subspan(static_cast<size_t>((head * tokens + token) * tokens),
                 static_cast<size_t>(tokens));
  }

 private:
  AttentionStore& store_;
  std::map<int64_t, std::vector<float>> layers_;
};

/// The values that the page must show for a layer, head and query, with a tolerance.
struct Expectation {
  std::vector<double> values;  ///< [rows * columns]
  double tolerance = 0;
};

/// Makes a page of one photo and the expected values.
class PageMaker {
 public:
  PageMaker(const std::filesystem::path& model, const std::filesystem::path& photo, size_t budget)
      : checkpoint_(open_checkpoint(model)),
        vit_(checkpoint_.config.vit),
        tokens_(vit_.tokens.count(checkpoint_.input_size())),
        store_(vit_, tokens_, budget),
        raw_(store_) {
    data_.model = checkpoint_.name;
    data_.file = photo.filename().string();
    data_.grid = vit_.tokens.grid(checkpoint_.input_size());
    run(photo);
    if (vit_.tokens.cls_token) data_.prefix.push_back("CLS");
    if (vit_.tokens.dist_token) data_.prefix.push_back("distillation");
    data_.head_rows = head_rows(vit_, tokens_);
    add_made_up_methods();
  }

  ExplorerData& data() { return data_; }
  std::string page() const { return explorer_page(data_, store_); }

  /// User selections and the map that the page must then show.
  Json checks() const {
    Json checks = Json::array();
    if (store_.first_layer() == vit_.depth) return checks;
    const int64_t last = vit_.depth - 1;
    const std::vector<std::string> heads = {"0", std::to_string(vit_.attention.heads - 1), "mean",
                                            "max"};
    const int64_t patches = data_.grid.height * data_.grid.width;
    for (const int64_t layer : {store_.first_layer(), last}) {
      for (const int64_t patch : {int64_t{0}, patches / 2 + 1, patches - 1}) {
        const std::vector<float> row =
            patch_row(vit_, data_.grid, patch / data_.grid.width, patch % data_.grid.width);
        for (const std::string& head : heads) {
          checks.push_back(check(layer, head, row, patch));
        }
      }
      checks.push_back(check(layer, "mean", data_.head_rows, nullptr));
      checks.push_back(check(layer, "max", data_.head_rows, nullptr));
    }
    return checks;
  }

 private:
  void run(const std::filesystem::path& photo) {
    const ImageSize input = checkpoint_.input_size();
    const cv::Mat rgb = read_image(photo);
    std::vector<float> pixels(static_cast<size_t>(3 * input.height * input.width));
    std::vector<float> logits(static_cast<size_t>(vit_.head.classes));
    const SourceRect seen = preprocess(rgb, checkpoint_.config.recipe, pixels);
    data_.covered = {seen.x / rgb.cols, seen.y / rgb.rows, seen.width / rgb.cols,
                     seen.height / rgb.rows};
    InferenceContext(vit_, checkpoint_.weights, input).forward(pixels, 1, logits, &raw_);
    for (const ScoredClass& scored : rank(logits, checkpoint_.config.activation, 5)) {
      data_.predictions.push_back(
          {scored.index,
           class_label(checkpoint_.config.labels, scored.index, LabelType::description),
           scored.score});
    }
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    std::vector<unsigned char> jpeg;
    cv::imencode(".jpg", bgr, jpeg);
    const auto bytes = std::as_bytes(std::span(jpeg));
    data_.photo = {{bytes.begin(), bytes.end()}, {rgb.rows, rgb.cols}};
  }

  /// Adds methods with synthetic maps, each with its peak at another place.
  void add_made_up_methods() {
    ExplorerMethod relevance{"relevance", true, {}};
    for (size_t i = 0; i < data_.predictions.size(); ++i) {
      relevance.maps.push_back(bump(0.2 + 0.15 * static_cast<double>(i), 0.4));
    }
    data_.methods = {relevance, {"rollout", false, {bump(0.5, 0.7)}}};
  }

  std::vector<float> bump(double across, double down) const {
    std::vector<float> map;
    for (int64_t row = 0; row < data_.grid.height; ++row) {
      for (int64_t column = 0; column < data_.grid.width; ++column) {
        const double x = (static_cast<double>(column) + 0.5) / double(data_.grid.width) - across;
        const double y = (static_cast<double>(row) + 0.5) / double(data_.grid.height) - down;
        map.push_back(static_cast<float>(std::exp(-20 * (x * x + y * y))));
      }
    }
    return map;
  }

  Json check(int64_t layer, const std::string& head, std::span<const float> rows,
             const Json& patch) const {
    const Expectation expected = expect(layer, head, rows);
    return {{"layer", layer},
            {"head", head},
            {"patch", patch},
            {"values", expected.values},
            {"tolerance", expected.tolerance}};
  }

  /// The mixture of the engine's rows with weights `rows` [T], and a tolerance for 8-bit
  /// quantization.
  Expectation expect_of_head(int64_t layer, int64_t head, std::span<const float> rows) const {
    Expectation expected;
    expected.values.resize(static_cast<size_t>(tokens_ - vit_.tokens.prefix()));
    for (int64_t token = 0; token < tokens_; ++token) {
      const double weight = rows[static_cast<size_t>(token)];
      const std::span<const float> row = raw_.row(layer, head, token);
      expected.tolerance += weight * *std::max_element(row.begin(), row.end()) / 510 * 1.0001;
      for (size_t i = 0; i < expected.values.size(); ++i) {
        expected.values[i] += weight * row[i + static_cast<size_t>(vit_.tokens.prefix())];
      }
    }
    return expected;
  }

  Expectation expect(int64_t layer, const std::string& head, std::span<const float> rows) const {
    if (head != "mean" && head != "max") return expect_of_head(layer, std::stoll(head), rows);
    Expectation fused = expect_of_head(layer, 0, rows);
    const bool mean = head == "mean";
    for (int64_t h = 1; h < vit_.attention.heads; ++h) {
      const Expectation other = expect_of_head(layer, h, rows);
      fused.tolerance = std::max(fused.tolerance, other.tolerance);
      for (size_t i = 0; i < fused.values.size(); ++i) {
        double& value = fused.values[i];
        value = mean ? value + other.values[i] : std::max(value, other.values[i]);
      }
    }
    for (double& value : fused.values) value /= mean ? double(vit_.attention.heads) : 1;
    return fused;
  }

  Checkpoint checkpoint_;
  const VitDescription& vit_;
  int64_t tokens_;
  AttentionStore store_;
  RawAttention raw_;
  ExplorerData data_;
};

/// Runs browser.py on a page. Its complaints fail the test.
void explore(const std::string& text, const Json& checks_of_it,
             const std::string& screenshots_name) {
  SACCADE_NEED_BROWSER();
  const TempDir folder;
  const auto screenshots = test::screenshot_folder(folder.path(), screenshots_name);
  const auto page = screenshots / "page.html";
  std::ofstream(page, std::ios::binary) << text;
  const auto checks = folder.write("checks.json", checks_of_it.dump());
  test::expect_in_browser("tests/explorer/browser.py",
                          {page.string(), checks.string(), screenshots.string()});
}

void explore(const PageMaker& maker, const std::string& screenshots_name) {
  explore(maker.page(), maker.checks(), screenshots_name);
}

TEST(ExplorerInABrowser, ShowsThePageThatTheProgramWrites) {
  const auto photo = test::source_path("tests/samples/cat.png");
  const TempDir folder;
  const ProcessResult result = test::run_process(
      {SACCADE_PROGRAM, "attend", "-q", "--html", photo.string(), "-o", folder.path().string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::ifstream file(folder.path() / "cat_explorer.html", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(page.empty());
  const PageMaker maker(test::source_path("weights/builtin-model"), photo, kExplorerPageBytes);
  explore(page, maker.checks(), "program");
}

TEST(ExplorerInABrowser, ShowsWhatTheEngineComputed) {
  PageMaker maker(test::source_path("weights/builtin-model"),
                  test::source_path("tests/samples/cat.png"), kExplorerPageBytes);
  explore(maker, "built-in");
}

TEST(ExplorerInABrowser, ShowsARealModelWithALayerLess) {
  SACCADE_NEED_SHARED("models/deit-tiny-patch16-224");
  PageMaker maker(test::shared_path("models/deit-tiny-patch16-224"),
                  test::source_path("tests/samples/rocket.jpg"), 11 * quantized_layer_size(3, 197));
  explore(maker, "deit-tiny");
}

TEST(ExplorerInABrowser, ShowsTheMethodsWhereNoLayerFits) {
  PageMaker maker(test::source_path("weights/builtin-model"),
                  test::source_path("tests/samples/cat.png"), 0);
  explore(maker, "no-attention");
}

TEST(ExplorerInABrowser, ShowsAWideGridThatReachesOutsideThePhoto) {
  PageMaker maker(test::source_path("tests/golden/cases/vit_hf_nonsquare"),
                  test::source_path("tests/samples/coffee.png"), kExplorerPageBytes);
  maker.data().covered = {-0.1, -0.3, 1.2, 1.6};
  explore(maker, "wide-outside");
}

TEST(ExplorerInABrowser, ShowsTwoPrefixTokensAndHostileNames) {
  PageMaker maker(test::source_path("tests/golden/cases/deit_hf_teacher"),
                  test::source_path("tests/samples/coffee.png"), kExplorerPageBytes);
  maker.data().file = "</script><script>document.title='taken'</script>.png";
  maker.data().predictions[0].label = "<img src=x onerror=document.title='taken'>";
  explore(maker, "two-prefix-tokens");
}

}  // namespace
}  // namespace saccade
