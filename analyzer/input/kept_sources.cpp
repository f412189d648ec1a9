// Looks into the folders where wheels may be; file names alone say what they are.
#include "input/kept_sources.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#else
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/fold_names.h"
#include "base/user_cache.h"
#include "placement/library_version.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

// "transformers-5.23.0-py3-none-any.whl" has five parts between dashes, or six with a build number.
std::optional<KeptWheel> wheel_of(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::size_t dash = name.find('-');
  if (!name.ends_with(".whl") || dash == 0 || dash == std::string::npos) return std::nullopt;
  const std::size_t end = name.find('-', dash + 1);
  if (end == std::string::npos || end == dash + 1) return std::nullopt;
  return KeptWheel{name.substr(0, dash), name.substr(dash + 1, end - dash - 1), path};
}

}  // namespace

bool is_same_version(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const Result<LibraryVersion> left = parse_library_version(a), right = parse_library_version(b);
  return left.ok() && right.ok() && *left == *right;
}

fs::path program_file() {
  std::error_code failure;
#ifdef __APPLE__
  std::array<char, 4096> path{};
  auto size = static_cast<std::uint32_t>(path.size());
  if (_NSGetExecutablePath(path.data(), &size) != 0) return {};
  fs::path program = fs::canonical(path.data(), failure);
#else
  fs::path program = fs::read_symlink("/proc/self/exe", failure);
  // Where /proc is not mounted, the kernel has still told how the program was called.
  if (const auto called = getauxval(AT_EXECFN); failure && called != 0)
    program = fs::canonical(reinterpret_cast<const char*>(called), failure);  // NOLINT(performance-no-int-to-ptr)
#endif
  return failure ? fs::path() : program;
}

std::vector<fs::path> carried_folders() {
  const fs::path program = program_file();
  if (program.empty()) return {};
  return {program.parent_path() / "third_party", program.parent_path().parent_path() / "share/ckptlint/third_party"};
}

fs::path cache_of_sources() {
  const fs::path cache = user_cache();
  return cache.empty() ? fs::path() : cache / "sources";
}

std::vector<KeptWheel> wheels_in(const fs::path& folder) {
  std::vector<KeptWheel> wheels;
  std::error_code failure;
  for (const auto& each : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, failure)) {
    std::optional<KeptWheel> wheel = wheel_of(each.path());
    if (wheel) wheels.push_back(std::move(*wheel));
  }
  std::sort(wheels.begin(), wheels.end(), [](const KeptWheel& a, const KeptWheel& b) {
    return a.package != b.package ? a.package < b.package : natural_less(a.version, b.version);
  });
  return wheels;
}

namespace {

// In the order in which they are looked at.
std::vector<fs::path> folders_of_wheels() {
  std::vector<fs::path> folders = carried_folders();
  if (fs::path cache = cache_of_sources(); !cache.empty()) folders.push_back(std::move(cache));
  return folders;
}

}  // namespace

std::vector<KeptWheel> kept_wheels(const std::string& package) {
  std::vector<KeptWheel> all;
  for (const fs::path& folder : folders_of_wheels()) {
    for (KeptWheel& wheel : wheels_in(folder)) {
      const bool known = std::any_of(
          all.begin(), all.end(), [&](const KeptWheel& each) { return is_same_version(each.version, wheel.version); });
      if (wheel.package == package && !known) all.push_back(std::move(wheel));
    }
  }
  std::sort(all.begin(), all.end(),
            [](const KeptWheel& a, const KeptWheel& b) { return natural_less(a.version, b.version); });
  return all;
}

std::optional<KeptWheel> kept_wheel(const std::string& package, const std::string& version) {
  for (const fs::path& folder : folders_of_wheels()) {
    const std::vector<KeptWheel> wheels = wheels_in(folder);
    const auto found = std::find_if(wheels.rbegin(), wheels.rend(), [&](const KeptWheel& wheel) {
      return wheel.package == package && (version.empty() || is_same_version(wheel.version, version));
    });
    if (found != wheels.rend()) return *found;
  }
  return std::nullopt;
}

}  // namespace ckptlint
