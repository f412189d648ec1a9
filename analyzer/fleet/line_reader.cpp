// Keeps the bytes of lines that have no end yet, and drops those of lines that are too long as they come.
#include "fleet/line_reader.h"

#include <algorithm>
#include <utility>

namespace ckptlint {

void LineReader::add(std::string_view bytes) {
  kept_.erase(0, std::exchange(begin_, 0));
  searched_ = 0;
  kept_ += bytes;
}

std::optional<Line> LineReader::next() {
  const std::size_t end = kept_.find('\n', std::max(begin_, searched_));
  if (end != std::string::npos) return taken(end, end + 1);
  searched_ = kept_.size();
  if (ended_) {
    if (begin_ == kept_.size() && !overflown_) return std::nullopt;
    return taken(kept_.size(), kept_.size());
  }
  if (kept_.size() - begin_ > longest_) {
    overflown_ = true;
    kept_.clear();
    begin_ = searched_ = 0;
  }
  return std::nullopt;
}

Line LineReader::taken(std::size_t end, std::size_t behind) {
  Line line{++number_, "", std::exchange(overflown_, false) || end - begin_ > longest_};
  if (!line.too_long) line.text = kept_.substr(begin_, end - begin_);
  begin_ = behind;
  return line;
}

}  // namespace ckptlint
