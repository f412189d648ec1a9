// What a file's text tells without being parsed: where its statements are, and which of them may bind a name.  It is
// the same for every evaluator that reads the file.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "python/syntax/source_unit.h"
#include "python/values/value.h"

namespace ckptlint::python {

class FileOutline {
 public:
  struct Statement {
    Piece piece;
    std::string_view defines;  // the one name that it binds, where that is plain to see
  };
  struct Definition {
    std::uint32_t hash = 0;  // of the name
    std::uint32_t statement = 0;
  };
  // Of a class, below its header.
  struct Body {
    bool in_header = false;  // it is on the header's line, and has nothing below
    TextRange docstring;     // the first of the pieces, where that is one
    std::vector<Piece> pieces;
  };

  // Of text that outlives it.
  explicit FileOutline(std::string_view text);

  const std::vector<Statement>& statements() const { return statements_; }
  // Those that define nothing in plain sight, ascending.
  const std::vector<std::uint32_t>& others() const { return others_; }
  // Ascending, those of the name among them: of a few names of one hash, that is.  `name` is interned.
  std::span<const Definition> definitions_of(const Str& name) const;
  // Whether the file imports `annotations` from `__future__`.
  bool postpones_annotations() const { return postpones_annotations_; }
  // Whether the name is a word of a statement that defines nothing in plain sight, or could come with its `*`.  `name`
  // is interned.
  bool may_bind(std::size_t statement, const Str& name) const;
  // Of a piece of the file that is a class.
  const Body& body_of(const Piece& type) const;

 private:
  void note_words() const;

  std::string_view text_;
  std::vector<Statement> statements_;
  std::vector<std::uint32_t> others_;
  std::vector<Definition> definitions_;  // by hash
  bool postpones_annotations_ = false;

  // A Bloom filter for each such statement, of about one bit a byte of it: nearly every name that is asked for is in
  // none.
  struct Words {
    std::uint32_t first = 0;    // in filters_, of 64 bits each
    std::uint32_t count = 0;    // a power of two
    std::uint32_t skipped = 0;  // from its start: what is for type checkers alone
    bool star = false;
  };
  mutable std::once_flag words_noted_;
  mutable std::vector<Words> words_;  // by statement
  mutable std::vector<std::uint64_t> filters_;

  mutable std::mutex mutex_;
  mutable std::unordered_map<std::uint32_t, Body> bodies_;  // by where the class begins
};

}  // namespace ckptlint::python
