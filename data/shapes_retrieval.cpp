// retrieval/shapes/{gnd_shapes.pkl,jpg/}: the layout of the revisited Oxford and Paris benchmarks.
#include "data/shapes_retrieval.hpp"

#include <algorithm>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/pickler.hpp"
#include "data/shapes_part.hpp"
#include "data/write_jpeg.hpp"

namespace dinobench::shapes::retrieval_part {
namespace {

namespace fs = std::filesystem;

constexpr int kGenerator = 1;  // to be raised when the same seed draws other bytes
constexpr int kQuality = 90;   // of the JPEGs

void check(const ShapesConfig& config) {
  const RetrievalShapes& asked = config.retrieval;
  check_range("retrieval_size", asked.size, 32, 512);
  check_range("retrieval_identities", asked.identities, 2, 200);
  check_range("retrieval_queries", asked.queries, 1, 50);
  check_range("retrieval_easy", asked.easy, 1, 50);
  check_range("retrieval_hard", asked.hard, 1, 50);
  check_range("retrieval_junk", asked.junk, 1, 50);
  check_range("retrieval_others", asked.others, 1, 99999);
}

int64_t images_of(const RetrievalShapes& asked, Grade grade) {
  return std::array{asked.queries, asked.easy, asked.hard, asked.junk}[static_cast<size_t>(grade)];
}

std::string name_of(int64_t identity, Grade grade, int64_t index) {
  static constexpr std::array words{"query", "easy", "hard", "junk"};
  return fmt::format("shape_{:04}_{}_{}", identity, words[static_cast<size_t>(grade)], index);
}

std::string other_name(int64_t index) { return fmt::format("other_{:06}", index); }

constexpr std::array kGrades{Grade::query, Grade::easy, Grade::hard, Grade::junk};

Value query_entry(const ShapesConfig& config, int64_t identity, int64_t index) {
  const RetrievalShapes& asked = config.retrieval;
  const int64_t first = identity * (asked.easy + asked.hard + asked.junk);
  const auto indices = [](int64_t from, int64_t count) {
    ValueList out;
    for (int64_t i = from; i < from + count; ++i) out.emplace_back(i);
    return Value::list(std::move(out));
  };
  Value out = Value::dict();
  ValueList box;
  for (const int64_t edge : draw_view_of(config, identity, Grade::query, index).box)
    box.emplace_back(static_cast<double>(edge));
  out.set("bbx", Value::list(std::move(box)));
  out.set("easy", indices(first, asked.easy));
  out.set("hard", indices(first + asked.easy, asked.hard));
  out.set("junk", indices(first + asked.easy + asked.hard, asked.junk));
  return out;
}

void write_truth(const ShapesConfig& config, const fs::path& file) {
  const RetrievalShapes& asked = config.retrieval;
  ValueList images, queries, truth;
  for (int64_t identity = 0; identity < asked.identities; ++identity)
    for (const Grade grade : kGrades)
      for (int64_t i = 0; i < images_of(asked, grade); ++i) {
        (grade == Grade::query ? queries : images).emplace_back(name_of(identity, grade, i));
        if (grade == Grade::query) truth.push_back(query_entry(config, identity, i));
      }
  for (int64_t i = 0; i < asked.others; ++i) images.emplace_back(other_name(i));
  Value all = Value::dict();
  all.set("imlist", Value::list(std::move(images)));
  all.set("qimlist", Value::list(std::move(queries)));
  all.set("gnd", Value::list(std::move(truth)));
  AtomicFile out(file);
  out.write(pickle(all, [](const TensorData&) { return std::string(); }));
  out.commit();
}

Plan plan(const ShapesConfig& config, const fs::path& root) {
  check(config);
  const RetrievalShapes& asked = config.retrieval;
  const fs::path folder = root / "retrieval/shapes", jpg = folder / "jpg";
  Plan out;
  out.settings = fmt::format(
      "generator = {}\nseed = {}\nsize = {}\nidentities = {}\nqueries = {}\neasy = {}\nhard = {}\n"
      "junk = {}\nothers = {}\n",
      kGenerator, config.seed, asked.size, asked.identities, asked.queries, asked.easy, asked.hard,
      asked.junk, asked.others);
  for (int64_t identity = 0; identity < asked.identities; ++identity)
    for (const Grade grade : kGrades)
      for (int64_t i = 0; i < images_of(asked, grade); ++i)
        out.jobs.push_back({1, [=] {
                              write_jpeg(draw_view_of(config, identity, grade, i).image,
                                         jpg / (name_of(identity, grade, i) + ".jpg"), kQuality);
                            }});
  for (int64_t i = 0; i < asked.others; ++i)
    out.jobs.push_back(
        {1, [=] { write_jpeg(draw_other(config, i), jpg / (other_name(i) + ".jpg"), kQuality); }});
  out.jobs.push_back({0, [=] { write_truth(config, folder / "gnd_shapes.pkl"); }});
  return out;
}

std::vector<std::vector<std::string>> rows() {
  std::vector<std::vector<std::string>> out(4);
  const auto file = [](const std::string& name) {
    return fmt::format("retrieval/shapes/jpg/{}.jpg", name);
  };
  for (int64_t row = 0; row < 3; ++row)
    for (const auto& [grade, count] :
         {std::pair{Grade::query, 1}, {Grade::easy, 3}, {Grade::hard, 4}, {Grade::junk, 2}})
      for (int64_t i = 0; i < count; ++i)
        out[static_cast<size_t>(row)].push_back(file(name_of(row, grade, i)));
  for (int64_t i = 0; i < 10; ++i) out[3].push_back(file(other_name(i)));
  return out;
}

[[maybe_unused]] const bool registered = Registry<Part>::add(
    {"retrieval",
     "retrieval/shapes/{gnd_shapes.pkl,jpg/}, as revisited Oxford: `eval retrieval --dataset "
     "shapes`. An instance is one object (outline, texture, colours, marks). Its easy images show "
     "it well, its hard ones small, slanted, half covered or in poor light, its junk ones hardly. "
     "Instances come in pairs of one outline and texture in other hues; half of the other images "
     "show objects "
     "that share outline or texture, and the colours, with one of them.",
     "retrieval", plan, rows()});

}  // namespace
}  // namespace dinobench::shapes::retrieval_part
