#include "app/inspect/inspect.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace saccade {
namespace {

const std::vector<Finding> kFound{{"model", "depth", 7, "7", "config.json"},
                                  {"model", "mean", {0.5, 0.25}, "0.5, 0.25", "é.json"},
                                  {"output", "label", "é\n", "é\n", "x"}};

TEST(FindingsAsText, AlignsColumnsUnderSections) {
  EXPECT_EQ(findings_as_text(kFound),
            "model\n"
            "  depth  7          config.json\n"
            "  mean   0.5, 0.25  é.json\n"
            "\n"
            "output\n"
            "  label  é\\n        x\n");
}

TEST(FindingsAsJson, NestsByNameAndKeepsTheOrder) {
  EXPECT_EQ(findings_as_json({kFound[0], kFound[2]}).dump(2), R"({
  "model": {
    "depth": {
      "value": 7,
      "source": "config.json"
    }
  },
  "output": {
    "label": {
      "value": "é\n",
      "source": "x"
    }
  }
})");
}

}  // namespace
}  // namespace saccade
