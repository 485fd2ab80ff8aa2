#include "app/evaluate/labelled_pictures.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

class LabelledPictures : public testing::Test {
 protected:
  std::vector<LabelledPicture> read(const std::string& text) {
    return read_labelled_pictures(folder.write("list.tsv", text));
  }
  void expect_usage_error(const std::string& text, const std::string& part) {
    try {
      read(text);
      ADD_FAILURE() << "no error for " << text;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
  const test::TempDir folder;
};

TEST_F(LabelledPictures, RowsOfOnePictureAndClassAreMerged) {
  const auto pictures = read(
      "index\tfile\tx0\ty0\tx1\ty1\r\n"
      "7\tb.jpg\t1\t2\t3.5\t4\r\n"
      "7\ta.jpg\t0\t0\t1\t1\r\n"
      "\r\n"
      "7\tb.jpg\t5\t6\t7\t8\r\n"
      "8\tb.jpg\t5\t6\t7\t8");
  ASSERT_EQ(pictures.size(), 3u);
  EXPECT_EQ(pictures[0].file, "b.jpg");
  EXPECT_EQ(pictures[0].index, 7);
  ASSERT_EQ(pictures[0].boxes.size(), 2u);
  EXPECT_EQ(pictures[0].boxes[0].x1, 3.5);
  EXPECT_EQ(pictures[0].boxes[1].y0, 6);
  EXPECT_EQ(pictures[1].file, "a.jpg");
  EXPECT_EQ(pictures[2].index, 8);
}

TEST_F(LabelledPictures, BoxesMayBeAbsent) {
  const auto pictures = read("file\tindex\nx y.jpg\t3\n");
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].file, "x y.jpg");
  EXPECT_TRUE(pictures[0].boxes.empty());
}

TEST_F(LabelledPictures, BadListsAreRefusedByLine) {
  expect_usage_error("file,index\na.jpg,3\n", "line 1: no column 'file'");
  expect_usage_error("file\tindex\tx0\na.jpg\t3\t1\n",
                     "line 1: x0, y0, x1 and y1 must all be given");
  expect_usage_error("file\tindex\na.jpg\n", "line 2: 1 fields, the header has 2");
  expect_usage_error("file\tindex\na.jpg\t3\nb.jpg\tcat\n", "line 3: index: wanted a number");
  expect_usage_error("file\tindex\na.jpg\t3.5\n", "line 2: index");
  expect_usage_error("file\tindex\tx0\ty0\tx1\ty1\na.jpg\t3\t4\t4\t4\t9\n", "the box is empty");
  for (const char* x1 : {"inf", "nan"}) {
    expect_usage_error("file\tindex\tx0\ty0\tx1\ty1\na.jpg\t3\t4\t4\t" + std::string(x1) + "\t9\n",
                       "is not finite");
  }
  expect_usage_error("file\tindex\tx0\ty0\tx1\ty1\na.jpg\t3\tnan\t4\t4\t9\n", "line 2");
  expect_usage_error("file\tindex\n", "lists no picture");
  EXPECT_THROW(read_labelled_pictures(folder.path() / "none.tsv"), SystemError);
  EXPECT_THROW(read(""), SystemError);
}

TEST_F(LabelledPictures, ClassesMayBeNamed) {
  const Labels labels{{"tabby, tabby cat", "7", "lynx"}, {"n1", "n2", "n3"}};
  const auto indices = [&](const std::string& text) {
    auto pictures = read(text);
    match_pictures(pictures, labels, 3, "list.tsv");
    std::vector<int64_t> found;
    for (const LabelledPicture& picture : pictures) found.push_back(picture.index);
    return found;
  };
  EXPECT_EQ(indices("file\tclass\na\tTABBY\nb\tlynx\na\tTABBY\n"), (std::vector<int64_t>{0, 2}));
  EXPECT_EQ(indices("file\tlabel\na\t7\n"), std::vector<int64_t>{1});
  EXPECT_EQ(indices("file\tsynset\na\tN3\nb\tindex:1\n"), (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(indices("file\tindex\na\t2\nb\tlabel:7\n"), (std::vector<int64_t>{2, 1}));
  EXPECT_THROW(indices("file\tclass\na\tdog\n"), UsageError);
}

}  // namespace
}  // namespace saccade
