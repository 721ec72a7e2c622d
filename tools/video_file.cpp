// ffmpeg's words, and a child process.
#include "tools/video_file.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/error.hpp"

extern char** environ;

namespace dinobench {
namespace video_file {
namespace {

// ffmpeg's glob would read these as patterns.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (std::string_view("*?[]{}\\").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string quoted(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace
}  // namespace video_file

std::vector<std::string> video_command(const std::filesystem::path& folder, double frame_rate,
                                       const std::filesystem::path& video) {
  const std::string pictures = video_file::escaped(folder.string()) + "/attn-*.png";
  return {"ffmpeg",        "-y",          "-loglevel",
          "error",         "-framerate",  fmt::format("{:g}", frame_rate),
          "-pattern_type", "glob",        "-i",
          pictures,        "-c:v",        "mpeg4",
          "-q:v",          "2",           "-pix_fmt",
          "yuv420p",       video.string()};
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words)
    line += (line.empty() ? "" : " ") + video_file::quoted(word);
  return line;
}

bool run_program(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int problem =
      posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (problem == ENOENT) return false;
  if (problem != 0) fail_run("cannot start {}: {}", words[0], std::strerror(problem));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail_run("waiting for {}: {}", words[0], std::strerror(errno));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_run("{} failed ({}): {}", words[0],
             WIFEXITED(status) ? fmt::format("exit code {}", WEXITSTATUS(status)) : "a signal",
             shell_line(words));
  return true;
}

}  // namespace dinobench
