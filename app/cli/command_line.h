// The grammar of a command line: one table of options for the parser and for --help.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

struct OptionSpec {
  std::string_view name;   ///< without dashes: "topk"
  char letter = 0;         ///< the short form, 'k'; 0 for none
  std::string_view value;  ///< the value's name in --help; empty for a switch; "[=VALUE]" if
                           ///< the value is optional
  std::string_view help;   ///< includes the unit and the default
};

struct OptionGroup {
  std::string_view title;
  std::vector<OptionSpec> options;
};

struct CommandSpec {
  std::string_view name;
  std::string_view synopsis;  ///< the usage line after the name
  std::string_view about;     ///< paragraphs before the options, wrapped
  std::vector<OptionGroup> groups;
  std::string_view closing;  ///< after the options: exit codes, examples
};

/// A parsed command line as text. The values are not checked yet.
class ParsedArguments {
 public:
  bool has(std::string_view option) const { return values_.contains(option); }
  /// The last value given; nullopt if the option is absent.
  std::optional<std::string> value(std::string_view option) const;
  /// All arguments that are not options, in order.
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  friend ParsedArguments parse_arguments(const CommandSpec&, const std::vector<std::string>&);
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> positional_;
};

/// Parses the arguments after the command's name. Options and other arguments may be mixed; "--"
/// ends the options; long options cannot be abbreviated. Throws UsageError, which suggests the
/// nearest option if one is unknown.
ParsedArguments parse_arguments(const CommandSpec& command,
                                const std::vector<std::string>& arguments);

/// The command's help, at most 80 columns wide.
std::string help_text(const CommandSpec& command);

}  // namespace saccade
