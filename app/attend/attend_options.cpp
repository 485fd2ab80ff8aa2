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
    "Shows where a model looks: draws a heatmap on each photo, at the photo's own size, and "
    "prints the predictions as classify does. The area outside the model's crop is dimmed.\n"
    "\n"
    "PATH is a picture, a folder, @FILE for a list of pictures, one path per line, or - for such "
    "a list on standard input. Output files are named "
    "STEM_METHOD[_L##][_H##|_Hmax|_Hmin][_class###][_vs###][_Q##-##].png, STEM_panel.png and "
    "STEM_explorer.html; files of an earlier run are replaced.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed. Each failure is one line on standard error.

Examples:
  saccade attend cat.png
  saccade attend -m google/vit-base-patch16-224 -o maps --class top3 *.jpg
  saccade attend --class tabby --versus lion cat.png
  saccade attend -m google/vit-base-patch16-224 --panel cat.png
  saccade attend --method attention --layer all --head all --panel cat.png
)";

OptionGroup overlay_options() {
  return {"Overlay",
          {{"colormap", 0, "NAME", "turbo, viridis, inferno, jet or gray; default turbo"},
           {"alpha", 0, "A", "opacity of the map's colours, 0 to 1; default 0.5"},
           {"blend", 0, "HOW",
            "constant (the same opacity everywhere) or scaled (times the map's value); default "
            "constant"},
           {"contour", 0, "", "also draw lines of equal value"},
           {"percentile", 0, "P",
            "percentile of the map that gets the hottest colour, 1 to 100; default 99"},
           {"caption", 0, "", "add a colour bar, and a line with model, class, score and method"}}};
}

OptionGroup file_options() {
  return {"Files",
          {{"image-format", 0, "FORMAT", "png, jpg or webp; default png"},
           {"panel", 0, "",
            "write one labelled sheet in place of one picture per map: the photo and the maps side "
            "by side (with --method attention --layer all --head all: layers down, heads across)"},
           {"raw", 0, "FORMAT",
            "also write the raw map, [rows, columns], not normalized: npy (32-bit float) or png16 "
            "(16 bit, its scale in the sidecar), with a JSON sidecar"},
           {"html", 0, "",
            "also write an interactive page, one self-contained file: all layers and heads, where "
            "each patch looks, the maps of the five best classes"}}};
}

}  // namespace

const CommandSpec& attend_command() {
  static const CommandSpec command{
      "attend",
      "[PATH...] [-m MODEL] [-o DIR] [options]",
      kAbout,
      {general_options({"format", 0, "FORMAT", "text, json or jsonl; default text"},
                       {"output", 'o', "DIR",
                        "folder for the files, created if missing; default: the current folder"}),
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
    throw UsageError("--caption is for single overlays; the cells of --panel always have captions");
  }
  options.html = arguments.has("html");
  options.files.raw = choice_value(arguments, "raw", kRawFormats);
  return options;
}

}  // namespace saccade
