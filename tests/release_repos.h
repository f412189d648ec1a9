// The small repos that releases of transformers were asked about.
#pragma once

#include <filesystem>
#include <string>

#include "golden.h"

namespace ckptlint::test {

// The folder of one among the fixtures.
inline std::string fixture_of_repo(const std::string& name) {
  const std::string saved = "upstream/releases/saves/" + name;
  return std::filesystem::exists(fixture_path(saved)) ? saved : "upstream/releases/repos/" + name;
}

}  // namespace ckptlint::test
