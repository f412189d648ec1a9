// Bytes as they come, cut into lines of bounded length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckptlint {

struct Line {
  std::uint64_t number = 0;  // from 1
  std::string text;          // without what ends it; empty where `too_long`
  bool too_long = false;
};

class LineReader {
 public:
  // A line may have `longest` bytes; of a longer one nothing is kept.
  explicit LineReader(std::size_t longest) : longest_(longest) {}

  void add(std::string_view bytes);
  // Nothing more is added: what is left is a line, too, but for nothing at all.
  void end() { ended_ = true; }
  // The next whole line, where there is one.
  std::optional<Line> next();

 private:
  Line taken(std::size_t end, std::size_t behind);

  const std::size_t longest_;
  std::string kept_;
  std::size_t begin_ = 0;     // of the next line in `kept_`
  std::size_t searched_ = 0;  // no line ends before this
  std::uint64_t number_ = 0;
  bool overflown_ = false;  // the start of the next line was dropped
  bool ended_ = false;
};

}  // namespace ckptlint
