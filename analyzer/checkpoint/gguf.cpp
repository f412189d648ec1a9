// Reads the header of a GGUF file, and checks its rows and the layout of its data as llama.cpp does.
#include "checkpoint/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>

#include "base/byte_cursor.h"
#include "base/byte_text.h"
#include "base/checked.h"
#include "base/escape.h"
#include "checkpoint/defect_log.h"
#include "checkpoint/gguf_types.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kMostMetadata = 100'000;
constexpr std::size_t kMostKept = 2000;        // metadata values
constexpr std::uint64_t kLongestText = 1024;   // of a tensor or a metadata value; ggml has 64
constexpr std::uint64_t kLongestValue = 1024;  // of a metadata text, kept
constexpr std::uint64_t kLongestHeader = 64u << 20;
constexpr std::uint32_t kMostDimensions = 8;  // ggml has 4

// The types of metadata values, by the file's numbers.
enum ValueType : std::uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
  kValueTypes
};

std::size_t size_of(std::uint32_t type) {
  constexpr std::size_t kSizes[kValueTypes] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < kValueTypes ? kSizes[type] : 0;
}

class GgufReader {
 public:
  GgufReader(const ByteSource& source, const ReadLimits& limits, DefectLog& log, WeightFile& file)
      : cursor_(source), limits_(limits), log_(log), file_(file) {}

  void run() {
    const bool complete = read_header();
    file_.texts.push_back(names_);
    if (!complete) {
      if (cursor_.failed() && !log_.stops_loading()) {
        log_.add(DefectKind::kTruncated, true, file_.size, "",
                 cursor_.problem().empty() ? "the file ends inside its header" : cursor_.problem());
      }
      return;
    }
    const std::uint64_t end = cursor_.at();
    file_.data_begin = end + (alignment_ - end % alignment_) % alignment_;
    place_tensors();
  }

 private:
  bool read_header() {
    cursor_.skip(4);
    const std::uint64_t version = cursor_.number(4);
    if (cursor_.failed()) return false;
    if (version != 2 && version != 3) {
      const bool swapped = (version & 0xffff) == 0;
      return refuse(DefectKind::kHeaderField, 4,
                    swapped ? "the file is a big-endian GGUF file, which is not supported"
                            : fmt::format("the file is of GGUF version {}; 2 and 3 are known", version));
    }
    const std::uint64_t tensors = cursor_.number(8);
    const std::uint64_t metadata = cursor_.number(8);
    if (tensors > limits_.tensors || metadata > kMostMetadata) {
      return refuse(
          DefectKind::kTooManyTensors, 8,
          fmt::format("the header claims {} tensors and {} metadata values, more than the {} and {} that are read",
                      tensors, metadata, limits_.tensors, kMostMetadata));
    }
    for (std::uint64_t i = 0; i < metadata; ++i) {
      if (!read_metadata()) return false;
    }
    for (std::uint64_t i = 0; i < tensors; ++i) {
      if (!read_tensor()) return false;
    }
    return !cursor_.failed();
  }

  bool refuse(DefectKind kind, std::uint64_t offset, std::string why) {
    log_.add(kind, true, offset, "", std::move(why));
    return false;
  }

  std::optional<std::string> read_string(std::uint64_t longest) {
    const std::uint64_t at = cursor_.at();
    const std::uint64_t length = cursor_.number(8);
    if (cursor_.failed()) return std::nullopt;
    if (length > longest) {
      refuse(DefectKind::kHeaderField, at, fmt::format("the header has a name of {} bytes", length));
      return std::nullopt;
    }
    const std::string_view bytes = cursor_.take(length);
    return cursor_.failed() ? std::nullopt : std::optional<std::string>(bytes);
  }

  bool read_metadata() {
    const auto key = read_string(kLongestText);
    if (!key) return false;
    const std::uint64_t at = cursor_.at();
    const auto type = static_cast<std::uint32_t>(cursor_.number(4));
    std::optional<std::string> value;
    if (type == kString) {
      value = read_text();
    } else if (type == kArray) {
      value = skip_array();
    } else if (type < kValueTypes) {
      value = scalar(type, cursor_.number(size_of(type)));
    } else {
      return refuse(DefectKind::kMetadata, at,
                    fmt::format("the metadata value {} has the unknown type {}", quoted_name(*key), type));
    }
    if (!value || cursor_.failed()) return false;
    if (cursor_.at() > kLongestHeader) return refuse(DefectKind::kHeaderLength, at, "the header is too long");
    if (*key == "general.alignment") {
      if (type != kUint32 || !std::has_single_bit(alignment_ = static_cast<std::uint32_t>(last_number_))) {
        alignment_ = 32;
        return refuse(DefectKind::kMetadata, at, fmt::format("`general.alignment` is {}, not a power of two", *value));
      }
    }
    if (file_.metadata.size() < kMostKept) file_.metadata[*key] = *value;
    return true;
  }

  // A metadata text, shortened where it is long.
  std::optional<std::string> read_text() {
    const std::uint64_t length = cursor_.number(8);
    std::string text(cursor_.take(std::min(length, kLongestValue)));
    if (length > kLongestValue) cursor_.skip(length - kLongestValue);
    return cursor_.failed() ? std::nullopt : std::optional(std::move(text));
  }

  std::string scalar(std::uint32_t type, std::uint64_t number) {
    last_number_ = number;
    switch (type) {
      case kInt8:
        return fmt::to_string(static_cast<std::int8_t>(number));
      case kInt16:
        return fmt::to_string(static_cast<std::int16_t>(number));
      case kInt32:
        return fmt::to_string(static_cast<std::int32_t>(number));
      case kInt64:
        return fmt::to_string(static_cast<std::int64_t>(number));
      case kFloat32:
        return fmt::to_string(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
      case kFloat64:
        return fmt::to_string(std::bit_cast<double>(number));
      case kBool:
        return number != 0 ? "true" : "false";
      default:
        return fmt::to_string(number);
    }
  }

  // Says what the array is; arrays in arrays are refused, as no writer makes them.
  std::optional<std::string> skip_array() {
    const std::uint64_t at = cursor_.at();
    const auto type = static_cast<std::uint32_t>(cursor_.number(4));
    const std::uint64_t count = cursor_.number(8);
    if (cursor_.failed()) return std::nullopt;
    if (type == kString) {
      for (std::uint64_t i = 0; i < count && !cursor_.failed() && cursor_.at() <= kLongestHeader; ++i) {
        cursor_.skip(cursor_.number(8));
      }
    } else if (type < kValueTypes && type != kArray) {
      cursor_.skip(
          checked_multiply<std::uint64_t>(count, size_of(type)).value_or(std::numeric_limits<std::uint64_t>::max()));
    } else {
      refuse(DefectKind::kMetadata, at, fmt::format("the header has an array of the unknown type {}", type));
      return std::nullopt;
    }
    return cursor_.failed() ? std::nullopt : std::optional(counted(count, "value"));
  }

  bool read_tensor() {
    const std::uint64_t at = cursor_.at();
    if (at > kLongestHeader) return refuse(DefectKind::kHeaderLength, at, "the header is too long");
    const auto name = read_string(kLongestText);
    if (!name) return false;
    const auto rank = static_cast<std::uint32_t>(cursor_.number(4));
    if (rank > kMostDimensions) {
      return refuse(DefectKind::kHeaderField, at, fmt::format("{} has {} dimensions", quoted_name(*name), rank));
    }
    StoredTensor tensor;
    tensor.first_extent = static_cast<std::uint32_t>(file_.extents.size());
    tensor.rank = static_cast<std::uint8_t>(rank);
    for (std::uint32_t i = 0; i < rank; ++i) {
      const std::uint64_t extent = cursor_.number(8);
      if (extent > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refuse(DefectKind::kShapeOverflow, at,
                      fmt::format("{} has a dimension of {}", quoted_name(*name), extent));
      }
      file_.extents.push_back(static_cast<std::int64_t>(extent));
    }
    std::reverse(file_.extents.begin() + tensor.first_extent, file_.extents.end());
    const auto number = static_cast<std::uint32_t>(cursor_.number(4));
    tensor.begin = cursor_.number(8);
    if (cursor_.failed()) return false;
    const auto type = gguf_type(number);
    if (!type) {
      log_.add(DefectKind::kUnknownDtype, true, at, *name,
               fmt::format("{} has the unknown type {}", quoted_name(*name), number));
      placed_ = false;
      return true;
    }
    tensor.type_name = type->name;
    tensor.dtype = type->dtype;
    tensor.direct = type->block_elements == 1;
    tensor.name = stored(*name);
    const auto size = size_in_bytes(tensor, *type);
    if (!size) {
      log_.add(DefectKind::kShapeOverflow, true, at, *name,
               fmt::format("{} has a shape that does not fill whole blocks of {}, or overflows", quoted_name(*name),
                           type->name));
      placed_ = false;
    }
    tensor.end = size.value_or(0);  // its length for now: place_tensors() makes it an offset
    file_.tensors.push_back(tensor);
    return true;
  }

  std::string_view stored(const std::string& name) {
    // Names are views; the chunk that they are views of must not move.
    if (names_->capacity() - names_->size() < name.size()) {
      if (!names_->empty()) file_.texts.push_back(names_);
      names_ = std::make_shared<std::string>();
      names_->reserve(std::max<std::size_t>(name.size(), 1u << 16));
    }
    const std::size_t begin = names_->size();
    names_->append(name);
    return std::string_view(*names_).substr(begin);
  }

  std::optional<std::uint64_t> size_in_bytes(const StoredTensor& tensor, const GgufType& type) const {
    const auto shape = std::span(file_.extents).subspan(tensor.first_extent, tensor.rank);
    const auto elements = element_count(shape);
    const std::uint64_t row = shape.empty() ? 1 : static_cast<std::uint64_t>(shape.back());
    if (!elements || row % type.block_elements != 0) return std::nullopt;
    return checked_multiply(*elements / type.block_elements, type.block_bytes);
  }

  // llama.cpp wants tensors one behind the other in the order of the header, each at a multiple of the alignment.
  void place_tensors() {
    std::uint64_t due = 0;
    std::unordered_set<std::string_view> seen;
    for (StoredTensor& tensor : file_.tensors) {
      const std::uint64_t length = tensor.end;
      if (!seen.insert(tensor.name).second)
        fault(DefectKind::kDuplicateName, tensor, "is in the header more than once");
      if (placed_ && tensor.begin != due) {
        fault(DefectKind::kOffsets, tensor,
              fmt::format("begins at byte {} of the data, where {} was due", tensor.begin, due));
        placed_ = false;  // what follows is off by as much
      }
      const auto padded = checked_add(due, length);
      due =
          padded && *padded <= ~0ull - alignment_ ? *padded + (alignment_ - *padded % alignment_) % alignment_ : ~0ull;
      const auto begin = checked_add(file_.data_begin, tensor.begin);
      const auto end = begin ? checked_add(*begin, length) : std::nullopt;
      if (!end || *end > file_.size) {
        log_.add_with(DefectKind::kTruncated, true, [&] {
          return DefectLog::Words{file_.size, tensor.name,
                                  fmt::format("the file ends before the end of {}", quoted_name(tensor.name))};
        });
      }
      tensor.begin = end ? *begin : 0;
      tensor.end = end ? *end : 0;
    }
  }

  void fault(DefectKind kind, const StoredTensor& tensor, const std::string& what) {
    log_.add_with(kind, true, [&] {
      return DefectLog::Words{0, tensor.name, fmt::format("{} {}", quoted_name(tensor.name), what)};
    });
  }

  ByteCursor cursor_;
  const ReadLimits& limits_;
  DefectLog& log_;
  WeightFile& file_;
  std::shared_ptr<std::string> names_ = std::make_shared<std::string>();
  std::uint64_t alignment_ = 32;
  std::uint64_t last_number_ = 0;
  bool placed_ = true;  // sizes and offsets of all tensors so far are sound
};

}  // namespace

WeightFile read_gguf(const ByteSource& source, std::string_view path, const ReadLimits& limits) {
  WeightFile file;
  file.format = WeightFormat::kGguf;
  file.size = source.size();
  DefectLog log(path);
  GgufReader(source, limits, log, file).run();
  file.defects = log.take();
  return file;
}

}  // namespace ckptlint
