// From positions of syntax to bytes of the text that it was read from.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "python/syntax/syntax.h"

namespace ckptlint::python {

// The lines of a text, which outlives it.
class SourceLines {
 public:
  SourceLines() = default;
  explicit SourceLines(std::string_view text);

  std::size_t begin_of(const Position& at) const { return offset(at.line, at.column); }
  std::size_t end_of(const Position& at) const { return offset(at.end_line, at.end_column); }
  std::string_view text_of(const Position& at) const { return text_.substr(begin_of(at), end_of(at) - begin_of(at)); }
  // From the end of one to the end of another that ends behind it.
  std::string_view between(const Position& first, const Position& last) const {
    return text_.substr(end_of(first), end_of(last) - end_of(first));
  }

 private:
  std::size_t offset(std::uint32_t line, std::uint32_t column) const { return lines_[line - 1] + column - 1; }

  std::string_view text_;
  std::vector<std::size_t> lines_;  // where each begins; the first one behind a mark of the byte order
};

}  // namespace ckptlint::python
