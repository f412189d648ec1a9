// Checks that the tensors of a safetensors file fill its data without gaps and overlaps, and are as large as dtype
// and shape say.
#include "checkpoint/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"

namespace ckptlint {
namespace {

class LayoutCheck {
 public:
  LayoutCheck(const SafetensorsHeader& header, std::string_view text, std::uint64_t data_bytes, DefectLog& log)
      : header_(header), text_(text), data_bytes_(data_bytes), log_(log) {}

  void run() {
    if (const auto end = seamless_end()) return check_end(*end);
    const auto& tensors = header_.tensors;
    std::uint64_t covered = 0;  // the end of everything so far
    const StoredTensor* last = nullptr;
    const auto look_at = [&](const StoredTensor& tensor) {
      check_size(tensor);
      if (tensor.end < tensor.begin) {
        fault(DefectKind::kOffsets, tensor, "has `data_offsets` [{}, {}], which end before they begin", tensor.begin,
              tensor.end);
        return;
      }
      if (tensor.begin < covered && last != nullptr) {
        fault(DefectKind::kOverlap, tensor, "begins at byte {} of the data, inside {}, which ends at {}", tensor.begin,
              quoted_name(last->name), covered);
      } else if (tensor.begin > covered) {
        fault(DefectKind::kHole, tensor, "begins at byte {} of the data, where {} was due: a hole of {}", tensor.begin,
              covered, counted(tensor.begin - covered, "byte"));
      }
      if (tensor.end > covered || last == nullptr) last = &tensor;
      covered = std::max(covered, tensor.end);
    };
    for (const std::uint32_t place : by_offset()) look_at(tensors[place]);
    check_end(covered);
  }

 private:
  static bool is_before(const StoredTensor& a, const StoredTensor& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  }

  // Where tensors end that follow one another in the order of the header, each as large as it should be, as writers lay
  // them out; otherwise nothing.
  std::optional<std::uint64_t> seamless_end() const {
    const StoredTensor* last = nullptr;
    for (const StoredTensor& tensor : header_.tensors) {
      if (tensor.begin != (last == nullptr ? 0 : last->end) || tensor.end < tensor.begin) return std::nullopt;
      // Neighbours mostly have the same dtype and, as PlainRows reads them, share their shape.
      const bool alike = last != nullptr && tensor.dtype == last->dtype && tensor.first_extent == last->first_extent &&
                         tensor.rank == last->rank && tensor.bytes() == last->bytes();
      if (!alike && !has_right_size(tensor)) return std::nullopt;
      last = &tensor;
    }
    return last == nullptr ? 0 : last->end;
  }

  bool has_right_size(const StoredTensor& tensor) const {
    const auto elements = element_count(std::span(header_.extents).subspan(tensor.first_extent, tensor.rank));
    const auto size = elements ? bit_count(*elements, bits(tensor.dtype)) : std::nullopt;
    return size && !tensor.type_name.empty() && *size % 8 == 0 && *size / 8 == tensor.bytes();
  }

  // Places in header_.tensors.
  std::vector<std::uint32_t> by_offset() const {
    std::vector<std::uint32_t> order(header_.tensors.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return is_before(header_.tensors[a], header_.tensors[b]); });
    return order;
  }

  void check_size(const StoredTensor& tensor) {
    if (tensor.type_name.empty() || tensor.end < tensor.begin) return;
    const auto shape = std::span(header_.extents).subspan(tensor.first_extent, tensor.rank);
    const auto elements = element_count(shape);
    const auto size = elements ? bit_count(*elements, bits(tensor.dtype)) : std::nullopt;
    if (!size) {
      fault(DefectKind::kShapeOverflow, tensor, "has the shape [{}], whose size overflows", fmt::join(shape, ", "));
    } else if (*size % 8 != 0) {
      fault(DefectKind::kSizeMismatch, tensor, "has {} elements of {} bits, which fill no whole number of bytes",
            *elements, bits(tensor.dtype));
    } else if (*size / 8 != tensor.bytes()) {
      fault(DefectKind::kSizeMismatch, tensor, "has {} bytes, where {} [{}] takes {}", tensor.bytes(), tensor.type_name,
            fmt::join(shape, ", "), *size / 8);
    }
  }

  void check_end(std::uint64_t covered) {
    const std::uint64_t data_begin = kSafetensorsHeaderBegin + text_.size();
    if (covered < data_bytes_) {
      log_.add(DefectKind::kTrailingBytes, true, data_begin + covered, "",
               fmt::format("{} follow{} the last tensor", counted(data_bytes_ - covered, "byte"),
                           data_bytes_ - covered == 1 ? "s" : ""));
    }
    if (covered <= data_bytes_) return;
    const auto& tensors = header_.tensors;
    const auto is_cut = [&](const StoredTensor& tensor) { return tensor.end > data_bytes_; };
    const auto lost = std::count_if(tensors.begin(), tensors.end(), is_cut);
    // The first of them in the file.
    const StoredTensor& tensor = *std::min_element(tensors.begin(), tensors.end(), [&](const auto& a, const auto& b) {
      return is_cut(a) != is_cut(b) ? is_cut(a) : is_before(a, b);
    });
    log_.add(DefectKind::kTruncated, true, data_begin + data_bytes_, tensor.name,
             fmt::format("the file ends after {} bytes of data, where its header describes "
                         "{}: {} of {} tensors are not whole, the first {}",
                         data_bytes_, covered, lost, tensors.size(), quoted_name(tensor.name)));
  }

  template <typename... Args>
  void fault(DefectKind kind, const StoredTensor& tensor, fmt::format_string<Args...> words, Args&&... args) {
    log_.add_with(kind, true, [&] {
      return DefectLog::Words{header_offset(text_, tensor.name), tensor.name,
                              quoted_name(tensor.name) + " " + fmt::format(words, std::forward<Args>(args)...)};
    });
  }

  const SafetensorsHeader& header_;
  std::string_view text_;
  std::uint64_t data_bytes_;
  DefectLog& log_;
};

}  // namespace

void check_layout(const SafetensorsHeader& header, std::string_view text, std::uint64_t data_bytes, DefectLog& log) {
  LayoutCheck(header, text, data_bytes, log).run();
}

}  // namespace ckptlint
