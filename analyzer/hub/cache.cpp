// Files are written beside their place and moved there, so that none is ever found half.
#include "hub/cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "base/regular_file.h"
#include "base/sha256.h"
#include "hub/address.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostKept = 128u << 20;
constexpr std::size_t kDigest = 64;

std::optional<std::string> text_of(const std::string& path) {
  const Result<RegularFile> file = RegularFile::open(path);
  if (!file.ok() || file->size() > kMostKept) return std::nullopt;
  Result<std::string> text = file->read(0, file->size());
  return text.ok() ? std::optional(std::move(*text)) : std::nullopt;
}

// The bytes before the SHA-256 of them; nothing where it is not theirs.
std::optional<std::string> sealed_text(const std::string& path) {
  std::optional<std::string> text = text_of(path);
  if (!text || text->size() < kDigest) return std::nullopt;
  const std::string digest = text->substr(text->size() - kDigest);
  text->resize(text->size() - kDigest);
  return sha256_hex(*text) == digest ? text : std::nullopt;
}

void seal(const std::string& path, std::string_view text) {
  static std::atomic<unsigned> number{0};
  std::error_code failed;
  fs::create_directories(fs::path(path).parent_path(), failed);
  const std::string beside = fmt::format("{}.{}.{}", path, ::getpid(), number++);
  std::ofstream file(beside, std::ios::binary);
  file << text << sha256_hex(text);
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) fs::remove(beside, failed);
}

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
