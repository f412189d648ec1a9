// Reads the environment as the XDG Base Directory Specification says.
#include "base/user_cache.h"

#include <cstdlib>

namespace ckptlint {
namespace {

// Relative paths in these variables are to be ignored.
std::filesystem::path folder_in(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value != '/') return {};
  return value;
}

}  // namespace

std::filesystem::path user_cache() {
  std::filesystem::path cache = folder_in("XDG_CACHE_HOME");
  if (cache.empty()) {
    cache = folder_in("HOME");
    if (cache.empty()) return {};
    cache /= ".cache";
  }
  return cache / "ckptlint";
}

}  // namespace ckptlint
