#include "app/cli/command_line.h"

#include <fmt/format.h>

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

namespace po = boost::program_options;

constexpr size_t kColumns = 80;
constexpr size_t kHelpColumn = 28;

std::string see_help(const CommandSpec& command) {
  return fmt::format("see 'saccade {} --help'", command.name);
}

po::options_description describe(const CommandSpec& command) {
  po::options_description description;
  for (const OptionGroup& group : command.groups) {
    for (const OptionSpec& option : group.options) {
      std::string names(option.name);
      if (option.letter) names += fmt::format(",{}", option.letter);
      if (option.value.empty()) {
        description.add_options()(names.c_str(), "");
      } else {
        auto* value = po::value<std::string>();
        if (option.value.starts_with('[')) value->implicit_value("");
        description.add_options()(names.c_str(), value, "");
      }
    }
  }
  return description;
}

[[noreturn]] void refuse_option(const CommandSpec& command, const std::string& token) {
  const std::string given = token.substr(0, token.find('='));
  std::vector<std::string_view> names;
  for (const OptionGroup& group : command.groups) {
    for (const OptionSpec& option : group.options) names.push_back(option.name);
  }
  const size_t dashes = std::min(given.find_first_not_of('-'), given.size());
  const auto near = closest_match(std::string_view(given).substr(dashes), names);
  throw UsageError(fmt::format("unknown option {}; {}{}", given,
                               near ? fmt::format("did you mean --{}? ", *near) : "",
                               see_help(command)));
}

std::string wrap(std::string_view text, size_t indent) {
  std::string result;
  size_t column = indent;
  bool first = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first && column + 1 + word.size() > kColumns) {
      result += fmt::format("\n{:{}}", "", indent);
      column = indent;
    } else if (!first) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    first = false;
  }
  return result;
}

std::string paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    result += wrap(text.substr(0, end), 0) + '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string option_help(const OptionSpec& option) {
  const std::string letter = option.letter ? fmt::format("-{},", option.letter) : "   ";
  std::string line = fmt::format("  {} --{}", letter, option.name);
  if (!option.value.empty()) {
    line += fmt::format("{}{}", option.value.starts_with('[') ? "" : " ", option.value);
  }
  const bool fits = line.size() + 2 <= kHelpColumn;
  line += fits ? std::string(kHelpColumn - line.size(), ' ') : "\n" + std::string(kHelpColumn, ' ');
  return line + wrap(option.help, kHelpColumn) + '\n';
}

}  // namespace

std::optional<std::string> ParsedArguments::value(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

ParsedArguments parse_arguments(const CommandSpec& command,
                                const std::vector<std::string>& arguments) {
  namespace style = po::command_line_style;
  const po::options_description description = describe(command);
  ParsedArguments parsed;
  try {
    // No abbreviations: "--score" must not silently mean "--score-threshold".
    const auto options = po::command_line_parser(arguments)
                             .options(description)
                             .style(style::unix_style & ~style::allow_guessing)
                             .allow_unregistered()
                             .run()
                             .options;
    for (const po::option& option : options) {
      if (option.unregistered) refuse_option(command, option.original_tokens.front());
      if (option.string_key.empty()) {
        parsed.positional_.push_back(option.value.front());
      } else {
        parsed.values_[option.string_key] = option.value.empty() ? "" : option.value.front();
      }
    }
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}; {}", error.what(), see_help(command)));
  }
  return parsed;
}

std::string help_text(const CommandSpec& command) {
  std::string text = fmt::format("Usage: saccade {}{}{}\n\n", command.name,
                                 command.synopsis.empty() ? "" : " ", command.synopsis);
  text += paragraphs(command.about);
  for (const OptionGroup& group : command.groups) {
    text += fmt::format("\n{}:\n", group.title);
    for (const OptionSpec& option : group.options) text += option_help(option);
  }
  return text + fmt::format("\n{}", command.closing);
}

}  // namespace saccade
