// The wheels of transformers that tests are tried on.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ckptlint::test {

// Where the wheel of a release of transformers is; empty where it was not fetched.
inline std::string wheel_of_release(const std::string& version) {
  const char* elsewhere = std::getenv("CKPTLINT_WHEELS");
  const std::string folder = elsewhere == nullptr ? CKPTLINT_THIRD_PARTY_DIR : elsewhere;
  const std::string wheel = folder + "/transformers-" + version + "-py3-none-any.whl";
  return std::filesystem::exists(wheel) ? wheel : "";
}

}  // namespace ckptlint::test
