// A video of numbered pictures, by the ffmpeg that the system may have.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dinobench {

/// Words of the ffmpeg command that makes `video` (.mp4 or .avi: MPEG-4) of all `folder`/attn-*.png
/// in the order of their names.
std::vector<std::string> video_command(const std::filesystem::path& folder, double frame_rate,
                                       const std::filesystem::path& video);

/// One line for a shell.
std::string shell_line(const std::vector<std::string>& words);

/// Runs a program found on the PATH and waits for it, no shell between. False if there is none of
/// that name; a run Error if it fails.
bool run_program(const std::vector<std::string>& words);

}  // namespace dinobench
