#include "checkpoint/safetensors_header.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"

namespace ckptlint {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxMetadata = 1000;
constexpr std::size_t kMaxMetadataBytes = 4096;

// Reads the events of {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {...}}.  The
// parser keeps no stack of ours, so depth costs nothing; it is limited all the same, as in other readers.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  HeaderReader(std::string_view text, const ReadLimits& limits, DefectLog& log)
      : text_(text), limits_(limits), log_(log) {
    // Decoding JSON never lengthens a string, so the names below never move.
    names_->reserve(text.size());
  }

  SafetensorsHeader take(bool complete) {
    header_.names = names_;
    header_.complete = complete && !left_out_;
    return std::move(header_);
  }

  bool null() override { return section_ == Section::kMetadata && depth_ == 1 ? true : scalar("null"); }
  bool boolean(bool) override { return scalar("a truth value"); }
  bool number_float(double, const std::string&) override { return scalar("a number that is no whole number"); }
  bool number_integer(std::int64_t) override { return scalar("a negative number"); }
  bool number_unsigned(std::uint64_t value) override {
    if (!in_list()) return scalar("a number");
    if (field_ == Field::kShape) {
      add_extent(value);
    } else {
      if (offset_count_ < 2) offsets_[offset_count_] = value;
      ++offset_count_;
    }
    return true;
  }
  bool string(std::string& value) override {
    if (section_ == Section::kMetadata && depth_ == 2) {
      if (header_.metadata.size() < kMaxMetadata) header_.metadata[metadata_key_] = value.substr(0, kMaxMetadataBytes);
      return true;
    }
    if (section_ == Section::kTensor && depth_ == 2 && field_ == Field::kDtype) {
      set_dtype(value);
      return true;
    }
    return scalar("a string");
  }
  bool binary(Json::binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (depth_ == 1 && section_ == Section::kTensor) start_tensor();
    if (depth_ >= 2) unexpected("an object");
    return deeper();
  }
  bool end_object() override {
    --depth_;
    if (depth_ == 1 && section_ == Section::kTensor) end_tensor();
    return true;
  }
  bool start_array(std::size_t) override {
    const bool list =
        section_ == Section::kTensor && depth_ == 2 && (field_ == Field::kShape || field_ == Field::kOffsets);
    if (!list) unexpected("a list");
    return deeper();
  }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool key(std::string& name) override {
    if (depth_ == 1) {
      section_ = name == "__metadata__" ? Section::kMetadata : Section::kTensor;
      if (section_ == Section::kTensor) return name_tensor(name);
      if (std::exchange(has_metadata_, true)) {
        log_.add(DefectKind::kMetadata, true, header_offset(text_, name), "", "the header has `__metadata__` twice");
      }
    } else if (depth_ == 2 && section_ == Section::kMetadata) {
      metadata_key_ = name.substr(0, kMaxMetadataBytes);
    } else if (depth_ == 2) {
      begin_field(name);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return syntax_error(position == 0 ? 0 : position - 1);
  }
  bool syntax_error(std::size_t place) {
    const std::uint64_t offset = kSafetensorsHeaderBegin + place;
    log_.add(DefectKind::kHeaderSyntax, true, offset, "",
             fmt::format("the header is not valid JSON at byte {}", offset));
    return false;
  }

 private:
  enum class Section : std::uint8_t { kTensor, kMetadata };
  enum class Field : std::uint8_t { kDtype = 1, kShape = 2, kOffsets = 4, kOther = 0 };

  bool in_list() const {
    return section_ == Section::kTensor && depth_ == 3 && (field_ == Field::kShape || field_ == Field::kOffsets);
  }

  bool deeper() {
    if (++depth_ <= kMaxDepth) return true;
    log_.add(DefectKind::kHeaderSyntax, true, kSafetensorsHeaderBegin, tensor_.name,
             fmt::format("the header nests deeper than {} levels", kMaxDepth));
    return false;
  }

  // A value that is neither what its place asks for nor below a field that readers ignore.
  bool scalar(std::string_view what) {
    unexpected(what);
    return true;
  }
  void unexpected(std::string_view what) {
    if (depth_ == 0) {
      log_.add(DefectKind::kHeaderSyntax, true, kSafetensorsHeaderBegin, "",
               fmt::format("the header is {}, not an object", what));
    } else if (section_ == Section::kMetadata) {
      log_.add_with(DefectKind::kMetadata, true, [&] {
        const std::string words = depth_ == 1 ? fmt::format("`__metadata__` is {}, not an object", what)
                                              : fmt::format("the value of {} in `__metadata__` is {}, not a string",
                                                            quoted_name(metadata_key_), what);
        return DefectLog::Words{header_offset(text_, "__metadata__"), "", words};
      });
    } else if (depth_ == 1) {
      fault(fmt::format("is {}, not an object", what));
    } else if (field_ != Field::kOther) {
      fault(fmt::format("has {} in its `{}`", what, field_name()));
    }
  }

  std::string_view field_name() const {
    return field_ == Field::kDtype ? "dtype" : field_ == Field::kShape ? "shape" : "data_offsets";
  }

  void fault(const std::string& what, DefectKind kind = DefectKind::kHeaderField) {
    if (faulty_) return;  // one complaint a tensor
    faulty_ = left_out_ = true;
    log_.add_with(kind, true, [&] {
      return DefectLog::Words{header_offset(text_, tensor_.name), tensor_.name,
                              fmt::format("{} {}", quoted_name(tensor_.name), what)};
    });
  }

  bool name_tensor(const std::string& name) {
    if (header_.tensors.size() >= limits_.tensors) {
      log_.add(DefectKind::kTooManyTensors, false, kSafetensorsHeaderBegin, "",
               fmt::format("the header has more than {} tensors; the rest was not read", limits_.tensors));
      return false;
    }
    tensor_ = {};
    tensor_.name = stored(name);
    faulty_ = false;
    return true;
  }

  std::string_view stored(const std::string& name) {
    const std::size_t begin = names_->size();
    names_->append(name);
    return std::string_view(*names_).substr(begin);
  }

  void start_tensor() {
    tensor_.first_extent = static_cast<std::uint32_t>(header_.extents.size());
    fields_ = 0;
    offset_count_ = 0;
    field_ = Field::kOther;
  }

  void begin_field(std::string_view name) {
    field_ = name == "dtype"          ? Field::kDtype
             : name == "shape"        ? Field::kShape
             : name == "data_offsets" ? Field::kOffsets
                                      : Field::kOther;
    const auto bit = static_cast<std::uint8_t>(field_);
    if ((fields_ & bit) != 0) fault(fmt::format("has `{}` twice", field_name()));
    fields_ |= bit;
  }

  void set_dtype(const std::string& name) {
    if (const auto dtype = dtype_of_safetensors_name(name)) {
      tensor_.dtype = *dtype;
      tensor_.type_name = safetensors_name(*dtype);
      return;
    }
    log_.add_with(DefectKind::kUnknownDtype, true, [&] {
      return DefectLog::Words{header_offset(text_, tensor_.name), tensor_.name,
                              fmt::format("{} has the dtype {}, which is none of the format's",
                                          quoted_name(tensor_.name), quoted_name(name))};
    });
  }

  void add_extent(std::uint64_t extent) {
    if (extent > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fault(fmt::format("has a dimension of {}", extent), DefectKind::kShapeOverflow);
    } else if (tensor_.rank == limits_.rank) {
      fault(fmt::format("has more than {} dimensions", limits_.rank));
    } else {
      header_.extents.push_back(static_cast<std::int64_t>(extent));
      ++tensor_.rank;
    }
  }

  void end_tensor() {
    constexpr std::uint8_t kAll = 7;
    if (fields_ != kAll) {
      field_ = (fields_ & 1) == 0 ? Field::kDtype : (fields_ & 2) == 0 ? Field::kShape : Field::kOffsets;
      fault(fmt::format("has no `{}`", field_name()));
    }
    if (offset_count_ != 2) fault(fmt::format("has {} numbers in its `data_offsets`, not 2", offset_count_));
    if (faulty_) {
      header_.extents.resize(tensor_.first_extent);
      return;
    }
    tensor_.begin = offsets_[0];
    tensor_.end = offsets_[1];
    header_.tensors.push_back(tensor_);
  }

  std::string_view text_;
  const ReadLimits& limits_;
  DefectLog& log_;
  SafetensorsHeader header_;
  std::shared_ptr<std::string> names_ = std::make_shared<std::string>();
  std::size_t depth_ = 0;
  Section section_ = Section::kTensor;
  bool has_metadata_ = false;
  std::string metadata_key_;
  StoredTensor tensor_;  // the one being read
  Field field_ = Field::kOther;
  std::uint8_t fields_ = 0;  // which of its fields were seen
  std::uint64_t offsets_[2] = {0, 0};
  std::size_t offset_count_ = 0;
  bool faulty_ = false;
  bool left_out_ = false;  // some tensor was faulty
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, const ReadLimits& limits, DefectLog& log) {
  HeaderReader reader(text, limits, log);
  bool complete = Json::sax_parse(text.begin(), text.end(), &reader);
  // The parser takes a NUL for the end of the text.
  const std::size_t nul = text.find('\0');
  if (complete && nul != std::string_view::npos) complete = reader.syntax_error(nul);
  return reader.take(complete);
}

std::uint64_t header_offset(std::string_view text, std::string_view tensor) {
  // Names with escapes are not found as they are; the header's begin is then near enough.
  std::string quoted = "\"";
  quoted += tensor;
  quoted += '"';
  const std::size_t at = text.find(quoted);
  return kSafetensorsHeaderBegin + (at == std::string_view::npos ? 0 : at);
}

}  // namespace ckptlint
