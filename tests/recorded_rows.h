// Recorded answers: files of JSON lines, packed with gzip.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "golden.h"
#include "graph/gzip.h"

namespace ckptlint::test {

// `path` is relative to fixtures/; fails the test where it cannot be read.
inline std::vector<nlohmann::json> recorded_rows(const std::string& path) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
  const Result<std::string> text = inflate_gzip(fixture_text(path), path, kMostBytes);
  INFO("fixtures/" << path);
  REQUIRE(text);
  std::vector<nlohmann::json> rows;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

}  // namespace ckptlint::test
