// Where in either cache the files of a repo lie.
#include "hub/cache.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/sealed_file.h"
#include "base/sha256.h"
#include "hub/address.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

std::string list_name(const std::string& revision) { return "/lists/" + percent_encoded(revision, false) + ".json"; }

}  // namespace

std::string repo_folder(const std::string& name) {
  std::string folder = "models--" + name;
  if (const std::size_t slash = folder.find('/'); slash != std::string::npos) folder.replace(slash, 1, "--");
  return folder;
}

HubCache::HubCache(const HubSettings& settings, const std::string& name) {
  if (!settings.shared_cache.empty()) shared_ = settings.shared_cache + "/" + repo_folder(name);
  // Mirrors may have other files under the same names.
  if (!settings.own_cache.empty())
    own_ = settings.own_cache + "/" + sha256_hex(settings.endpoint).substr(0, 16) + "/" + repo_folder(name);
}

std::string HubCache::shared_file(const HubFile& file, const std::string& commit) const {
  if (shared_.empty()) return "";
  std::error_code failed;
  std::vector<std::string> places;
  if (!file.blob.empty()) places.push_back(shared_ + "/blobs/" + file.blob);
  places.push_back(shared_ + "/snapshots/" + commit + "/" + file.path);
  for (const std::string& place : places) {
    const bool whole = fs::is_regular_file(place, failed) && (!file.size || fs::file_size(place, failed) == *file.size);
    if (whole && !failed) return place;
  }
  return "";
}

std::optional<std::string> HubCache::front(const HubFile& file) const {
  return own_.empty() || file.blob.empty() ? std::nullopt : sealed_text(own_ + "/fronts/" + file.blob);
}

void HubCache::keep_front(const HubFile& file, std::string_view bytes) const {
  if (!own_.empty() && !file.blob.empty()) seal(own_ + "/fronts/" + file.blob, bytes);
}

std::optional<std::string> HubCache::list(const std::string& revision) const {
  return own_.empty() ? std::nullopt : sealed_text(own_ + list_name(revision));
}

void HubCache::keep_list(const std::string& revision, std::string_view text) const {
  if (!own_.empty()) seal(own_ + list_name(revision), text);
}

}  // namespace ckptlint
