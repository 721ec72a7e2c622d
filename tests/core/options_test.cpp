// Options from words and from .cfg files.
#include "core/options.hpp"

#include "core/atomic_file.hpp"
#include "tests/core/support.hpp"

namespace dinobench {
namespace {

using Words = std::vector<std::string>;

template <class Value>
Value read(Options& options, const char* name, Value value = {}) {
  options.get(name, value, "help of it");
  return value;
}

template <class Value>
std::string read_error(const Words& words, const char* name, Value value = {}) {
  return error_of([&] {
    Options options(words);
    options.get(name, value, "");
  });
}

std::string finish_error(const Options& options) {
  return error_of([&] { options.finish(); });
}

}  // namespace

TEST_CASE("words go to the options in front of them, the rest are positional in order") {
  Options options(
      Words{"knn", "--epochs", "10", "a.png", "--quiet", "b.png", "--lr", "-0.05", "-"});
  REQUIRE(read<int64_t>(options, "epochs") == 10);
  REQUIRE(read<bool>(options, "quiet"));
  REQUIRE(read<double>(options, "lr") == -0.05);
  REQUIRE(options.positional() == Words{"knn", "a.png", "b.png", "-"});
  REQUIRE(options.finish().empty());
}

TEST_CASE("an option that is not given keeps its default") {
  Options options(Words{});
  REQUIRE(read<int64_t>(options, "epochs", 100) == 100);
  REQUIRE(read<double>(options, "lr", 0.1) == 0.1);
  REQUIRE(read<std::string>(options, "arch", "vit_small") == "vit_small");
  REQUIRE(read<std::array<double, 2>>(options, "scale", {0.4, 1}) == std::array{0.4, 1.0});
  REQUIRE(read<std::vector<int64_t>>(options, "nb_knn", {10, 20}) == std::vector<int64_t>{10, 20});
  REQUIRE_FALSE(options.given("epochs"));
  REQUIRE(options.positional().empty());
}

TEST_CASE("several values follow one option") {
  Options options(Words{"--nb_knn", "10", "20", "eval", "--scale", "0.4", "1", "--size", "480",
                        "320", "--t", "0.6", "1e-2", "--names", "a", "b", "c"});
  REQUIRE(read<std::vector<int64_t>>(options, "nb_knn") == std::vector<int64_t>{10, 20});
  REQUIRE(read<std::array<double, 2>>(options, "scale") == std::array{0.4, 1.0});
  REQUIRE(read<std::array<int64_t, 2>>(options, "size") == std::array<int64_t, 2>{480, 320});
  REQUIRE(read<std::vector<double>>(options, "t") == std::vector<double>{0.6, 0.01});
  REQUIRE(read<Words>(options, "names") == Words{"a", "b", "c"});
  REQUIRE(options.positional() == Words{"eval"});
}

TEST_CASE("--name=value holds its value, and more words may follow it") {
  Options options(Words{"--epochs=10", "--k=1", "2", "--text=", "--flag=off", "--eq=a=b"});
  REQUIRE(read<int64_t>(options, "epochs") == 10);
  REQUIRE(read<std::vector<int64_t>>(options, "k") == std::vector<int64_t>{1, 2});
  REQUIRE(read<std::string>(options, "text", "before").empty());
  REQUIRE_FALSE(read<bool>(options, "flag", true));
  REQUIRE(read<std::string>(options, "eq") == "a=b");
}

TEST_CASE("booleans take a value in any case, or stand alone") {
  for (const char* word : {"true", "True", "1", "ON"}) {
    Options options(Words{"--flag", word});
    REQUIRE(read<bool>(options, "flag"));
    REQUIRE(options.positional().empty());
  }
  for (const char* word : {"false", "FALSE", "0", "off"}) {
    Options options(Words{"--flag", word});
    REQUIRE_FALSE(read<bool>(options, "flag", true));
  }
  Options bare(Words{"--flag", "image.png"});
  REQUIRE(read<bool>(bare, "flag"));
  REQUIRE(bare.positional() == Words{"image.png"});
  REQUIRE(read_error<bool>({"--flag=yes"}, "flag") ==
          "2: --flag: 'yes' is not true, false, 1, 0, on or off");
}

TEST_CASE("values that do not fit are refused with what was seen") {
  REQUIRE(read_error<int64_t>({"--epochs", "ten"}, "epochs") ==
          "2: --epochs: 'ten' is not a whole number");
  REQUIRE(read_error<int64_t>({"--epochs", "1.5"}, "epochs") ==
          "2: --epochs: '1.5' is not a whole number");
  REQUIRE(read_error<int64_t>({"--epochs"}, "epochs") == "2: --epochs: a number is missing");
  REQUIRE(read_error<double>({"--lr", "0x"}, "lr") == "2: --lr: '0x' is not a number");
  REQUIRE(read_error<std::string>({"--arch"}, "arch") == "2: --arch: a value is missing");
  REQUIRE(read_error<Words>({"--names"}, "names") == "2: --names: a value is missing");
  REQUIRE(read_error<std::array<double, 2>>({"--scale", "0.4"}, "scale") ==
          "2: --scale: 1 number given, 2 expected");
  REQUIRE(read_error<std::array<int64_t, 2>>({"--size", "1", "2", "3"}, "size") ==
          "2: --size: 3 numbers given, 2 expected");
  REQUIRE(read_error<std::vector<int64_t>>({"--k", "x"}, "k") ==
          "2: --k: 'x' is not a whole number");
  REQUIRE(read_error<std::vector<int64_t>>({"--k", "1", "2.5"}, "k") ==
          "2: --k: '2.5' is not a whole number");
}

TEST_CASE("words that are no options: twice, one dash, no name") {
  REQUIRE(error_of([] { Options(Words{"--lr", "1", "--lr", "2"}); }) == "2: --lr is given twice");
  REQUIRE(error_of([] { Options(Words{"-n", "1"}); }) == "2: unknown option '-n'");
  REQUIRE(error_of([] { Options(Words{"--"}); }) == "2: unknown option '--'");
  REQUIRE(error_of([] { Options(Words{"--=3"}); }) == "2: unknown option '--=3'");
}

TEST_CASE("an unknown option names the nearest known one") {
  Options options(Words{"--epocs", "3"});
  read<int64_t>(options, "epochs");
  REQUIRE(finish_error(options) == "2: unknown option '--epocs'; did you mean '--epochs'?");
  Options far(Words{"--zzzzzz", "3"});
  read<int64_t>(far, "epochs");
  REQUIRE(finish_error(far) == "2: unknown option '--zzzzzz'");
  Options shortened(Words{"--batch_size", "3"});  // no abbreviations
  read<int64_t>(shortened, "batch_size_per_gpu");
  REQUIRE(contains(finish_error(shortened), "unknown option '--batch_size'"));
}

TEST_CASE("a choice outside the list names the nearest") {
  Options options(Words{"--format", "htm", "--method", "dino"});
  std::string format = "md", method = "none";
  options.choose("method", method, {"dino", "supervised"}, "the method");
  REQUIRE(method == "dino");
  REQUIRE(error_of([&] {
            options.choose("format", format, {"md", "csv", "html"}, "of the table");
          }) == "2: --format: 'htm' is not one of md, csv, html; did you mean 'html'?");
}

TEST_CASE("an ignored option warns, is recorded as unused, and gives way to a real one") {
  Options options(
      Words{"--patch_size", "8", "x.png", "--local_rank", "0", "--old", "true", "y.png"});
  options.ignore("patch_size", "a ResNet has no patches");
  options.ignore("local_rank", "ranks come from MPI");
  options.ignore("old", "of no effect", -1);
  options.ignore("absent", "of no effect");
  REQUIRE(read<int64_t>(options, "local_rank") == 0);
  options.ignore("local_rank", "ranks come from MPI");
  REQUIRE(options.finish() == Words{"--old is not used: of no effect",
                                    "--patch_size is not used: a ResNet has no patches"});
  REQUIRE(options.used() == std::map<std::string, std::string>{{"patch_size", "unused: 8"},
                                                               {"local_rank", "0"},
                                                               {"old", "unused: true"}});
  REQUIRE(options.positional() == Words{"x.png", "y.png"});
}

TEST_CASE("a prefix is part of the name in its scope alone") {
  Options options(Words{"--linear.lr", "0.1", "--lr", "0.5"});
  {
    const Options::Prefix linear(options, "linear.");
    REQUIRE(options.given("lr"));
    REQUIRE(read<double>(options, "lr") == 0.1);
    REQUIRE(read<int64_t>(options, "epochs", 100) == 100);
  }
  REQUIRE(read<double>(options, "lr") == 0.5);
  REQUIRE_FALSE(options.given("epochs"));
  const auto used = options.used();
  REQUIRE(used == std::map<std::string, std::string>{
                      {"linear.epochs", "100"}, {"linear.lr", "0.1"}, {"lr", "0.5"}});
  REQUIRE(contains(options.help(), "--linear.epochs 100"));
  Options bad(Words{"--knn.k", "x"});
  const Options::Prefix knn(bad, "knn.");
  REQUIRE(error_of([&] { read<int64_t>(bad, "k"); }) == "2: --knn.k: 'x' is not a whole number");
}

TEST_CASE("effective values are kept, defaults included") {
  Options options(Words{"--lr", "5e-4", "--k", "10", "20"});
  read<double>(options, "lr");
  read<std::vector<int64_t>>(options, "k");
  read<bool>(options, "flag", true);
  read<std::string>(options, "arch", "vit_small");
  read<std::array<double, 2>>(options, "scale", {0.4, 1});
  REQUIRE(options.used() == std::map<std::string, std::string>{{"lr", "0.0005"},
                                                               {"k", "10 20"},
                                                               {"flag", "true"},
                                                               {"arch", "vit_small"},
                                                               {"scale", "0.4 1"}});
}

TEST_CASE("help lists every option with its default, sorted") {
  Options options(Words{"--help", "--lr", "1"});
  REQUIRE(options.help_requested());
  REQUIRE(Options(Words{"-h"}).help_requested());
  REQUIRE_FALSE(Options(Words{}).help_requested());
  double lr = 0.5;
  options.get("lr", lr, "base learning rate");
  std::string format = "md";
  options.choose("format", format, {"md", "csv"}, "of the table");
  const std::string help = options.help();
  REQUIRE(contains(help, "  --lr 0.5"));
  REQUIRE(contains(help, "  base learning rate\n"));
  REQUIRE(contains(help, "  of the table (md, csv)\n"));
  REQUIRE(help.find("--format") < help.find("--lr"));
  REQUIRE(options.finish().empty());
}

TEST_CASE("nearest_name finds the smallest edit distance within reach") {
  REQUIRE(nearest_name("epoch", {"epochs", "epsilon"}) == "epochs");
  REQUIRE(nearest_name("kitten", {"sitting"}) == "sitting");  // distance 3 of at most 6/3 + 1
  REQUIRE(nearest_name("kitte", {"sitting"}).empty());        // distance 4
  REQUIRE(nearest_name("lr", {"lr"}) == "lr");
  REQUIRE(nearest_name("x", {}).empty());
}

namespace {

std::string write_config(const TemporaryFolder& folder, const std::string& text,
                         const std::string& name = "x.cfg") {
  AtomicFile file(folder / name);
  file.write(text);
  file.commit();
  return (folder / name).string();
}

}  // namespace

TEST_CASE("a .cfg gives values, and the command line wins") {
  const TemporaryFolder folder;
  const std::string file = write_config(folder,
                                        "# purpose\n"
                                        "epochs = 20   # short\n"
                                        "lr=0.5\r\n"
                                        "nb_knn = 10 20\n"
                                        "linear.lr = 0.1\n"
                                        "title = a title of words\n"
                                        "empty =\n"
                                        "flag = on\n"
                                        "evaluations = knn linear\n"
                                        "[knn]\n"
                                        "t = 0.07\n");
  Options options(Words{"--config", file, "image.png", "--epochs", "30"});
  REQUIRE(read<int64_t>(options, "epochs") == 30);
  REQUIRE(read<double>(options, "lr") == 0.5);
  REQUIRE(read<std::vector<int64_t>>(options, "nb_knn") == std::vector<int64_t>{10, 20});
  REQUIRE(read<double>(options, "linear.lr") == 0.1);
  REQUIRE(read<double>(options, "knn.t") == 0.07);
  REQUIRE(read<std::string>(options, "title") == "a title of words");
  REQUIRE(read<std::string>(options, "empty", "before").empty());
  REQUIRE(read<bool>(options, "flag"));
  REQUIRE(read<Words>(options, "evaluations") == Words{"knn", "linear"});
  REQUIRE(options.positional() == Words{"image.png"});
  REQUIRE(options.finish().empty());
}

TEST_CASE("of several .cfg files the later wins, and the command line over all") {
  const TemporaryFolder folder;
  const std::string first = write_config(folder, "epochs = 20\nlr = 0.5\nseed = 1\n");
  const std::string second = write_config(folder, "lr = 0.1\nseed = 2\n", "y.cfg");
  Options options(Words{"--config", first, "--seed", "3", "--config", second, "image.png"});
  REQUIRE(read<int64_t>(options, "epochs") == 20);
  REQUIRE(read<double>(options, "lr") == 0.1);
  REQUIRE(read<int64_t>(options, "seed") == 3);
  REQUIRE(read<std::string>(options, "config") == first);
  REQUIRE(options.positional() == Words{"image.png"});
  REQUIRE(options.finish().empty());
}

TEST_CASE("errors in a .cfg name the file") {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& text) {
    return Options(Words{"--config", write_config(folder, text)});
  };
  const std::string file = (folder / "x.cfg").string();
  Options bad_values = with("n = ten\nm = 1 2\nflag = yes\nflags = on off\nx =\n");
  REQUIRE(error_of([&] { read<int64_t>(bad_values, "n"); }) ==
          "2: " + file + ": n: 'ten' is not a whole number");
  REQUIRE(error_of([&] { read<int64_t>(bad_values, "m"); }) ==
          "2: " + file + ": m: 2 numbers given, 1 expected");
  REQUIRE(
      contains(error_of([&] { read<bool>(bad_values, "flag"); }), file + ": flag: 'yes' is not"));
  REQUIRE(contains(error_of([&] { read<bool>(bad_values, "flags"); }), "one value expected"));
  REQUIRE(contains(error_of([&] { read<bool>(bad_values, "x"); }), "x: '' is not true"));
  REQUIRE(error_of([&] { read<double>(bad_values, "x"); }) ==
          "2: " + file + ": x: a number is missing");
  Options unknown = with("epocs = 3\n");
  read<int64_t>(unknown, "epochs");
  REQUIRE(finish_error(unknown) ==
          "2: " + file + ": unknown option 'epocs'; did you mean 'epochs'?");
  REQUIRE(error_of([&] { with("a = 1\na = 2\n"); }) == "2: " + file + ": a is given twice");
  REQUIRE(contains(error_of([&] { with("just words\n"); }), "2: " + file + ": "));
  REQUIRE(contains(error_of([&] { with("config = y.cfg\n"); }), "belongs on the command line"));
  REQUIRE(contains(error_of([&] {
                     Options(Words{"--config", file + ".none"});
                   }),
                   "No such file or directory"));
  REQUIRE(contains(error_of([&] {
                     Options(Words{"--config", (folder / "").string()});
                   }),
                   "a folder"));
  REQUIRE(error_of([] { Options(Words{"--config"}); }) == "2: --config: a file name is missing");
}

TEST_CASE("an ignored option in a .cfg warns with its file") {
  const TemporaryFolder folder;
  Options options(Words{"--config", write_config(folder, "patch_size = 8\n")});
  options.ignore("patch_size", "no patches");
  REQUIRE(options.finish() ==
          Words{(folder / "x.cfg").string() + ": patch_size is not used: no patches"});
  REQUIRE(options.used().at("patch_size") == "unused: 8");
}

}  // namespace dinobench
