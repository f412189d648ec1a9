// Splits a file into statements, and notes the words of those that bind names in ways that only parsing tells.
#include "python/syntax/file_outline.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "python/syntax/touched_names.h"
#include "python/values/symbols.h"

namespace ckptlint::python {
namespace {

std::string_view text_of(std::string_view file, const Piece& piece) {
  return file.substr(piece.begin, piece.end - piece.begin);
}

// A statement that imports from `__future__` stands before everything but a docstring.
bool imports_postponed_annotations(std::string_view text, const std::vector<FileOutline::Statement>& statements) {
  for (const auto& [piece, defines] : statements) {
    const std::string_view line = text.substr(piece.definition, piece.end - piece.definition);
    const bool of_future = line.starts_with("from __future__ import");
    if (of_future && contains_word(line, "annotations")) return true;
    if (!of_future && (piece.kind != PieceKind::kOther || docstring(text, piece).empty())) return false;
  }
  return false;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A filter of a power of two of words of 64 bits.
class Filter {
 public:
  Filter(std::uint64_t* words, std::size_t count) : words_(words), mask_(count * 64 - 1) {}

  void add(std::uint32_t hash) {
    set(hash & mask_);
    set(second(hash));
  }
  bool may_have(std::uint32_t hash) const { return has(hash & mask_) && has(second(hash)); }

 private:
  std::size_t second(std::uint32_t hash) const { return (hash * 0x9e3779b1U >> 7) & mask_; }
  void set(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << bit % 64; }
  bool has(std::size_t bit) const { return (words_[bit / 64] >> bit % 64 & 1) != 0; }

  std::uint64_t* words_;
  std::size_t mask_;
};

template <typename Use>
void for_each_word(std::string_view text, const Use& use) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_word(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && is_of_word(text[at])) ++at;
    use(text.substr(begin, at - begin));
  }
}

}  // namespace

FileOutline::FileOutline(std::string_view text) : text_(text) {
  for (const Piece& piece : split_block(text, 0, static_cast<std::uint32_t>(text.size()), 1))
    statements_.push_back({piece, piece.kind != PieceKind::kOther ? piece.name : plain_target(text_of(text, piece))});
  for (std::uint32_t at = 0; at < statements_.size(); ++at) {
    const std::string_view name = statements_[at].defines;
    name.empty() ? others_.push_back(at) : definitions_.push_back({hash_text(name), at});
  }
  std::sort(definitions_.begin(), definitions_.end(), [](const Definition& a, const Definition& b) {
    return std::pair(a.hash, a.statement) < std::pair(b.hash, b.statement);
  });
  postpones_annotations_ = imports_postponed_annotations(text, statements_);
}

std::span<const FileOutline::Definition> FileOutline::definitions_of(const Str& name) const {
  const auto [begin, end] = std::ranges::equal_range(definitions_, name.hash, {}, &Definition::hash);
  return {begin, end};
}

void FileOutline::note_words() const {
  words_.resize(statements_.size());
  for (const std::uint32_t at : others_) {
    const Piece& piece = statements_[at].piece;
    std::string_view text = text_of(text_, piece);
    Words& words = words_[at];
    if (text.starts_with("if TYPE_CHECKING:"))
      words.skipped = static_cast<std::uint32_t>(std::min(text.find("\nelse:"), text.size()));
    text.remove_prefix(words.skipped);
    words.star = text.starts_with("from ") && text.find('*') != std::string_view::npos;
    words.first = static_cast<std::uint32_t>(filters_.size());
    words.count = static_cast<std::uint32_t>(std::bit_ceil(text.size() / 64 + 1));
    filters_.resize(filters_.size() + words.count);
    Filter filter(filters_.data() + words.first, words.count);
    for_each_word(text, [&](std::string_view word) { filter.add(hash_text(word)); });
  }
}

bool FileOutline::may_bind(std::size_t statement, const Str& name) const {
  std::call_once(words_noted_, [this] { note_words(); });
  const Words& words = words_[statement];
  if (words.star) return true;
  if (!Filter(filters_.data() + words.first, words.count).may_have(name.hash) && is_ascii(name.view())) return false;
  return contains_word(text_of(text_, statements_[statement].piece).substr(words.skipped), name.view());
}

const FileOutline::Body& FileOutline::body_of(const Piece& type) const {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = bodies_.try_emplace(type.begin);
  Body& body = found->second;
  if (!is_new) return body;
  const ClassBody lines = class_body(text_, type);
  body.in_header = lines.begin == 0;
  if (body.in_header) return body;
  body.pieces = split_block(text_, lines.begin, type.end, lines.line);
  if (!body.pieces.empty() && body.pieces[0].kind == PieceKind::kOther)
    body.docstring = docstring(text_, body.pieces[0]);
  return body;
}

}  // namespace ckptlint::python
