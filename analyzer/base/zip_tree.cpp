// A zip archive as a tree of files.
#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/file_tree.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "base/zip_archive.h"

namespace ckptlint {
namespace {

PathIndex paths_of(const ZipArchive& archive, const std::string& folder) {
  std::vector<std::pair<std::string, std::uint64_t>> entries;
  entries.reserve(archive.members().size());
  for (std::size_t i = 0; i < archive.members().size(); ++i) {
    const std::string_view name = archive.members()[i].name;
    if (name.starts_with(folder)) entries.emplace_back(name.substr(folder.size()), i);
  }
  return PathIndex(std::move(entries));
}

// Texts of source, for all who ask for them.  Inflating is a tenth of a run.
class KeptTexts {
 public:
  // The text of a member, by `read` where it is not kept.  Of several who ask at once one reads.
  template <typename Read>
  Result<SourceText> text(std::uint64_t number, const Read& read) {
    const std::shared_ptr<Kept> kept = of(number);
    const std::lock_guard lock(kept->mutex);
    if (kept->text) return *kept->text;
    Result<std::string> text = read();
    if (!text) return text.error();
    SourceText shared(std::move(*text));
    if (is_room_for(shared.size())) kept->text = shared;
    return shared;
  }

 private:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  struct Kept {
    std::mutex mutex;
    std::optional<SourceText> text;
  };

  std::shared_ptr<Kept> of(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Kept>& kept = texts_[number];
    if (kept == nullptr) kept = std::make_shared<Kept>();
    return kept;
  }

  bool is_room_for(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > kMostBytes - bytes_) return false;
    bytes_ += bytes;
    return true;
  }

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Kept>> texts_;  // by number of the member
  std::size_t bytes_ = 0;
};

class ZipTree final : public FileTree {
 public:
  ZipTree(std::string path, std::string prefix, ZipArchive archive, PathIndex paths)
      : path_(std::move(path)), prefix_(std::move(prefix)), archive_(std::move(archive)), paths_(std::move(paths)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    const auto number = paths_.find(path);
    if (!number) return absent(path);
    return archive_.read(archive_.members()[*number], max_bytes);
  }
  Result<SourceText> text(std::string_view path) const override {
    const auto number = paths_.find(path);
    if (!number) return absent(path);
    return kept_.text(*number, [&] { return archive_.read(archive_.members()[*number], kMaxTextBytes); });
  }
  bool is_file(std::string_view path) const override { return paths_.find(path).has_value(); }
  bool is_folder(std::string_view path) const override { return paths_.is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return paths_.list(folder); }
  std::string real_path(std::string_view) const override { return ""; }
  std::string fingerprint() const override { return sha256_hex(fmt::format("{}\n{}", prefix_, archive_.directory())); }

 private:
  Error absent(std::string_view path) const {
    return Error{fmt::format("cannot read {} in {}: no such file", quoted_name(path), quoted_name(path_))};
  }

  std::string path_;
  std::string prefix_;
  ZipArchive archive_;
  PathIndex paths_;  // numbers are places in archive_.members()
  mutable KeptTexts kept_;
};

}  // namespace

Result<FileTreePtr> open_zip(const std::string& path, const std::string& prefix) {
  if (!is_plain_path(prefix)) return Error{fmt::format("{} is no folder inside an archive", quoted_name(prefix))};
  Result<RegularFile> file = RegularFile::open(path);
  if (!file) return file.error();
  Result<ZipArchive> archive = ZipArchive::open(ByteSource(std::move(*file)), path);
  if (!archive) return archive.error();
  PathIndex paths = paths_of(*archive, prefix.empty() ? "" : prefix + '/');
  if (!prefix.empty() && paths.list("").empty()) {
    return Error{fmt::format("{} has no folder {}", quoted_name(path), quoted_name(prefix))};
  }
  return FileTreePtr(std::make_shared<ZipTree>(path, prefix, std::move(*archive), std::move(paths)));
}

}  // namespace ckptlint
