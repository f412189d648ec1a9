// Reading a file from front to back, a piece at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_source.h"

namespace ckptlint {

// Holds one window of the file, so that memory does not depend on how much is read.  Borrows the source.
class ByteCursor {
 public:
  explicit ByteCursor(const ByteSource& source, std::uint64_t at = 0) : source_(source), at_(at) {}

  std::uint64_t at() const { return at_; }
  // The next `count` bytes, valid until the next call; `count` is at most kLongest.  Too few, as at the end of the
  // file, or a failed read make the cursor fail for good: everything is empty or 0 from then on.
  std::string_view take(std::uint64_t count);
  std::uint64_t number(std::size_t size);  // little-endian
  void skip(std::uint64_t count);
  bool failed() const { return failed_; }
  // Why reading failed, where it was not just the end of the file.
  const std::string& problem() const { return problem_; }

  static constexpr std::uint64_t kLongest = 1u << 20;

 private:
  const ByteSource& source_;
  std::uint64_t at_;
  std::uint64_t window_begin_ = 0;
  std::string window_;
  bool failed_ = false;
  std::string problem_;
};

}  // namespace ckptlint
