// Parses the header of a safetensors file, accepting what the reference implementation accepts and naming what it
// refuses.
#include "checkpoint/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "base/byte_text.h"
#include "base/escape.h"
#include "base/json_cursor.h"
#include "checkpoint/plain_rows.h"

namespace ckptlint {
namespace {

constexpr std::size_t kLongestName = 65'536;
constexpr std::size_t kTypicalRow = 128;  // bytes of a tensor in a header

std::string_view words_for(JsonToken token) {
  switch (token) {
    case JsonToken::kObject:
      return "an object";
    case JsonToken::kArray:
      return "a list";
    case JsonToken::kString:
      return "a string";
    case JsonToken::kWholeNumber:
      return "a number";
    case JsonToken::kOtherNumber:
      return "a negative number or a fraction";
    case JsonToken::kTrue:
    case JsonToken::kFalse:
      return "a truth value";
    default:
      return "null";
  }
}

// Reads {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {...}}.
class HeaderReader {
 public:
  HeaderReader(const SharedBytes& text, const ReadLimits& limits, DefectLog& log)
      : json_(text.view(), JsonNumbers::kFinite),
        limits_(limits),
        log_(log),
        plain_rows_(limits.rank, header_.extents) {
    header_.texts.push_back(text.owner());
    header_.tensors.reserve(std::min<std::size_t>(limits.tensors, text.size() / kTypicalRow));
  }

  SafetensorsHeader run() {
    header_.complete = read() && !left_out_;
    return std::move(header_);
  }

 private:
  // Each of these reads one value, and returns false where the text goes wrong or nothing more is to be read.

  bool read() {
    if (json_.next() != JsonToken::kObject) return syntax_error();
    bool has_metadata = false;
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const bool is_tensor = json_.string() != "__metadata__";
      if (!is_tensor && std::exchange(has_metadata, true)) {
        log_.add(DefectKind::kMetadata, true, here(), "", "the header has `__metadata__` twice");
      }
      if (!(is_tensor ? read_tensor() : read_metadata())) return false;
      read_plain_rows();
    }
    return (token == JsonToken::kObjectEnd && json_.next() == JsonToken::kEnd) || syntax_error();
  }

  // Rows as nearly all writers spell them, read without looking at each token; up to the first that differs.
  void read_plain_rows() {
    while (header_.tensors.size() < limits_.tensors) {
      const auto row = plain_rows_.read(json_.rest());
      if (!row) return;
      json_.pass_members(row->length);
      StoredTensor& tensor = header_.tensors.emplace_back();
      tensor.name = row->name;
      tensor.dtype = row->dtype;
      tensor.type_name = row->type_name;
      tensor.first_extent = row->first_extent;
      tensor.rank = row->rank;
      tensor.begin = row->begin;
      tensor.end = row->end;
    }
  }

  bool read_metadata() {
    const JsonToken value = json_.next();
    if (value == JsonToken::kNull) return true;
    if (value != JsonToken::kObject) {
      if (value != JsonToken::kError) {
        log_.add(DefectKind::kMetadata, true, here(), "",
                 fmt::format("`__metadata__` is {}, not an object", words_for(value)));
      }
      return json_.skip_rest(value) || syntax_error();
    }
    header_.has_metadata = true;
    std::size_t kept = 0;
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const std::string name(json_.string().substr(0, kMaxMetadataBytes));
      const JsonToken item = json_.next();
      if (item == JsonToken::kString) {
        const std::string_view text = json_.string().substr(0, kMaxMetadataBytes);
        constexpr std::size_t kOfAnEntry = 100;  // what a map takes beside its texts
        kept += name.size() + text.size() + kOfAnEntry;
        header_.metadata_cut |= kept > kMaxMetadata || text.size() == kMaxMetadataBytes;
        if (kept <= kMaxMetadata) header_.metadata[name] = text;
        continue;
      }
      if (item != JsonToken::kError) {
        log_.add_with(DefectKind::kMetadata, true, [&] {
          return DefectLog::Words{
              here(), "",
              fmt::format("the value of {} in `__metadata__` is {}, not a string", quoted_name(name), words_for(item))};
        });
      }
      if (!json_.skip_rest(item)) return syntax_error();
    }
    return token == JsonToken::kObjectEnd || syntax_error();
  }

  bool read_tensor() {
    if (header_.tensors.size() >= limits_.tensors) {
      log_.add(DefectKind::kTooManyTensors, false, here(), "",
               fmt::format("the header has more than {} tensors; the rest was not read", limits_.tensors));
      return false;
    }
    tensor_ = {};
    faulty_ = false;
    tensor_begin_ = here();
    if (json_.string().size() > kLongestName) {
      fault(fmt::format("is a name of {} bytes", json_.string().size()), DefectKind::kHeaderField, false);
      return json_.skip_value() || syntax_error();
    }
    tensor_.name = stored(json_);
    tensor_.first_extent = static_cast<std::uint32_t>(header_.extents.size());
    const JsonToken value = json_.next();
    if (value == JsonToken::kObject) return read_fields() || syntax_error();
    if (value == JsonToken::kArray) return read_listed_fields() || syntax_error();
    if (value != JsonToken::kError) fault(fmt::format("is {}, not an object", words_for(value)));
    return json_.skip_rest(value) || syntax_error();
  }

  bool read_fields() {
    std::uint8_t seen = 0;
    JsonToken token = json_.next();
    for (; token == JsonToken::kKey; token = json_.next()) {
      const Field field = field_of(json_.string());
      if ((seen & bit(field)) != 0) fault(fmt::format("has `{}` twice", kFieldNames[static_cast<std::size_t>(field)]));
      seen |= bit(field);
      if (!read_field(field, json_.next())) return false;
    }
    if (token != JsonToken::kObjectEnd) return false;
    for (const Field field : kFields) {
      if ((seen & bit(field)) == 0) fault(fmt::format("has no `{}`", kFieldNames[static_cast<std::size_t>(field)]));
    }
    keep_tensor();
    return true;
  }

  // No writer makes ["U8", [4], [0, 4]], but the reference implementation reads it.
  bool read_listed_fields() {
    std::size_t count = 0;
    for (JsonToken token = json_.next(); token != JsonToken::kArrayEnd; token = json_.next(), ++count) {
      if (!read_field(count < kFields.size() ? kFields[count] : Field::kOther, token)) return false;
    }
    if (count != kFields.size()) fault(fmt::format("is a list of {}, not an object", counted(count, "item")));
    keep_tensor();
    return true;
  }

  void keep_tensor() {
    if (faulty_) {
      header_.extents.resize(tensor_.first_extent);
    } else {
      header_.tensors.push_back(tensor_);
    }
  }

  enum class Field : std::uint8_t { kDtype, kShape, kOffsets, kOther };
  static constexpr std::array kFields = {Field::kDtype, Field::kShape, Field::kOffsets};
  static constexpr std::array<std::string_view, 3> kFieldNames = {"dtype", "shape", "data_offsets"};
  static std::uint8_t bit(Field field) { return field == Field::kOther ? 0 : 1 << static_cast<int>(field); }

  static Field field_of(std::string_view name) {
    for (std::size_t i = 0; i < kFieldNames.size(); ++i) {
      if (kFieldNames[i] == name) return static_cast<Field>(i);
    }
    return Field::kOther;
  }

  // `value` was read, the rest of it was not.
  bool read_field(Field field, JsonToken value) {
    if (field == Field::kOther) return json_.skip_rest(value);
    if (field == Field::kDtype && value == JsonToken::kString) return set_dtype(json_.string());
    if (field == Field::kDtype && value == JsonToken::kObject) return read_dtype_object();
    if (field == Field::kShape && value == JsonToken::kArray) return read_shape();
    if (field == Field::kOffsets && value == JsonToken::kArray) return read_offsets();
    if (value != JsonToken::kError) fault_in(field, value);
    return json_.skip_rest(value);
  }

  // {"U8": null} is the other form of "U8" that the reference implementation reads.
  bool read_dtype_object() {
    JsonToken token = json_.next();
    const bool named = token == JsonToken::kKey && set_dtype(json_.string());
    if (named) token = json_.next();
    const bool empty = named && token == JsonToken::kNull;
    if (empty) token = json_.next();
    if (token == JsonToken::kError) return false;
    if (empty && token == JsonToken::kObjectEnd) return true;
    fault_in(Field::kDtype, JsonToken::kObject);
    return token == JsonToken::kObjectEnd || skip_object_from(token);
  }

  // Over the rest of an object in which `token` was read.
  bool skip_object_from(JsonToken token) {
    for (; token != JsonToken::kObjectEnd; token = json_.next()) {
      if (token == JsonToken::kError || (token != JsonToken::kKey && !json_.skip_rest(token))) return false;
    }
    return true;
  }

  bool read_shape() {
    JsonToken token = json_.next();
    for (; token == JsonToken::kWholeNumber; token = json_.next()) add_extent(json_.number());
    return end_of_list(Field::kShape, token);
  }

  bool read_offsets() {
    std::array<std::uint64_t, 2> offsets{};
    std::size_t count = 0;
    JsonToken token = json_.next();
    for (; token == JsonToken::kWholeNumber; token = json_.next()) {
      if (count < offsets.size()) offsets[count] = json_.number();
      ++count;
    }
    if (token == JsonToken::kArrayEnd && count != 2) {
      fault(fmt::format("has {} numbers in its `data_offsets`, not 2", count));
    }
    tensor_.begin = offsets[0];
    tensor_.end = offsets[1];
    return end_of_list(Field::kOffsets, token);
  }

  // `token` is what ended a list of numbers: its end, or an item that is none.
  bool end_of_list(Field field, JsonToken token) {
    while (token != JsonToken::kArrayEnd) {
      if (token == JsonToken::kError) return false;
      if (token != JsonToken::kWholeNumber) fault_in(field, token);
      if (!json_.skip_rest(token)) return false;
      token = json_.next();
    }
    return true;
  }

  bool set_dtype(std::string_view name) {
    if (const auto dtype = dtype_of_safetensors_name(name)) {
      tensor_.dtype = *dtype;
      tensor_.type_name = safetensors_name(*dtype);
      return true;
    }
    header_.has_unknown_dtypes = true;
    log_.add_with(DefectKind::kUnknownDtype, true, [&] {
      return DefectLog::Words{tensor_begin_, tensor_.name,
                              fmt::format("{} has the dtype {}, which is none of the format's",
                                          quoted_name(tensor_.name), quoted_name(name))};
    });
    return true;
  }

  void add_extent(std::uint64_t extent) {
    if (extent > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fault(fmt::format("has a dimension of {}", extent), DefectKind::kShapeOverflow);
    } else if (tensor_.rank < limits_.rank) {
      header_.extents.push_back(static_cast<std::int64_t>(extent));
      ++tensor_.rank;
    } else if (!faulty_) {
      fault(fmt::format("has more than {} dimensions", limits_.rank));
    }
  }

  // Names are views of the header's own text, or of a text of their own where they are written with escapes.
  std::string_view stored(const JsonCursor& json) {
    if (json.is_verbatim()) return json.string();
    const auto own = std::make_shared<const std::string>(json.string());
    header_.texts.push_back(own);
    return *own;
  }

  std::uint64_t here() const { return kSafetensorsHeaderBegin + json_.offset(); }

  bool syntax_error() {
    log_.add(DefectKind::kHeaderSyntax, true, here(), "",
             json_.too_deep() ? fmt::format("the header nests deeper than {} levels", JsonCursor::kDeepest)
                              : fmt::format("the header is not valid JSON at byte {}", here()));
    return false;
  }

  void fault_in(Field field, JsonToken value) {
    fault(fmt::format("has {} in its `{}`", words_for(value), kFieldNames[static_cast<std::size_t>(field)]));
  }
  // One complaint a tensor; it is left out.
  void fault(const std::string& what, DefectKind kind = DefectKind::kHeaderField, bool stops_loading = true) {
    if (std::exchange(faulty_, true)) return;
    left_out_ = true;
    log_.add_with(kind, stops_loading, [&] {
      const std::string_view name = tensor_.name.empty() ? json_.string() : tensor_.name;
      return DefectLog::Words{tensor_begin_, tensor_.name, fmt::format("{} {}", quoted_name(name), what)};
    });
  }

  JsonCursor json_;
  const ReadLimits& limits_;
  DefectLog& log_;
  SafetensorsHeader header_;
  PlainRows plain_rows_;
  StoredTensor tensor_;  // the one being read
  std::uint64_t tensor_begin_ = 0;
  bool faulty_ = false;    // it has been complained about
  bool left_out_ = false;  // some tensor was
};

}  // namespace

SafetensorsHeader parse_safetensors_header(const SharedBytes& text, const ReadLimits& limits, DefectLog& log) {
  return HeaderReader(text, limits, log).run();
}

std::uint64_t header_offset(std::string_view text, std::string_view tensor) {
  // A verbatim name is a view of the text; std::less orders any two pointers.
  const std::less<> before;
  const bool inside = !before(tensor.data(), text.data()) && before(tensor.data(), text.data() + text.size());
  return kSafetensorsHeaderBegin + (inside ? static_cast<std::uint64_t>(tensor.data() - text.data()) - 1 : 0);
}

}  // namespace ckptlint
