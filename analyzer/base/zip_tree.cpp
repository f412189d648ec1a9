// A zip archive as a tree of files.
#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/escape.h"
#include "base/file_tree.h"
#include "base/paths.h"
#include "base/regular_file.h"

namespace ckptlint {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Member = std::unique_ptr<zip_file_t, CloseMember>;

std::string reason(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

// As Python's zipfile does, a member counts under its name as stored; "./" is not resolved.
PathIndex members(zip_t* archive, const std::string& folder) {
  std::vector<std::pair<std::string, std::uint64_t>> entries;
  const auto count = static_cast<zip_uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(archive, 0), 0));
  entries.reserve(count);
  for (zip_uint64_t i = 0; i < count; ++i) {
    const char* raw = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
    if (raw == nullptr) continue;
    const std::string_view name = raw;
    if (name.starts_with(folder)) entries.emplace_back(name.substr(folder.size()), i);
  }
  return PathIndex(std::move(entries));
}

class ZipTree final : public FileTree {
 public:
  ZipTree(std::string path, Archive archive, PathIndex paths)
      : path_(std::move(path)), archive_(std::move(archive)), paths_(std::move(paths)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    const auto number = paths_.find(path);
    if (!number) return Error{fmt::format("cannot read {} in {}: no such file", quoted_name(path), quoted_name(path_))};
    const std::lock_guard lock(mutex_);
    zip_stat_t status;
    if (zip_stat_index(archive_.get(), *number, 0, &status) != 0) return archive_failure(path);
    if ((status.valid & ZIP_STAT_SIZE) == 0 || status.size > max_bytes) {
      return failure(path, fmt::format("it has more than {} bytes", max_bytes));
    }
    const Member member(zip_fopen_index(archive_.get(), *number, 0));
    if (member == nullptr) return archive_failure(path);
    return inflated(path, member.get(), status.size);
  }
  bool is_file(std::string_view path) const override { return paths_.find(path).has_value(); }
  bool is_folder(std::string_view path) const override { return paths_.is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return paths_.list(folder); }
  std::string real_path(std::string_view) const override { return ""; }

 private:
  // The directory's size is a claim: memory grows with what arrives, and what arrives must be just that much.
  Result<std::string> inflated(std::string_view path, zip_file_t* member, std::uint64_t size) const {
    constexpr std::uint64_t kChunk = 1u << 20;
    std::string text;
    while (true) {
      const std::size_t before = text.size();
      // One byte more than is left, since libzip checks the CRC when a read meets the end.
      text.resize(before + std::min(kChunk, size - before + 1));
      const zip_int64_t got = zip_fread(member, text.data() + before, text.size() - before);
      if (got < 0) return failure(path, zip_error_strerror(zip_file_get_error(member)));
      text.resize(before + static_cast<std::size_t>(got));
      if (text.size() > size || (got == 0 && text.size() < size)) {
        return failure(path, fmt::format("its length is not the {} bytes that the archive's directory gives", size));
      }
      if (got == 0) return text;
    }
  }

  Error failure(std::string_view path, std::string_view why) const {
    return {fmt::format("cannot read {} in {}: {}", quoted_name(path), quoted_name(path_), why)};
  }
  Error archive_failure(std::string_view path) const {
    return failure(path, zip_error_strerror(zip_get_error(archive_.get())));
  }

  std::string path_;
  mutable std::mutex mutex_;  // a zip_t serves one caller at a time
  Archive archive_;
  PathIndex paths_;  // numbers are libzip's
};

}  // namespace

Result<FileTreePtr> open_zip(const std::string& path, const std::string& prefix) {
  if (!is_plain_path(prefix)) return Error{fmt::format("{} is no folder inside an archive", quoted_name(prefix))};
  Result<RegularFile> file = RegularFile::open(path);
  if (!file) return file.error();
  int code = 0;
  const int descriptor = file->release();
  Archive archive(zip_fdopen(descriptor, ZIP_RDONLY, &code));
  if (archive == nullptr) {
    close(descriptor);
    return Error{fmt::format("cannot open {} as a zip archive: {}", quoted_name(path), reason(code))};
  }
  PathIndex paths = members(archive.get(), prefix.empty() ? "" : prefix + '/');
  if (!prefix.empty() && paths.list("").empty()) {
    return Error{fmt::format("{} has no folder {}", quoted_name(path), quoted_name(prefix))};
  }
  return FileTreePtr(std::make_shared<ZipTree>(path, std::move(archive), std::move(paths)));
}

}  // namespace ckptlint
