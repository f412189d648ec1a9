// Trees that live in memory: files given by text, and edits laid over another tree.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/file_tree.h"
#include "base/paths.h"

namespace ckptlint {
namespace {

class MemoryTree final : public FileTree {
 public:
  explicit MemoryTree(std::map<std::string, std::string>&& files) {
    std::vector<std::pair<std::string, std::uint64_t>> entries;
    for (auto& [path, text] : files) {
      entries.emplace_back(path, texts_.size());
      texts_.push_back(std::move(text));
    }
    paths_ = PathIndex(std::move(entries));
  }

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    const auto number = paths_.find(path);
    if (!number) return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
    const std::string& text = texts_[*number];
    if (text.size() > max_bytes) {
      return Error{
          fmt::format("cannot read {}: it has {} bytes, more than {}", quoted_name(path), text.size(), max_bytes)};
    }
    return text;
  }
  bool is_file(std::string_view path) const override { return paths_.find(path).has_value(); }
  bool is_folder(std::string_view path) const override { return paths_.is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return paths_.list(folder); }
  std::string real_path(std::string_view) const override { return ""; }

 private:
  PathIndex paths_;  // numbers are places in texts_
  std::vector<std::string> texts_;
};

class OverlayTree final : public FileTree {
 public:
  OverlayTree(FileTreePtr base, std::map<std::string, std::string> edits)
      : base_(std::move(base)), edits_(std::move(edits)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    return edits_.is_file(path) ? edits_.read(path, max_bytes) : base_->read(path, max_bytes);
  }
  bool is_file(std::string_view path) const override { return edits_.is_file(path) || base_->is_file(path); }
  bool is_folder(std::string_view path) const override { return edits_.is_folder(path) || base_->is_folder(path); }

  std::vector<std::string> list(std::string_view folder) const override {
    const std::vector<std::string> below = base_->list(folder);
    const std::vector<std::string> above = edits_.list(folder);
    std::vector<std::string> names;
    std::set_union(below.begin(), below.end(), above.begin(), above.end(), std::back_inserter(names));
    return names;
  }

  std::string real_path(std::string_view path) const override {
    return edits_.is_file(path) ? "" : base_->real_path(path);
  }
  Result<ByteSource> open(std::string_view path) const override {
    return edits_.is_file(path) ? edits_.open(path) : base_->open(path);
  }
  void expect(std::span<const ExpectedRead> reads) const override { base_->expect(reads); }
  std::optional<Error> lost() const override { return base_->lost(); }

 private:
  FileTreePtr base_;
  MemoryTree edits_;
};

}  // namespace

FileTreePtr in_memory_tree(std::map<std::string, std::string> files) {
  return std::make_shared<MemoryTree>(std::move(files));
}

FileTreePtr overlay_tree(FileTreePtr base, std::map<std::string, std::string> edits) {
  return std::make_shared<OverlayTree>(std::move(base), std::move(edits));
}

}  // namespace ckptlint
