// Finds where the lines of a text begin.
#include "python/syntax/source_lines.h"

namespace ckptlint::python {

SourceLines::SourceLines(std::string_view text) : text_(text) {
  lines_.push_back(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    lines_.push_back(at + 1);
}

}  // namespace ckptlint::python
