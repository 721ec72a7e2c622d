// The pickle machine on bytes written by hand; it must survive any others.
#include "core/unpickler.hpp"

#include <random>

#include "core/pickler.hpp"
#include "core/torch_names.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

using namespace std::string_literals;

Value load(const std::string& bytes) {
  TorchNames names(
      [](const std::string& key) -> std::vector<std::byte> { fail("no storage '{}'", key); },
      1 << 20);
  return unpickle(std::as_bytes(std::span(bytes)), names);
}

std::string load_error(const std::string& bytes) {
  return error_of([&] { load(bytes); });
}

std::string save(const Value& value) {
  return pickle(value, [](const TensorData&) { return "0"s; });
}

std::string repeated(const std::string& part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("constants of every length") {
  REQUIRE(load("\x80\x02N.").is_none());
  REQUIRE(load("K\xff.").as_int() == 255);
  REQUIRE(load("M\x01\x02.").as_int() == 513);
  REQUIRE(load("J\xfe\xff\xff\xff.").as_int() == -2);
  REQUIRE(load("\x8a\x00."s).as_int() == 0);
  REQUIRE(load("\x8a\x01\xff.").as_int() == -1);
  REQUIRE(load("\x8a\x02\xff\x00."s).as_int() == 255);
  REQUIRE(load("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."s).as_int() ==
          std::numeric_limits<int64_t>::min());
  REQUIRE(load("\x8b\x01\x00\x00\x00\x05."s).as_int() == 5);
  REQUIRE(load("G\x3f\xf8\x00\x00\x00\x00\x00\x00."s).as_double() == 1.5);
  REQUIRE(std::get<bool>(load("\x88.").data));
  REQUIRE_FALSE(std::get<bool>(load("\x89.").data));
  REQUIRE(load("X\x02\x00\x00\x00hi."s).as_text() == "hi");
  REQUIRE(load("\x8c\x02hi.").as_text() == "hi");
  REQUIRE(load("U\x02hi.").as_text() == "hi");
  REQUIRE(load_error("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01."s) ==
          "2: a whole number of 9 bytes; at most 8 are understood");
}

TEST_CASE("lists, tuples and dicts, with marks and memo") {
  REQUIRE(load("(K\x01K\x02K\x03t.").as_list().size() == 3);
  REQUIRE(load("K\x01\x85.").as_list().size() == 1);
  REQUIRE(load("K\x01K\x02\x86.").as_list().size() == 2);
  REQUIRE(load("K\x01K\x02K\x03\x87.").as_list()[2].as_int() == 3);
  REQUIRE(load("].").as_list().empty());
  REQUIRE(load(").").as_list().empty());
  REQUIRE(load("]K\x07"
               "a(K\x08K\x09"
               "e.")
              .as_list()[2]
              .as_int() == 9);
  REQUIRE(load("}\x8c\x01"
               "aK\x01s(\x8c\x01"
               "bK\x02u.")
              .find("b")
              ->as_int() == 2);
  REQUIRE(load("(\x8c\x01"
               "aK\x01"
               "d.")
              .find("a")
              ->as_int() == 1);
  const Value shared = load(
      "]q\x05(h\x05K\x01"
      "e0(K\x02q\x01h\x01j\x01\x00\x00\x00l."s);
  REQUIRE(shared.as_list().size() == 3);
  REQUIRE(load("(K\x01K\x02"
               "1K\x03.")
              .as_int() == 3);
  REQUIRE(load("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x01x\x94h\x00."s).as_text() ==
          "x");
}

TEST_CASE("names that torch writes are understood") {
  const std::string ordered = "ccollections\nOrderedDict\n)R(\x8c\x01wK\x01u";
  REQUIRE(load(ordered + "}\x8c\x09_metadataNsb.").as_dict().size() == 1);
  const std::string space =
      "cargparse\nNamespace\n)\x81}(\x8c\x05"
      "epochK\x05ub.";
  REQUIRE(load(space).find("epoch")->as_int() == 5);
  REQUIRE(load("ctorch\nSize\n(K\x02K\x03t\x85R.").as_list()[1].as_int() == 3);
  REQUIRE(load("ctorch\nfloat32\n.").as_text() == "torch.float32");
  REQUIRE(load("\x8c\x0b"
               "collections\x8c\x0bOrderedDict\x93)R.")
              .is_dict());
}

TEST_CASE("every other name is refused, and nothing runs") {
  REQUIRE(load_error("cos\nsystem\n\x8c\x0atouch /x.pyR.") ==
          "2: refuses to run 'os.system': not a name that torch.save writes");
  REQUIRE(contains(load_error("c__builtin__\neval\n(t."), "refuses to run '__builtin__.eval'"));
  REQUIRE(contains(load_error("\x8c\x02os\x8c\x06system\x93."), "refuses to run 'os.system'"));
  REQUIRE(contains(load_error("\x8c\x09os.system)R."), "refuses to run 'os.system'"));
  REQUIRE(contains(load_error("ctorch\nFloatStorage\n)R."), "refuses to run 'torch.FloatStorage'"));
  REQUIRE(contains(load_error("(ios\nsystem\n."), "operation 0x69"));
}

TEST_CASE("damaged pickles are errors") {
  for (const std::string& bytes : {""s,
                                   "."s,
                                   "0."s,
                                   "K"s,
                                   "a."s,
                                   "]s."s,
                                   "K\x01K\x02s."s,
                                   "u."s,
                                   "t."s,
                                   "h\x01."s,
                                   "q\x01."s,
                                   "X\xff\xff\xff\xff"
                                   "a."s,
                                   "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                                   "a."s,
                                   "\xff."s,
                                   "cos"s,
                                   "\x80\x09N."s,
                                   "NNR."s,
                                   "NQ."s,
                                   ")Q."s,
                                   "]K\x01"
                                   "u."s,
                                   "(]K\x01"
                                   "b."s,
                                   "(K\x01"
                                   "0(0."s,
                                   "\x8c\x07storage\x85Q."s,
                                   "ctorch._utils\n_rebuild_tensor_v2\n)R."s})
    REQUIRE(load_error(bytes).starts_with("2: "));
}

TEST_CASE("endless nesting, cycles and repeated text do no harm") {
  REQUIRE(contains(load_error(repeated("]", 1000000) + repeated("a", 999999) + "."),
                   "deeper than 100"));
  REQUIRE(load(repeated("]", 1000000) + repeated("a", 999999) + "0N.").is_none());
  REQUIRE(load(repeated("]", 100) + repeated("a", 99) + ".").as_list().size() == 1);
  REQUIRE(contains(load_error("]q\x01h\x01"
                              "a."),
                   "in themselves"));
  REQUIRE(contains(load_error("]q\x01(K\x01}\x8c\x01xh\x01se."), "in themselves"));
  // Lists of ten times the one before: 10^90 leaves, 91 containers.
  std::string bomb = "]q\x01";
  for (int i = 0; i < 90; ++i) bomb += "0(" + repeated("h\x01", 10) + "lq\x01";
  REQUIRE(load(bomb + ".").as_list().size() == 10);
  const std::string mebibyte = "X\x00\x00\x10\x00"s + std::string(1 << 20, 'x') + "q\x01";
  REQUIRE(
      contains(load_error("(" + mebibyte + repeated("h\x01", 300) + "l."), "repeated without end"));
}

TEST_CASE("a Namespace that is its own state, and copies without end, do no harm") {
  const std::string space = "cargparse\nNamespace\n)\x81q\x01}\x8c\x01xK\x05sb";
  const std::string itself = repeated(
      "h\x01"
      "b",
      3);
  REQUIRE(load(space + itself + ".").as_dict().size() == 8);
  REQUIRE(contains(load_error(space +
                              repeated("h\x01"
                                       "b",
                                       30) +
                              "."),
                   "items repeated without end"));
  std::string pairs = "](";
  for (int i = 0; i < 2000; ++i) pairs += "K\x01K\x02\x86";
  REQUIRE(contains(load_error(pairs +
                              "eq\x01"
                              "0" +
                              repeated("ccollections\nOrderedDict\n(h\x01tR", 600) + "."),
                   "items repeated without end"));
  REQUIRE(contains(load_error(repeated("N", (1 << 23) + 1) + "."), "more than 8388608 values"));
}

TEST_CASE("random bytes never crash the machine") {
  std::mt19937 generator(1);
  const std::string codes =
      "(.012NKMJGXUq\x94hjtl)]}aesudcRbQ\x81\x85\x86\x87\x88\x89\x8c\x93\x80\x8a";
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    for (int length = 0; length < 60; ++length)
      bytes += generator() % 3 == 0 ? static_cast<char>(generator() % 8)
                                    : codes[generator() % codes.size()];
    const std::string error = load_error(bytes);
    REQUIRE((error.empty() || error.starts_with("2: ")));
  }
}

TEST_CASE("what the pickler writes the unpickler reads") {
  Value inner = Value::dict();
  inner.set(int64_t{-7}, 0.1);
  inner.set("flag", true);
  const Value value =
      Value::list({Value(), false, int64_t{1} << 40, -1.5, "t\xc3\xa4xt", inner, Value::list()});
  const Value read = load(save(value));
  const ValueList& items = read.as_list();
  REQUIRE(items.size() == 7);
  REQUIRE(items[0].is_none());
  REQUIRE_FALSE(std::get<bool>(items[1].data));
  REQUIRE(items[2].as_int() == int64_t{1} << 40);
  REQUIRE(items[3].as_double() == -1.5);
  REQUIRE(items[4].as_text() == "t\xc3\xa4xt");
  REQUIRE(items[5].as_dict()[0].first.as_int() == -7);
  REQUIRE(items[5].as_dict()[0].second.as_double() == 0.1);
  REQUIRE(std::get<bool>(items[5].find("flag")->data));
  REQUIRE(items[6].as_list().empty());
}

TEST_CASE("a value nested too deep, or a tensor without its bytes, is not written") {
  Value deep = Value::list();
  for (int i = 0; i < 200; ++i) deep = Value::list({deep});
  REQUIRE(contains(error_of([&] { save(deep); }), "nested deeper than 100"));
  REQUIRE(error_of([] {
            save(TensorData{DType::float32, {3}, nullptr});
          }) == "2: a tensor of 3 float32 elements holds 0 bytes");
}

}  // namespace dinobench
