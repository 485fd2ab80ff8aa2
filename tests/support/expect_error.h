// Checks errors by their type and the facts that their text names.
#pragma once

#include <gtest/gtest.h>

#include <exception>
#include <initializer_list>
#include <string>

namespace saccade::test {

/// Expects that `action` throws exactly `Expected`, and that its text is one line that contains all
/// of `facts`.
template <typename Expected, typename Action>
void expect_error(Action&& action, std::initializer_list<std::string> facts) {
  std::string text;
  try {
    action();
    ADD_FAILURE() << "no error";
    return;
  } catch (const Expected& error) {
    text = error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "an error of another type: " << error.what();
    return;
  }
  for (const std::string& fact : facts) {
    EXPECT_NE(text.find(fact), text.npos) << "\"" << fact << "\" is not in: " << text;
  }
  EXPECT_EQ(text.find('\n'), text.npos) << text;
}

}  // namespace saccade::test
