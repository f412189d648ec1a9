// The SHA-256 of a text is the last thing in its file.
#include "base/sealed_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/regular_file.h"
#include "base/sha256.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kMostKept = 128u << 20;
constexpr std::size_t kDigest = 64;

}  // namespace

std::optional<std::string> sealed_text(const std::string& path) {
  const Result<RegularFile> file = RegularFile::open(path);
  if (!file.ok() || file->size() < kDigest || file->size() > kMostKept) return std::nullopt;
  Result<std::string> text = file->read(0, file->size());
  if (!text.ok()) return std::nullopt;
  const std::string digest = text->substr(text->size() - kDigest);
  text->resize(text->size() - kDigest);
  return sha256_hex(*text) == digest ? std::optional(std::move(*text)) : std::nullopt;
}

void seal(const std::string& path, std::string_view text) {
  static std::atomic<unsigned> number{0};
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  const std::string beside = fmt::format("{}.{}.{}", path, ::getpid(), number++);
  std::ofstream file(beside, std::ios::binary);
  file << text << sha256_hex(text);
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) std::filesystem::remove(beside, failed);
}

}  // namespace ckptlint
