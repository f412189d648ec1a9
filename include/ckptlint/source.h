// Where things were written: files of modeling source and positions in them.
#pragma once

#include <cstdint>
#include <string>
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

struct SourceFile {
  std::string path;            // as shown to people: relative to the repo, or to the source root
  std::string real_path;       // on disk, for edits; empty if the file lives in an archive
  std::string text;            // whole text, for excerpts; only files that some span names are kept
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
