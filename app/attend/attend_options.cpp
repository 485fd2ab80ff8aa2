#include "app/attend/attend_options.h"

#include <string_view>

#include "app/cli/option_values.h"
#include "app/predict/preprocess_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr auto kColormaps = [] {
  Choices<Colormap, kAllColormaps.size()> names;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = {name_of(kAllColormaps[i]), kAllColormaps[i]};
  }
  return names;
}();
constexpr Choices<Blend, 2> kBlends{{{"constant", Blend::constant}, {"scaled", Blend::scaled}}};
constexpr Choices<RawFormat, 2> kRawFormats{{{"npy", RawFormat::npy}, {"png16", RawFormat::png16}}};
constexpr Choices<std::string_view, 3> kExtensions{
    {{"png", ".png"}, {"jpg", ".jpg"}, {"webp", ".webp"}}};

constexpr std::string_view kAbout =
    "Shows where a model looks: lays a heatmap on each photo, at the photo's own size, and says "
    "what the photo shows as classify does. What the model did not see is dimmed.\n"
    "\n"
    "PATH is a picture, a folder, @FILE for a list of pictures, one path a line, or - for such a "
    "list on "
    "standard input. Files are named "
    "STEM_METHOD[_L##][_H##|_Hmax|_Hmin][_class###][_vs###][_Q##-##].png, STEM_panel.png and "
    "STEM_explorer.html; those of an earlier run are replaced.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed. Each failure is one line on standard error.

Examples:
  saccade attend cat.png
  saccade attend -m vit-base-patch16-224 -o maps --class top3 *.jpg
  saccade attend -m vit-base-patch16-224 --class tabby --versus lynx cat.png
  saccade attend -m vit-base-patch16-224 --panel cat.png
  saccade attend --method attention --layer all --head all --panel cat.png
)";

OptionGroup overlay_options() {
  return {"Overlay",
          {{"colormap", 0, "NAME", "turbo, viridis, inferno, jet or gray; default turbo"},
           {"alpha", 0, "A", "how much of a pixel is the map's colour, 0 to 1; default 0.5"},
           {"blend", 0, "HOW",
            "constant (alpha everywhere) or scaled (alpha times the map's value); default "
            "constant"},
           {"contour", 0, "", "lines of equal value too"},
           {"percentile", 0, "P",
            "the value that gets the hottest colour, as a percentile of the map; 1 to 100, default "
            "99"},
           {"caption", 0, "", "a colour bar, and a line with model, class, score and method"}}};
}

OptionGroup file_options() {
  return {"Files",
          {{"image-format", 0, "FORMAT", "png, jpg or webp; default png"},
           {"panel", 0, "",
            "instead of one picture a map, one labelled sheet: the photo and the maps side by side "
            "(with --method attention --layer all --head all: layers down, heads across)"},
           {"raw", 0, "FORMAT",
            "the map itself too, [rows, columns] unnormalised: npy (32-bit float) or png16 (16 "
            "bit, its scale in the sidecar), and a JSON sidecar"},
           {"html", 0, "",
            "a page to explore too, one self-contained file: all layers and heads, where each "
            "patch looks, the maps of the five best classes"}}};
}

}  // namespace

const CommandSpec& attend_command() {
  static const CommandSpec command{
      "attend",
      "[PATH...] [-m MODEL] [-o DIR] [options]",
      kAbout,
      {general_options({"format", 0, "FORMAT", "text, json or jsonl; default text"},
                       {"output", 'o', "DIR",
                        "where files go, made where it is missing; default: the current folder"}),
       map_option_group(), overlay_options(), file_options(), score_options(),
       preprocess_options()},
      kClosing};
  return command;
}

AttendOptions attend_options(const ParsedArguments& arguments) {
  AttendOptions options;
  static_cast<PredictionOptions&>(options) = prediction_options(arguments, "attend");
  if (options.format == OutputFormat::csv) {
    refuse_value("format", "one of text, json, jsonl (attend writes no csv)", "csv");
  }
  options.folder = arguments.value("output").value_or(".");
  if (options.folder.empty()) refuse_value("output", "a folder", "");
  options.maps = map_options(arguments);
  OverlayStyle& style = options.files.style;
  style.colormap = choice_value(arguments, "colormap", kColormaps).value_or(style.colormap);
  style.alpha = number_value(arguments, "alpha", 0, 1).value_or(style.alpha);
  style.blend = choice_value(arguments, "blend", kBlends).value_or(style.blend);
  style.contour = arguments.has("contour");
  style.percentile = number_value(arguments, "percentile", 1, 100).value_or(style.percentile);
  options.files.extension = choice_value(arguments, "image-format", kExtensions).value_or(".png");
  options.files.caption = arguments.has("caption");
  options.files.panel = arguments.has("panel");
  if (options.files.panel && options.files.caption) {
    throw UsageError("--caption is for single overlays; the cells of --panel have captions anyway");
  }
  options.html = arguments.has("html");
  options.files.raw = choice_value(arguments, "raw", kRawFormats);
  return options;
}

}  // namespace saccade
