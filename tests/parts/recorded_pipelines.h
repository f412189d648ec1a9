// What tests/record/ wrote of pipelines of diffusers.
#pragma once

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "graph/gzip.h"

namespace ckptlint::test {

// Python writes into its JSON what is none.
constexpr const char *kInfinity = "-Infinity", *kInfinityAsText = "\"-Infinity\"";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The rows of fixtures/diffusers/NAME.
inline std::vector<nlohmann::json> pipeline_rows(const std::string& name) {
  const Result<std::string> text = inflate_gzip(fixture_text("diffusers/" + name), name, 256u << 20);
  REQUIRE(text);
  std::vector<nlohmann::json> rows;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);)
    rows.push_back(nlohmann::json::parse(replaced(line, kInfinity, kInfinityAsText)));
  return rows;
}

}  // namespace ckptlint::test
