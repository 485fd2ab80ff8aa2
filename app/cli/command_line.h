// The grammar of a command: one table of options serves the parser and --help.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

struct OptionSpec {
  std::string_view name;   ///< without dashes: "topk"
  char letter = 0;         ///< the short form, 'k'; 0 where there is none
  std::string_view value;  ///< what --help calls the value; empty for a switch; "[=VALUE]" where
                           ///< the option can do without
  std::string_view help;   ///< with unit and default
};

struct OptionGroup {
  std::string_view title;
  std::vector<OptionSpec> options;
};

struct CommandSpec {
  std::string_view name;
  std::string_view synopsis;  ///< what follows the name in the usage line
  std::string_view about;     ///< paragraphs before the options, wrapped
  std::vector<OptionGroup> groups;
  std::string_view closing;  ///< after the options: exit codes, examples
};

/// What a command line holds, as text; nothing but the grammar has been checked.
class ParsedArguments {
 public:
  bool has(std::string_view option) const { return values_.contains(option); }
  /// The value given last; nullopt where the option is absent.
  std::optional<std::string> value(std::string_view option) const;
  /// Everything that is no option, in order.
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  friend ParsedArguments parse_arguments(const CommandSpec&, const std::vector<std::string>&);
  std::map<std::string, std::string, std::less<>> values_;
  std::vector<std::string> positional_;
};

/// Parses what follows the command's name. Options and other arguments may be mixed; "--" ends the
/// options; long options must be spelled out. Throws UsageError, naming the nearest option where
/// one is unknown.
ParsedArguments parse_arguments(const CommandSpec& command,
                                const std::vector<std::string>& arguments);

/// The command's help, at most 80 columns wide.
std::string help_text(const CommandSpec& command);

}  // namespace saccade
