// Runs the program as a shell does.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "catch.h"
#include "golden.h"
#include "scratch_folder.h"

namespace ckptlint::test {

struct Run {
  int status = 0;
  std::string out;  // both streams
};

// In a folder, with no Python environment from which the library would come.
inline Run run_line(const std::string& line, const std::string& folder = CKPTLINT_FIXTURES_DIR) {
  Run result;
  FILE* pipe = popen(("cd " + folder + " && env -i " + line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> block{};
  for (std::size_t size = 0; (size = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    result.out.append(block.data(), size);
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

inline Run run(const std::string& arguments, const std::string& folder = CKPTLINT_FIXTURES_DIR) {
  return run_line(CKPTLINT_PROGRAM " " + arguments, folder);
}

// A folder with a model in models/switch, whose buffers get lost with two devices.
class SwitchProject {
 public:
  SwitchProject() {
    std::filesystem::create_directory(folder.path("models"));
    std::filesystem::copy(fixture_path("models/granite-switch-like"), folder.path("models/switch"));
  }

  ScratchFolder folder;
};

}  // namespace ckptlint::test
