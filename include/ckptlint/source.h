// Where things were written: files of modeling source and positions in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <typeindex>
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
  SourceText(std::string text) : shared_(std::make_shared<Shared>(std::move(text))) {}
  operator std::string_view() const {
    return shared_ == nullptr ? std::string_view() : std::string_view(shared_->text);
  }
  bool empty() const { return shared_ == nullptr || shared_->text.empty(); }
  std::size_t size() const { return shared_ == nullptr ? 0 : shared_->text.size(); }

  // The T that is made of this text, once for all its copies, on whichever thread asks first.  It lives as long as the
  // text.  Not for a text that is default-constructed.
  template <typename T>
  const T& made() const {
    const std::lock_guard lock(shared_->mutex);
    std::shared_ptr<const void>& made = shared_->made[typeid(T)];
    if (made == nullptr) made = std::make_shared<const T>(std::string_view(shared_->text));
    return *static_cast<const T*>(made.get());
  }

 private:
  struct Shared {
    explicit Shared(std::string all) : text(std::move(all)) {}
    const std::string text;
    std::mutex mutex;
    std::map<std::type_index, std::shared_ptr<const void>> made;
  };
  std::shared_ptr<Shared> shared_;
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
