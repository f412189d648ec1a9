// JSON read from front to back, for texts too large or too hostile to become documents: headers of weight files,
// indexes. nlohmann's event interface, used elsewhere, takes three times as long, copies every name, and does not tell
// where in the text a value is.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ckptlint {

enum class JsonToken : std::uint8_t {
  kObject,
  kObjectEnd,
  kArray,
  kArrayEnd,
  kKey,
  kString,
  kWholeNumber,  // without sign, fraction and exponent, below 2^64
  kOtherNumber,
  kTrue,
  kFalse,
  kNull,
  kEnd,    // after the one value that a text has, and nothing but blanks behind it
  kError,  // and from then on for good
};

// Which numbers are no error: all that can be written, as in Python, or those that a double can hold, as in Rust.
enum class JsonNumbers : std::uint8_t { kAll, kFinite };

// Strict (RFC 8259): no comments, no trailing commas, no NUL, strings in UTF-8.  Keeps no stack that grows with the
// text.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text, JsonNumbers numbers = JsonNumbers::kAll)
      : text_(text), numbers_(numbers) {}

  JsonToken next();
  // The byte at which the token just read begins; after an error the byte at which the text went wrong.
  std::size_t offset() const { return offset_; }
  // Of kKey and kString, valid until the next token.  A view of the text itself where `is_verbatim()`, for which there
  // must be no escapes in it.
  std::string_view string() const { return string_; }
  bool is_verbatim() const { return verbatim_; }
  // Of kWholeNumber.
  std::uint64_t number() const { return number_; }
  // Objects and arrays that are open.
  std::uint32_t depth() const { return depth_; }
  bool too_deep() const { return too_deep_; }  // why an error came

  // Behind a member of an object: the text from there on, and a way past members that the caller read from it by
  // itself.
  std::string_view rest() const { return text_.substr(at_); }
  void pass_members(std::size_t bytes) { at_ += bytes; }

  // After kKey, or in an array before next(): passes over one whole value.  False on an error.
  bool skip_value();
  // After `token` was read: passes over the rest of the value that it begins.  False on an error.
  bool skip_rest(JsonToken token);

  static constexpr std::uint32_t kDeepest = 127;  // as in Rust

 private:
  enum class State : std::uint8_t { kValue, kFirstKey, kKey, kFirstItem, kAfterValue, kEnd, kError };

  JsonToken fail(std::size_t offset);
  JsonToken open(bool object);
  JsonToken close(bool object);
  JsonToken value();
  JsonToken key();
  JsonToken word(std::string_view letters, JsonToken token);
  JsonToken number_token();
  bool read_string();
  bool decode_string(std::size_t begin, std::size_t end);
  void skip_blanks();
  bool in_object() const { return depth_ > 0 && objects_[depth_ - 1]; }

  std::string_view text_;
  JsonNumbers numbers_;
  std::size_t at_ = 0;
  std::size_t offset_ = 0;
  State state_ = State::kValue;
  std::uint32_t depth_ = 0;
  std::bitset<kDeepest> objects_;  // a bit a level: 1 for an object
  bool too_deep_ = false;
  bool verbatim_ = true;
  std::string_view string_;
  std::string decoded_;
  std::uint64_t number_ = 0;
};

}  // namespace ckptlint
