// The wheels that tests are tried on.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "graph/diffusers_class.h"
#include "graph/source_roots.h"

namespace ckptlint::test {

// Where the wheel of a release is; empty where it was not fetched.
inline std::string wheel_of_release(const std::string& version, const std::string& package = "transformers") {
  const char* elsewhere = std::getenv("CKPTLINT_WHEELS");
  const std::string folder = elsewhere == nullptr ? CKPTLINT_THIRD_PARTY_DIR : elsewhere;
  const std::string wheel = folder + "/" + package + "-" + version + "-py3-none-any.whl";
  return std::filesystem::exists(wheel) ? wheel : "";
}

// A release of diffusers with one of transformers; empty where one was not fetched.
inline std::vector<SourceTree> diffusers_sources(const std::string& version, const std::string& transformers) {
  const std::string wheel = wheel_of_release(version, kDiffusers), beside = wheel_of_release(transformers);
  if (wheel.empty() || beside.empty()) return {};
  Result<std::vector<SourceTree>> sources = open_source(beside);
  Result<FileTreePtr> tree = open_zip(wheel);
  if (!sources.ok() || !tree.ok()) return {};
  sources->push_back({*tree, "", "", true, false, needs_of(**tree, kDiffusers)});
  return *sources;
}

}  // namespace ckptlint::test
