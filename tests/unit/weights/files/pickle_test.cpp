#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"
#include "weights/files/torch/pickled.h"
#include "weights/files/torch/torch_checkpoint.h"

namespace saccade {
namespace {

using Kind = Pickled::Kind;
using test::expect_error;
using namespace std::string_literals;

Pickle unpickled(const std::string& text) {
  return {std::as_bytes(std::span(text.data(), text.size())), "file.pt"};
}

TEST(Pickle, Integers) {
  EXPECT_EQ(unpickled("K\xff."s).root().integer, 255);
  EXPECT_EQ(unpickled("M\x01\x02."s).root().integer, 0x201);
  EXPECT_EQ(unpickled("J\xfe\xff\xff\xff."s).root().integer, -2);
  EXPECT_EQ(unpickled("\x8a\x00."s).root().integer, 0);
  EXPECT_EQ(unpickled("\x8a\x02\x00\x80."s).root().integer, -32768);
  EXPECT_EQ(unpickled("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."s).root().integer, INT64_MAX);
  EXPECT_EQ(unpickled("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."s).root().kind,
            Kind::too_large);
  EXPECT_EQ(unpickled("G\x3f\xf8\x00\x00\x00\x00\x00\x00."s).root().real, 1.5);
}

TEST(Pickle, ContainersAndMemo) {
  // {'a': (1, True), 'b': <the same tuple>}
  const Pickle pickle = unpickled(
      "}(\x8c\x01"
      "aK\x01\x88\x86q\x05\x8c\x01"
      "bh\x05u."s);
  const Pickled* a = pickle.find(pickle.root(), "a");
  ASSERT_TRUE(a);
  ASSERT_EQ(a->kind, Kind::tuple);
  EXPECT_EQ(pickle[a->items[0]].integer, 1);
  EXPECT_EQ(pickle[a->items[1]].kind, Kind::boolean);
  EXPECT_EQ(pickle.find(pickle.root(), "b"), a);
  EXPECT_EQ(pickle.find(pickle.root(), "c"), nullptr);
}

TEST(Pickle, InstancesAreNotConstructed) {
  const Pickle pickle = unpickled("cos\nsystem\n\x8c\x04rm -\x85R."s);
  EXPECT_EQ(pickle.root().kind, Kind::instance);
  EXPECT_EQ(pickle.callable_name(pickle.root()), "os.system");
}

TEST(Pickle, ListsThatContainThemselves) {
  const Pickle pickle = unpickled(
      "]q\x01h\x01"
      "a."s);
  EXPECT_EQ(&pickle[pickle.root().items[0]], &pickle.root());
}

TEST(Pickle, DamagedPicklesAreErrors) {
  const auto refused = [](const std::string& text, const std::string& reason) {
    expect_error<ModelError>([&] { unpickled(text); }, {"file.pt", reason});
  };
  refused("", "ends too early");
  refused(
      "X\xff\xff\xff\xff"
      "a",
      "ends too early");
  refused(".", "from an empty stack");
  refused("(.", "from an empty stack");
  refused("t.", "mark that does not exist");
  refused("K\x01(\x85.", "from an empty stack");
  refused(
      "K\x01K\x02"
      "a.",
      "not a container");
  refused("](K\x01u.", "not a container");
  refused("}(K\x01u.", "without a value");
  refused("h\x07.", "object 7");
  refused("Nb.", "from an empty stack");
  refused("NNb.", "not an instance");
  refused("\xff.", "0xff");
  refused("K\x01K\x02\x93.", "not text");
}

// Reads a tensor of a state dict in which every storage has the floats 0 to 7.
TorchCheckpoint state_dict(const std::string& tensor) {
  static constexpr float kValues[] = {0, 1, 2, 3, 4, 5, 6, 7};
  const std::string file = "file.pt";
  return read_state_dict(
      unpickled("}\x8c\x01w" + tensor + "s."),
      [](const std::string&) { return std::as_bytes(std::span(kValues)); }, file);
}

// _rebuild_tensor_v2(storage, offset, sizes, strides, False, None); the arguments are opcodes.
std::string tensor(const std::string& offset, const std::string& sizes,
                   const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n("s + "(\x8c\x07storagectorch\nFloatStorage\n" +
         "\x8c\x01"
         "0\x8c\x03"
         "cpuK\x08tQ" +
         offset + "(" + sizes + "t(" + strides + "t\x89NtR"s;
}

// One name of 10 MB that the memo hands out 200 times.
TEST(TorchCheckpoint, NamesFromTheMemoAreCountedEachTime) {
  std::string pickle = "}(X"s + "\x80\x96\x98\x00"s + std::string(10'000'000, 'x') + "q\0NQ"s;
  for (int i = 0; i < 200; ++i) pickle += "h\0NQ"s;
  expect_error<ModelError>(
      [&] { read_state_dict(unpickled(pickle + "u."), {}, "file.pt"); },
      {"file.pt", "the names and shapes of its tensors take more than 64 MiB"});
}

std::vector<float> values(const TorchCheckpoint& checkpoint) {
  const TensorView& view = checkpoint.tensors.at(0);
  std::vector<float> out(size_t(view.count()));
  convert_to_f32(view, out);
  return out;
}

TEST(TorchTensors, OffsetsAndStrides) {
  const std::string two = "K\x02", three = "K\x03", one = "K\x01", zero("K\0", 2);
  EXPECT_EQ(values(state_dict(tensor(one, two + three, three + one))),
            (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(state_dict(tensor(zero, two + three, one + two))),
            (std::vector<float>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(values(state_dict(tensor(zero, "K\x08", one))),
            (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(values(state_dict(tensor(two, two, zero))), (std::vector<float>{2, 2}));
}

TEST(TorchTensors, ElementsOutsideOfTheStorageAreRejected) {
  const std::string one = "K\x01", zero("K\0", 2), nine = "K\x09";
  const std::string huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", minus = "J\xff\xff\xff\xff";
  for (const std::string& bad :
       {tensor(zero, nine, one), tensor(one, "K\x08", one), tensor(zero, nine, zero),
        tensor(huge, one, one), tensor(zero, huge, huge), tensor(zero, huge + huge, zero + zero),
        tensor(minus, one, one), tensor(zero, minus, one), tensor(zero, one, ""),
        tensor(zero, "K\x02", huge), tensor(nine, zero, one)}) {
    const TorchCheckpoint checkpoint = state_dict(bad);
    EXPECT_EQ(checkpoint.tensors.at(0).dtype, DType::other);
    EXPECT_EQ(checkpoint.tensors.at(0).dtype_name, "torch._utils._rebuild_tensor_v2 (no tensor)");
  }
}

}  // namespace
}  // namespace saccade
