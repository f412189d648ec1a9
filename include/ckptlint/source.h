// Where things were written: files of modeling source and positions in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptlint {

// Index into SourceFiles::files; kNone for "not known".
enum class FileId : std::uint32_t { kNone = 0xffffffff };

// A half-open range of a file's text.  Lines and columns count from 1, columns in bytes; line 0 means "not known".
struct Span {
  FileId file = FileId::kNone;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t end_line = 0;
  std::uint32_t end_column = 0;

  bool known() const { return file != FileId::kNone && line != 0; }
  friend bool operator==(const Span&, const Span&) = default;
};

// Text that its copies share: the interpreter, the graph and the report all name the same files.
class SourceText {
 public:
  SourceText() = default;
  SourceText(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  operator std::string_view() const { return text_ == nullptr ? std::string_view() : std::string_view(*text_); }
  bool empty() const { return text_ == nullptr || text_->empty(); }
  std::size_t size() const { return text_ == nullptr ? 0 : text_->size(); }

 private:
  std::shared_ptr<const std::string> text_;
};

struct SourceFile {
  std::string path;            // as shown to people: relative to the repo, or to the source root
  std::string real_path;       // on disk, for edits; empty if the file lives in an archive
  SourceText text;             // whole text, for excerpts; empty where a graph was read that came without it
  bool in_model_repo = false;  // the user's own file: fixes may edit it
};

struct SourceFiles {
  std::vector<SourceFile> files;
  const SourceFile* find(FileId id) const {
    return id == FileId::kNone || static_cast<std::size_t>(id) >= files.size() ? nullptr
                                                                               : &files[static_cast<std::size_t>(id)];
  }
};

}  // namespace ckptlint
