// A release whose wheel is there, and what was recorded of it.
#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "graph/gzip.h"
#include "graph/source_roots.h"
#include "model_repo.h"
#include "release_wheels.h"

namespace ckptlint::test {

struct RecordedRelease {
  std::vector<SourceTree> sources;
  std::vector<std::string> lines;  // of the file, each a row
};

// Nothing, and a warning, where the wheel is not there.
inline std::optional<RecordedRelease> recorded_release(const std::string& version, const std::string& file) {
  const std::string wheel = wheel_of_release(version);
  if (wheel.empty()) {
    WARN("not tried: the wheel of " << version << " is not there");
    return std::nullopt;
  }
  const Result<std::vector<SourceTree>> sources = open_source(wheel);
  REQUIRE(sources);
  const std::string path = "upstream/transformers-" + version + "/" + file;
  const Result<std::string> text = inflate_gzip(fixture_text(path), path, std::uint64_t{1} << 30);
  REQUIRE(text);
  RecordedRelease release{*sources, {}};
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) release.lines.push_back(std::move(line));
  return release;
}

// A model as from_pretrained builds it.
inline GraphRequest as_loaded(const std::string& class_name, const std::string& config,
                              const std::vector<SourceTree>& sources) {
  GraphRequest request;
  request.class_name = class_name;
  request.repo = in_memory_tree({{"config.json", config}});
  request.sources = sources;
  request.initialization = false;
  request.as_loaded = true;
  return request;
}

}  // namespace ckptlint::test
