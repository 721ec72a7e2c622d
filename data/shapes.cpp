// The drawn set on disk, part by part: what is finished is left alone, the rest is drawn.
#include "data/shapes.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/shapes_part.hpp"

namespace dinobench {
namespace shapes {

void check_range(const char* name, int64_t value, int64_t low, int64_t high) {
  require(value >= low && value <= high, "shapes: {} is {}; expected {} to {}", name, value, low,
          high);
}

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "dinobench shapes\n", kLastLine = "finished\n";

fs::path settings_file(const Part& part, const fs::path& root) {
  return root / part.folder / "shapes.txt";
}

struct Todo {
  const Part* part;
  Plan plan;
  std::string text() const { return std::string(kFirstLine) + plan.settings; }
};

void write_settings(const Todo& todo, const fs::path& root, bool finished) {
  AtomicFile out(settings_file(*todo.part, root));
  out.write(todo.text() + std::string(finished ? kLastLine : ""));
  out.commit();
}

void check_root(const fs::path& root) {
  if (!fs::exists(root) || (fs::is_directory(root) && fs::is_empty(root))) return;
  require(fs::is_directory(root), "{}: is not a folder; the shapes set needs one", root.string());
  for (const std::string& name : Registry<Part>::names())
    if (fs::is_regular_file(settings_file(Registry<Part>::find(name), root))) return;
  fail("{}: holds files that are no shapes set; expected an empty or missing folder",
       root.string());
}

// Whether this part is there. Nothing, or this very part unfinished, is the way to start.
bool is_finished(const Todo& todo, const fs::path& root) {
  const fs::path file = settings_file(*todo.part, root);
  if (!fs::exists(file)) return false;
  const std::string seen = read_file(file);
  if (seen == todo.text() + std::string(kLastLine)) return true;
  require(seen == todo.text(),
          "{}: holds a shapes set of other settings ({}); choose another folder or remove it",
          root.string(), file.lexically_relative(root).string());
  return false;
}

/// Calls work(i) for first <= i < last from all cores; throws the first exception of any of them.
void on_all_cores(size_t first, size_t last, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = first;
  std::exception_ptr error;
  std::mutex guard;
  const auto take = [&] {
    try {
      for (size_t i = next++; i < last; i = next++) work(i);
    } catch (...) {
      next = last;
      const std::lock_guard lock(guard);
      if (!error) error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned n = std::max(1u, std::thread::hardware_concurrency()); n > 0; --n)
      threads.emplace_back(take);
  }
  if (error) std::rethrow_exception(error);
}

std::vector<Todo> unfinished(const ShapesConfig& config, const fs::path& root) {
  std::vector<Todo> out;
  require(!config.parts.empty(), "shapes: no part was asked for; known: {}",
          fmt::join(Registry<Part>::names(), ", "));
  for (const std::string& name : config.parts) {
    const Part& part = Registry<Part>::find(name);
    out.push_back({&part, part.plan(config, root)});
  }
  check_root(root);
  std::erase_if(out, [&](const Todo& todo) { return is_finished(todo, root); });
  return out;
}

}  // namespace

bool part_is_finished(const Part& part, const fs::path& root) {
  const fs::path file = settings_file(part, root);
  return fs::is_regular_file(file) && read_file(file).ends_with(kLastLine);
}

}  // namespace shapes

bool make_shapes(const ShapesConfig& config, const std::filesystem::path& root,
                 const std::function<void(int64_t, int64_t)>& progress) {
  constexpr size_t at_once = 64;
  const std::vector<shapes::Todo> todo = shapes::unfinished(config, root);
  if (todo.empty() && std::filesystem::exists(root / "overview.png")) return false;
  std::error_code error;
  std::filesystem::create_directories(root, error);
  require(!error, "{}: cannot make the folder: {}", root.string(), error.message());
  std::filesystem::remove(root / "overview.png");  // tells a later call that this one was cut off
  int64_t done = 0, total = 0;
  for (const shapes::Todo& each : todo)
    for (const shapes::Job& job : each.plan.jobs) total += job.images;
  for (const shapes::Todo& each : todo) {
    const std::vector<shapes::Job>& jobs = each.plan.jobs;
    shapes::write_settings(each, root, false);
    for (size_t first = 0; first < jobs.size(); first += at_once) {
      const size_t last = std::min(first + at_once, jobs.size());
      shapes::on_all_cores(first, last, [&](size_t i) { jobs[i].run(); });
      for (size_t i = first; i < last; ++i) done += jobs[i].images;
      progress(done, total);
    }
    shapes::write_settings(each, root, true);
  }
  shapes::describe_parts(root);
  return true;
}

}  // namespace dinobench
