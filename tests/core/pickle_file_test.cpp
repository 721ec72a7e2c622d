// Pickles of built-in types: the ground truth of revisited Oxford and Paris, and refusals.
#include "core/pickle_file.hpp"

#include "tests/core/support.hpp"

namespace dinobench {
namespace {

using namespace std::string_literals;

std::filesystem::path revisited(const std::string& name) {
  return std::filesystem::path(DINOBENCH_SOURCE) / "../shared/data/revisitop" / name;
}

bool have_revisited() {
  const bool there = std::filesystem::exists(revisited("gnd_roxford5k.pkl"));
  if (!there) std::cout << "skipped: no ../shared/data/revisitop beside the checkout\n";
  return there;
}

}  // namespace

// A dict {'gnd': [{'bbx': [1.5, 2], 'easy': [3], 'name': b'x'}], 'imlist': ('a', None, True)}.
TEST_CASE("a pickle of protocol 3 becomes lists, dicts, numbers and text") {
  const TemporaryFolder folder;
  write_plainly(folder / "gnd.pkl",
                "\x80\x03}q\x00(X\x03\x00\x00\x00gndq\x01]q\x02}q\x03(X\x03\x00\x00\x00"
                "bbxq\x04]q\x05(G\x3f\xf8\x00\x00\x00\x00\x00\x00K\x02"
                "eX\x04\x00\x00\x00"
                "easyq\x06]q\x07K\x03"
                "aX\x04\x00\x00\x00nameC\x01x"
                "uaX\x06\x00\x00\x00imlistq\x08X\x01\x00\x00\x00"
                "aN\x88\x87u."s);
  const Value value = load_pickle_file(folder / "gnd.pkl");
  const Value& query = value.find("gnd")->as_list()[0];
  REQUIRE(query.find("bbx")->as_list()[0].as_double() == 1.5);
  REQUIRE(query.find("bbx")->as_list()[1].as_int() == 2);
  REQUIRE(query.find("easy")->as_list()[0].as_int() == 3);
  REQUIRE(query.find("name")->as_text() == "x");
  REQUIRE(value.find("imlist")->as_list().size() == 3);
}

TEST_CASE("the ground truth of revisited Oxford and Paris is read whole") {
  if (!have_revisited()) return;
  for (const auto& [name, images] : {std::pair("gnd_roxford5k.pkl", size_t{4993}),
                                     std::pair("gnd_rparis6k.pkl", size_t{6322})}) {
    const Value value = load_pickle_file(revisited(name));
    REQUIRE(value.find("imlist")->as_list().size() == images);
    REQUIRE(value.find("qimlist")->as_list().size() == 70);
    const ValueList& queries = value.find("gnd")->as_list();
    REQUIRE(queries.size() == 70);
    for (const Value& query : queries) {
      REQUIRE(query.find("bbx")->as_list().size() == 4);
      for (const char* list : {"easy", "hard", "junk"})
        for (const Value& index : query.find(list)->as_list())
          REQUIRE((index.as_int() >= 0 && index.as_int() < static_cast<int64_t>(images)));
    }
  }
}

TEST_CASE("a plain pickle names the file in every refusal, and nothing of it runs") {
  const TemporaryFolder folder;
  const std::string path = (folder / "evil.pkl").string();
  const std::string ran = (folder / "ran").string();
  const auto outcome = [&](const std::string& bytes) {
    write_plainly(path, bytes);
    return error_of([&] { load_pickle_file(path); });
  };
  const std::string command = "touch " + ran;
  REQUIRE(outcome("\x80\x03"
                  "cposix\nsystem\n(X"s +
                  static_cast<char>(command.size()) + "\0\0\0"s + command + "tR.") ==
          "2: " + path + ": refuses to run 'posix.system': only built-in types are expected");
  REQUIRE(contains(outcome("ccollections\nOrderedDict\n)R."), "'collections.OrderedDict'"));
  REQUIRE(contains(outcome("NQ."), "persistent_load"));
  REQUIRE(contains(outcome("}}b."), "__setstate__"));
  REQUIRE(contains(outcome("\x80\x03]q"), path + ": 1 bytes wanted where 0 are left"));
  REQUIRE(contains(outcome(""), path));
  REQUIRE(contains(error_of([&] { load_pickle_file(ran); }), ran));
  REQUIRE_FALSE(std::filesystem::exists(ran));
}

}  // namespace dinobench
