// The defects of one file, as many as a person would read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckptlint/checkpoint.h"

namespace ckptlint {

// "size-mismatch", ...: for programs.
std::string_view defect_name(DefectKind kind);

class DefectLog {
 public:
  explicit DefectLog(std::string_view file) : file_(file) {}

  // What a defect says besides its kind.
  struct Words {
    std::uint64_t offset = 0;
    std::string_view tensor;
    std::string message;
  };

  // Beyond kPerKind of one kind, defects are only counted.
  void add(DefectKind kind, bool stops_loading, std::uint64_t offset, std::string_view tensor, std::string message);
  // For defects that a file can have by the million: `words()` is called only while they are kept.
  template <typename MakeWords>
  void add_with(DefectKind kind, bool stops_loading, MakeWords words) {
    Words made = counts_[place(kind)] < kPerKind ? words() : Words();
    add(kind, stops_loading, made.offset, made.tensor, std::move(made.message));
  }
  bool stops_loading() const { return stops_loading_; }
  // All, the last kept one of a kind saying how many more there were.
  std::vector<Defect> take();

 private:
  static constexpr std::uint32_t kPerKind = 20;
  static constexpr std::size_t place(DefectKind kind) { return static_cast<std::size_t>(kind); }

  std::string file_;
  std::vector<Defect> defects_;
  std::array<std::uint32_t, 64> counts_{};
  bool stops_loading_ = false;
};

}  // namespace ckptlint
