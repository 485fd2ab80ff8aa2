// The preprocessing of preprocessor_config.json, as transformers 5.23 reads it.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/unit/weights/tiny_transformers.h"

namespace saccade {
namespace {

using nlohmann::json;
using test::expect_error;
using test::processor_reader;
using test::with;

PreprocessRecipe recipe_of(const json& settings, const std::string& model_type = "vit",
                           const RecipeOverrides& overrides = {}) {
  Provenance sources;
  return resolve_transformers_recipe(processor_reader(settings), model_type, overrides, sources);
}

void expect_refused_recipe(const json& settings, std::initializer_list<std::string> facts) {
  SCOPED_TRACE(settings.dump());
  expect_error<ModelError>([&] { recipe_of(settings); }, {"models/x/preprocessor_config.json"});
  expect_error<ModelError>([&] { recipe_of(settings); }, facts);
}

TEST(TransformersRecipe, DefaultsOfViT) {
  for (const json& settings : {json::object(), json{{"size", nullptr},
                                                    {"resample", nullptr},
                                                    {"image_mean", nullptr},
                                                    {"do_center_crop", nullptr}}}) {
    const PreprocessRecipe recipe = recipe_of(settings);
    EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
    EXPECT_EQ(recipe.resize, (ImageSize{224, 224}));
    EXPECT_EQ(recipe.interpolation, Interpolation::bilinear);
    EXPECT_EQ(recipe.crop, std::nullopt);
    EXPECT_EQ(recipe.rescale, 1.0 / 255);
    EXPECT_EQ(recipe.mean, (std::array{0.5, 0.5, 0.5}));
    EXPECT_EQ(recipe.std, (std::array{0.5, 0.5, 0.5}));
  }
}

TEST(TransformersRecipe, DefaultsOfDeiT) {
  const PreprocessRecipe recipe = recipe_of(json::object(), "deit");
  EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
  EXPECT_EQ(recipe.resize, (ImageSize{256, 256}));
  EXPECT_EQ(recipe.interpolation, Interpolation::bicubic);
  EXPECT_EQ(recipe.crop, (ImageSize{224, 224}));
  EXPECT_EQ(recipe.crop_rounding, CropRounding::floor);
  EXPECT_EQ(recipe.mean, (std::array{0.5, 0.5, 0.5}));
}

TEST(TransformersRecipe, TheProcessorsNames) {
  for (const char* name : {"DeiTImageProcessor", "DeiTImageProcessorFast", "DeiTImageProcessorPil",
                           "DeiTFeatureExtractor"}) {
    EXPECT_TRUE(recipe_of({{"image_processor_type", name}}).crop) << name;
    EXPECT_TRUE(recipe_of({{"feature_extractor_type", name}}).crop) << name;
  }
  for (const char* name : {"ViTImageProcessor", "ViTImageProcessorFast", "ViTFeatureExtractor"}) {
    EXPECT_FALSE(recipe_of({{"image_processor_type", name}}, "deit").crop) << name;
  }
  // The newer key wins.
  EXPECT_TRUE(recipe_of({{"image_processor_type", "DeiTImageProcessor"},
                         {"feature_extractor_type", "ViTFeatureExtractor"}})
                  .crop);
  for (const char* name : {"ConvNextImageProcessor", "CLIPExtractor", "ViT", "", "\n"}) {
    expect_refused_recipe({{"image_processor_type", name}},
                          {"\"image_processor_type\" is \"", "wanted ViTImageProcessor, DeiT"});
    expect_refused_recipe({{"feature_extractor_type", name}}, {"\"feature_extractor_type\" is \""});
  }
  expect_refused_recipe({{"image_processor_type", 5}}, {"wanted a text"});
}

TEST(TransformersRecipe, FormsOfSize) {
  const auto size_of = [](const json& size) {
    const PreprocessRecipe recipe = recipe_of({{"size", size}});
    EXPECT_EQ(recipe.resize_rule, ResizeRule::exact);
    return recipe.resize;
  };
  EXPECT_EQ(size_of(384), (ImageSize{384, 384}));
  EXPECT_EQ(size_of({192, 256}), (ImageSize{192, 256}));
  EXPECT_EQ(size_of({{"height", 192}, {"width", 256}}), (ImageSize{192, 256}));
  EXPECT_EQ(size_of({{"height", 192}, {"shortest_edge", 300}, {"width", 256}}),
            (ImageSize{192, 256}));
  const PreprocessRecipe edge =
      recipe_of({{"size", {{"shortest_edge", 256}}}, {"do_center_crop", true}, {"crop_size", 224}});
  EXPECT_EQ(edge.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(edge.resize, (ImageSize{256, 256}));
  EXPECT_EQ(edge.output_size(), (ImageSize{224, 224}));
}

TEST(TransformersRecipe, SizesThatCannotBe) {
  for (const json& size :
       {json{{"height", 224}}, json{{"width", 224}}, json::object(), json{{"longest_edge", 224}},
        json{{"shortest_edge", 224}, {"max_height", 300}}, json{{"max_height", 1}},
        json{{"height", 224}, {"shortest_edge", 224}}}) {
    expect_refused_recipe(
        {{"size", size}},
        {"\"size\"", "wanted height and width, shortest_edge, or max_height and max_width"});
  }
  for (const json& side : {json(0), json(-1), json(16385), json(1e308), json("224"), json(0.5),
                           json(true), json::array({1, 2})}) {
    expect_refused_recipe({{"size", {{"height", side}, {"width", 224}}}}, {"\"size.height\""});
    expect_refused_recipe({{"size", {{"shortest_edge", side}}}}, {"\"size.shortest_edge\""});
    expect_refused_recipe(
        {{"do_center_crop", true}, {"crop_size", {{"height", 1}, {"width", side}}}},
        {"\"crop_size.width\""});
  }
  expect_refused_recipe({{"size", "224"}}, {"\"size\" is \"224\""});
  expect_refused_recipe({{"size", {{"shortest_edge", 224}}}}, {"\"do_center_crop\"", "one size"});
}

TEST(TransformersRecipe, FormsOfCropSize) {
  const auto crop_of = [](const json& size) {
    return recipe_of({{"do_center_crop", true}, {"crop_size", size}}).crop;
  };
  EXPECT_EQ(crop_of(200), (ImageSize{200, 200}));
  EXPECT_EQ(crop_of({160, 200}), (ImageSize{160, 200}));
  EXPECT_EQ(crop_of({{"height", 160}, {"width", 200}}), (ImageSize{160, 200}));
  // Stored but not asked for; asked for but not stored.
  EXPECT_EQ(recipe_of({{"crop_size", 200}}).crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_center_crop", false}, {"crop_size", 200}}, "deit").crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_center_crop", true}}, "deit").crop, (ImageSize{224, 224}));
  expect_refused_recipe({{"do_center_crop", true}}, {"\"crop_size\" is nothing"});
  expect_refused_recipe({{"do_center_crop", true}, {"crop_size", {{"shortest_edge", 9}}}},
                        {"\"crop_size\"", "wanted height and width"});
}

TEST(TransformersRecipe, StepsThatAreLeftOut) {
  const PreprocessRecipe own_size =
      recipe_of({{"do_resize", false}, {"do_center_crop", true}, {"crop_size", 30}});
  EXPECT_EQ(own_size.resize_rule, ResizeRule::none);
  EXPECT_EQ(own_size.output_size(), (ImageSize{30, 30}));
  EXPECT_EQ(recipe_of({{"do_rescale", false}, {"rescale_factor", 0.1}}).rescale, 1);
  const PreprocessRecipe raw = recipe_of({{"do_normalize", false}, {"image_mean", {1, 2, 3}}});
  EXPECT_EQ(raw.mean, (std::array{0.0, 0.0, 0.0}));
  EXPECT_EQ(raw.std, (std::array{1.0, 1.0, 1.0}));
  expect_refused_recipe({{"do_resize", false}}, {"\"do_center_crop\"", "one size"});
  for (const char* key : {"do_resize", "do_center_crop", "do_rescale", "do_normalize"}) {
    expect_refused_recipe({{key, "false"}}, {key, "wanted true or false"});
  }
}

// As in Python, where None is false; a key that is absent has its class's default.
TEST(TransformersRecipe, AFlagThatIsNullIsOff) {
  EXPECT_EQ(recipe_of({{"do_rescale", nullptr}}).rescale, 1);
  EXPECT_EQ(recipe_of({{"do_normalize", nullptr}}).std, (std::array{1.0, 1.0, 1.0}));
  EXPECT_EQ(recipe_of({{"do_center_crop", nullptr}}, "deit").crop, std::nullopt);
  EXPECT_EQ(recipe_of({{"do_resize", nullptr}}, "deit").resize_rule, ResizeRule::none);
  Provenance sources;
  resolve_transformers_recipe(processor_reader({{"do_rescale", nullptr}}), "vit", {}, sources);
  EXPECT_EQ(sources.at("rescale"), "preprocessor_config.json");
}

TEST(TransformersRecipe, ANumberMayBeTheShortestEdge) {
  const json square{{"size", 30}, {"crop_size", 24}, {"do_center_crop", true}};
  EXPECT_EQ(recipe_of(square).resize_rule, ResizeRule::exact);
  json edge = square;
  edge["default_to_square"] = false;
  EXPECT_EQ(recipe_of(edge).resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(recipe_of(edge).resize, (ImageSize{30, 30}));
  edge["default_to_square"] = true;
  EXPECT_EQ(recipe_of(edge, "clip").resize_rule, ResizeRule::exact);
  expect_refused_recipe({{"size", 30}, {"default_to_square", false}}, {"one size"});
  EXPECT_EQ(recipe_of({{"use_square_size", true}}, "clip").resize_rule, ResizeRule::exact);
}

TEST(TransformersRecipe, SizesOfTwoLimits) {
  const auto sized = [](const json& size) {
    return recipe_of({{"size", size}, {"crop_size", 24}, {"do_center_crop", true}});
  };
  const PreprocessRecipe edges = sized({{"shortest_edge", 30}, {"longest_edge", 40}});
  EXPECT_EQ(edges.resize_rule, ResizeRule::shortest_edge_within);
  EXPECT_EQ(edges.resize, (ImageSize{30, 40}));
  const PreprocessRecipe box = sized({{"max_height", 25}, {"max_width", 33}});
  EXPECT_EQ(box.resize_rule, ResizeRule::fit_truncated);
  EXPECT_EQ(box.resize, (ImageSize{25, 33}));
  for (const json& size : {json{{"longest_edge", 40}}, json{{"min_pixels", 9}, {"max_pixels", 99}},
                           json{{"max_height", 25}}, json{{"height", 25}}}) {
    expect_refused_recipe({{"size", size}}, {"\"size\""});
  }
}

TEST(TransformersRecipe, TheCropsOwnSize) {
  EXPECT_EQ(recipe_of({{"do_center_crop", true}}, "beit").crop, (ImageSize{224, 224}));
  EXPECT_EQ(recipe_of(json::object(), "beit").crop, std::nullopt);
  expect_refused_recipe({{"do_center_crop", true}},
                        {"\"crop_size\"", "ViTImageProcessor has none of its own"});
}

TEST(TransformersRecipe, PaddingIsRefusedUnlessItDoesNothing) {
  const json padded{{"do_pad", true}, {"pad_size", {{"height", 300}, {"width", 300}}}};
  expect_refused_recipe(padded, {"\"pad_size\"", "padding is not supported"});
  EXPECT_NO_THROW(recipe_of(padded, "beit"));  // ignored
  EXPECT_NO_THROW(recipe_of({{"do_pad", true}, {"pad_size", 224}}));
}

TEST(TransformersRecipe, FiltersByPillowsNumbers) {
  const std::vector<Interpolation> filters{Interpolation::nearest,  Interpolation::lanczos,
                                           Interpolation::bilinear, Interpolation::bicubic,
                                           Interpolation::box,      Interpolation::hamming};
  for (size_t i = 0; i < filters.size(); ++i) {
    EXPECT_EQ(recipe_of({{"resample", i}}).interpolation, filters[i]) << i;
  }
  for (const json& value : {json(-1), json(6), json("bicubic"), json(1e12), json(2.5)}) {
    expect_refused_recipe({{"resample", value}}, {"\"resample\"", "wanted an integer from 0 to 5"});
  }
}

TEST(TransformersRecipe, Normalisation) {
  const PreprocessRecipe recipe = recipe_of(
      {{"rescale_factor", 0.00784}, {"image_mean", {0.1, 0.2, 0.3}}, {"image_std", 0.25}});
  EXPECT_EQ(recipe.rescale, 0.00784);
  EXPECT_EQ(recipe.mean, (std::array{0.1, 0.2, 0.3}));
  EXPECT_EQ(recipe.std, (std::array{0.25, 0.25, 0.25}));
  EXPECT_EQ(recipe_of({{"image_mean", json::array({0.25})}}).mean, (std::array{0.25, 0.25, 0.25}));
  for (const json& value : {json::array({0.5, 0.5}), json::array(), json::array({1, 2, 3, 4}),
                            json::array({1, 2, 1e308}), json("0.5"), json::array({nullptr, 1, 1}),
                            json(1e308), json::object()}) {
    expect_refused_recipe({{"image_mean", value}}, {"\"image_mean\""});
    expect_refused_recipe({{"image_std", value}}, {"\"image_std\""});
  }
  for (const json& value : {json(0), json::array({1, 0, 1}), json(1e-300), json(-0.0)}) {
    expect_refused_recipe({{"image_std", value}}, {"\"image_std\"", "not so near 0"});
  }
  for (const json& value : {json(0), json(-1), json(1e308), json(1e-300), json("x")}) {
    expect_refused_recipe({{"rescale_factor", value}}, {"\"rescale_factor\""});
  }
}

TEST(TransformersRecipe, WithoutAFileTheSizeIsTheTrainedOne) {
  const ConfigReader nothing(json::object(), "models/x/preprocessor_config.json", "family default");
  const auto recipe_for = [&](const char* type, const RecipeOverrides& overrides = {}) {
    json config = with("image_size", 84);
    config["architectures"] = {std::string(type) + "ForImageClassification"};
    ModelConfig model =
        resolve_transformers_config(test::config_reader(config), nothing, overrides);
    EXPECT_EQ(model.sources.at("resize"),
              overrides.img_size ? "command line" : "the model's image size");
    return model.recipe;
  };
  EXPECT_EQ(recipe_for("ViT").resize, (ImageSize{84, 84}));
  const PreprocessRecipe deit = recipe_for("DeiT");  // 256 before a crop of 224
  EXPECT_EQ(deit.resize, (ImageSize{96, 96}));
  EXPECT_EQ(deit.crop, (ImageSize{84, 84}));
  EXPECT_EQ(recipe_for("ViT", {.img_size = ImageSize{42, 42}}).resize, (ImageSize{42, 42}));
}

TEST(TransformersRecipe, Sources) {
  Provenance sources;
  resolve_transformers_recipe(processor_reader({{"size", 8}, {"image_std", 0.3}}), "vit", {},
                              sources);
  EXPECT_EQ(sources.at("resize"), "preprocessor_config.json");
  EXPECT_EQ(sources.at("std"), "preprocessor_config.json");
  for (const char* field : {"crop", "interpolation", "mean", "rescale"}) {
    EXPECT_EQ(sources.at(field), "family default") << field;
  }
}

TEST(ProcessorConfig, NestedWinsOverPlainAndEitherMayBeMissing) {
  const test::TempDir folder;
  const auto resize = [&] {
    Provenance sources;
    return resolve_transformers_recipe(read_processor_config(folder.path()), "vit", {}, sources)
        .resize.height;
  };
  EXPECT_EQ(resize(), 224);
  EXPECT_EQ(read_processor_config(folder.path()).source(), "family default");
  folder.write("preprocessor_config.json", R"({"size": 32})");
  EXPECT_EQ(resize(), 32);
  folder.write("processor_config.json", R"({"processor_class": "X"})");
  EXPECT_EQ(resize(), 32);
  folder.write("processor_config.json", R"({"image_processor": {"size": 48}})");
  EXPECT_EQ(resize(), 48);
  EXPECT_EQ(read_processor_config(folder.path()).source(), "processor_config.json");
  folder.write("processor_config.json", R"({"image_processor": {"size": {"height": 0}}})");
  expect_error<ModelError>(resize, {"processor_config.json: \"image_processor.size.height\" is 0"});
  folder.write("processor_config.json", R"({"image_processor": 3})");
  expect_error<ModelError>(resize, {"\"image_processor\" is 3; wanted an object"});
  folder.write("processor_config.json", "[]");
  expect_error<ModelError>(resize, {"processor_config.json: holds a JSON array"});
}

}  // namespace
}  // namespace saccade
