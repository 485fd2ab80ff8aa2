#include "weights/config/recipe_overrides.h"

#include <gtest/gtest.h>

#include <cmath>

namespace saccade {
namespace {

PreprocessRecipe apply(PreprocessRecipe recipe, const RecipeOverrides& overrides) {
  Provenance sources;
  apply_overrides(recipe, overrides, sources);
  return recipe;
}

PreprocessRecipe timm(ImageSize size, double pct, CropMode mode) {
  PreprocessRecipe recipe;
  set_timm_geometry(recipe, size, pct, mode);
  return recipe;
}

PreprocessRecipe squash_recipe() {  // ViTImageProcessor's
  PreprocessRecipe recipe;
  recipe.crop_rounding = CropRounding::floor;
  return recipe;
}

PreprocessRecipe crop_recipe(int64_t resize, int64_t crop) {
  PreprocessRecipe recipe = squash_recipe();
  recipe.resize_rule = ResizeRule::shortest_edge;
  recipe.resize = {resize, resize};
  recipe.crop = ImageSize{crop, crop};
  return recipe;
}

// The sizes are timm's: floor of Python's size / crop_pct.
TEST(TimmGeometry, RoundsDown) {
  EXPECT_EQ(timm({224, 224}, 0.9, CropMode::center).resize, (ImageSize{248, 248}));
  EXPECT_EQ(timm({224, 224}, 0.875, CropMode::center).resize, (ImageSize{256, 256}));
  EXPECT_EQ(timm({224, 224}, 0.95, CropMode::center).resize, (ImageSize{235, 235}));
  EXPECT_EQ(timm({384, 384}, 1.0, CropMode::squash).resize, (ImageSize{384, 384}));
  EXPECT_EQ(timm({32, 48}, 0.9, CropMode::border).resize, (ImageSize{35, 53}));
  EXPECT_EQ(timm({224, 224}, 2, CropMode::center).resize, (ImageSize{112, 112}));
}

TEST(TimmGeometry, ModesSayHowToResize) {
  EXPECT_EQ(timm({8, 8}, 1, CropMode::center).resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(timm({8, 12}, 1, CropMode::center).resize_rule, ResizeRule::cover);
  EXPECT_EQ(timm({8, 12}, 1, CropMode::squash).resize_rule, ResizeRule::exact);
  EXPECT_EQ(timm({8, 8}, 1, CropMode::border).resize_rule, ResizeRule::fit);
  for (const CropMode mode : {CropMode::center, CropMode::squash, CropMode::border}) {
    EXPECT_EQ(timm({8, 12}, 0.5, mode).crop, (ImageSize{8, 12}));
    EXPECT_EQ(timm({8, 12}, 0.5, mode).crop_rounding, CropRounding::half_to_even);
  }
}

TEST(TimmGeometry, BorderFillsWithTheMean) {
  PreprocessRecipe recipe;
  recipe.mean = {0.485, 0.5, 1.2};
  set_timm_geometry(recipe, {8, 8}, 1, CropMode::border);
  EXPECT_EQ(recipe.fill, (std::array<uint8_t, 3>{124, 128, 255}));  // 127.5 goes to the even 128
  recipe.mean = {-0.1, 0.1, 1e6};                                   // 25.5 goes to the even 26
  set_timm_geometry(recipe, {8, 8}, 1, CropMode::border);
  EXPECT_EQ(recipe.fill, (std::array<uint8_t, 3>{0, 26, 255}));
}

TEST(Overrides, NoneChangeNothing) {
  Provenance sources{{"exif", "Saccade's default"}};
  PreprocessRecipe recipe = crop_recipe(256, 224);
  apply_overrides(recipe, {}, sources);
  EXPECT_EQ(recipe.resize, (ImageSize{256, 256}));
  EXPECT_EQ(recipe.crop, (ImageSize{224, 224}));
  EXPECT_TRUE(recipe.apply_exif);
  EXPECT_EQ(sources, (Provenance{{"exif", "Saccade's default"}}));
}

TEST(Overrides, ASizeKeepsTheWayOfResizing) {
  const PreprocessRecipe squash = apply(squash_recipe(), {.img_size = ImageSize{96, 160}});
  EXPECT_EQ(squash.resize_rule, ResizeRule::exact);
  EXPECT_EQ(squash.resize, (ImageSize{96, 160}));
  EXPECT_EQ(squash.crop, std::nullopt);
  const PreprocessRecipe crop = apply(crop_recipe(256, 224), {.img_size = ImageSize{112, 112}});
  EXPECT_EQ(crop.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(crop.resize, (ImageSize{128, 128}));
  EXPECT_EQ(crop.crop, (ImageSize{112, 112}));
  EXPECT_EQ(crop.crop_rounding, CropRounding::floor);
  const PreprocessRecipe wide = apply(crop_recipe(256, 224), {.img_size = ImageSize{112, 224}});
  EXPECT_EQ(wide.resize_rule, ResizeRule::cover);
  EXPECT_EQ(wide.resize, (ImageSize{128, 256}));
}

// Neither its own size nor its own mode, asked for by name, may change a recipe.
TEST(Overrides, AskingForWhatIsThereChangesNothing) {
  for (int64_t crop = 1; crop <= 400; ++crop) {
    for (const int64_t resize : {crop, crop + 1, crop * 8 / 7, crop * 2, int64_t{438}}) {
      const PreprocessRecipe recipe = crop_recipe(resize, crop);
      const PreprocessRecipe same_size = apply(recipe, {.img_size = ImageSize{crop, crop}});
      ASSERT_EQ(same_size.resize, recipe.resize) << resize << " -> " << crop;
      const PreprocessRecipe same_mode = apply(recipe, {.crop_mode = CropMode::center});
      ASSERT_EQ(same_mode.resize, recipe.resize) << resize << " -> " << crop;
      ASSERT_EQ(same_mode.resize_rule, recipe.resize_rule);
      ASSERT_EQ(same_mode.crop, recipe.crop);
      ASSERT_EQ(same_mode.crop_rounding, recipe.crop_rounding);
    }
  }
}

TEST(Overrides, CropPartAndMode) {
  const PreprocessRecipe part = apply(squash_recipe(), {.crop_pct = 0.9});
  EXPECT_EQ(part.resize_rule, ResizeRule::exact);
  EXPECT_EQ(part.resize, (ImageSize{248, 248}));
  EXPECT_EQ(part.crop, (ImageSize{224, 224}));
  EXPECT_EQ(part.crop_rounding, CropRounding::floor);
  const PreprocessRecipe centre = apply(squash_recipe(), {.crop_mode = CropMode::center});
  EXPECT_EQ(centre.resize_rule, ResizeRule::shortest_edge);
  EXPECT_EQ(centre.resize, (ImageSize{224, 224}));
  EXPECT_EQ(centre.crop, (ImageSize{224, 224}));
  const PreprocessRecipe all =
      apply(crop_recipe(256, 224),
            {.img_size = ImageSize{100, 50}, .crop_pct = 0.5, .crop_mode = CropMode::squash});
  EXPECT_EQ(all.resize_rule, ResizeRule::exact);
  EXPECT_EQ(all.resize, (ImageSize{200, 100}));
  EXPECT_EQ(all.crop, (ImageSize{100, 50}));
  // A picture that was not to be resized is once the command line asks for a part of it.
  PreprocessRecipe own_size = crop_recipe(224, 224);
  own_size.resize_rule = ResizeRule::none;
  EXPECT_EQ(apply(own_size, {.img_size = ImageSize{64, 64}}).resize_rule, ResizeRule::none);
  EXPECT_EQ(apply(own_size, {.crop_pct = 0.5}).resize_rule, ResizeRule::exact);
}

TEST(Overrides, BorderFillsWithTheOverriddenMean) {
  const PreprocessRecipe recipe =
      apply(squash_recipe(), {.crop_mode = CropMode::border, .mean = std::array{0.0, 0.2, 1.0}});
  EXPECT_EQ(recipe.resize_rule, ResizeRule::fit);
  EXPECT_EQ(recipe.fill, (std::array<uint8_t, 3>{0, 51, 255}));
}

TEST(Overrides, AreNoted) {
  Provenance sources;
  PreprocessRecipe recipe = squash_recipe();
  apply_overrides(recipe,
                  {.img_size = ImageSize{8, 8},
                   .interpolation = Interpolation::box,
                   .mean = std::array{0.1, 0.2, 0.3},
                   .std = std::array{1.0, 2.0, 3.0},
                   .apply_exif = false},
                  sources);
  EXPECT_EQ(recipe.interpolation, Interpolation::box);
  EXPECT_EQ(recipe.mean, (std::array{0.1, 0.2, 0.3}));
  EXPECT_EQ(recipe.std, (std::array{1.0, 2.0, 3.0}));
  EXPECT_FALSE(recipe.apply_exif);
  for (const char* field : {"resize", "interpolation", "mean", "std", "exif"}) {
    EXPECT_EQ(sources.at(field), "command line") << field;
  }
  EXPECT_FALSE(sources.contains("crop"));  // there is none
}

TEST(OverrideNames, GoBothWays) {
  for (const char* name : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"}) {
    ASSERT_TRUE(interpolation_named(name)) << name;
    EXPECT_STREQ(name_of(*interpolation_named(name)), name);
  }
  for (const char* name : {"center", "squash", "border"}) {
    ASSERT_TRUE(crop_mode_named(name)) << name;
    EXPECT_STREQ(name_of(*crop_mode_named(name)), name);
  }
  for (const char* name : {"", "random", "Bicubic", "bicubic "}) {
    EXPECT_FALSE(interpolation_named(name)) << name;
    EXPECT_FALSE(crop_mode_named(name)) << name;
  }
}

}  // namespace
}  // namespace saccade
