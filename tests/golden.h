// Outputs compared with text files.  GOLDEN_UPDATE=1 in the environment rewrites the files instead; review the diff.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"

namespace ckptlint::test {

inline std::string fixture_path(const std::string& path) { return std::string(CKPTLINT_FIXTURES_DIR "/") + path; }

// The whole file; fails the test where it cannot be read.
inline std::string fixture_text(const std::string& path) {
  std::ifstream in(fixture_path(path), std::ios::binary);
  INFO("fixtures/" << path);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

// `actual` is the text of the file `path`, relative to fixtures/.
inline void check_golden(const std::string& path, const std::string& actual) {
  const char* update = std::getenv("GOLDEN_UPDATE");
  if (update != nullptr && std::string(update) == "1") {
    std::filesystem::create_directories(std::filesystem::path(fixture_path(path)).parent_path());
    std::ofstream out(fixture_path(path), std::ios::binary);
    out << actual;
    REQUIRE(out.good());
    return;
  }
  INFO("fixtures/" << path << " (GOLDEN_UPDATE=1 rewrites it)");
  CHECK(actual == fixture_text(path));
}

}  // namespace ckptlint::test
