// Takes numbers and runs of bytes from the front of a file, reading it in pieces as it goes.
#include "base/byte_cursor.h"

#include "base/little_endian.h"

namespace ckptlint {

std::string_view ByteCursor::take(std::uint64_t count) {
  if (failed_) return {};
  const bool inside =
      at_ >= window_begin_ && at_ - window_begin_ <= window_.size() && count <= window_.size() - (at_ - window_begin_);
  if (!inside) {
    Result<std::string> read = source_.read_up_to(at_, kLongest);
    failed_ = !read || count > read->size();
    if (!read) problem_ = read.error().message;
    if (failed_) return {};
    window_ = std::move(*read);
    window_begin_ = at_;
  }
  const std::string_view bytes = std::string_view(window_).substr(at_ - window_begin_, count);
  at_ += count;
  return bytes;
}

std::uint64_t ByteCursor::number(std::size_t size) { return little_endian(take(size)); }

void ByteCursor::skip(std::uint64_t count) {
  failed_ = failed_ || at_ > source_.size() || count > source_.size() - at_;
  if (!failed_) at_ += count;
}

}  // namespace ckptlint
