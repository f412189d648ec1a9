// TOML of unknown origin as a plain value, with the line and column of everything in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ckptlint {

// Counted from 1; columns in characters.
struct TomlPlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct TomlMember;

struct TomlValue {
  enum class Kind : std::uint8_t { kText, kFlag, kInteger, kOther, kList, kTable };  // kOther: a float, a date, a time
  Kind kind = Kind::kTable;
  TomlPlace place;
  std::string text;  // of a text
  bool flag = false;
  std::int64_t integer = 0;
  std::vector<TomlValue> items;     // of a list
  std::vector<TomlMember> members;  // of a table, as they are written one after the other

  const TomlMember* find(std::string_view key) const;
};

struct TomlMember {
  std::string key;
  TomlPlace place;  // of the key
  TomlValue value;
};

struct TomlDefect {
  TomlPlace place;
  std::string what;  // a clause
};

// What is longer, or nests deeper than any configuration does, is a defect like what is no TOML.
inline constexpr std::size_t kLongestToml = 256u << 10;
std::variant<TomlValue, TomlDefect> toml_document(std::string_view text);

}  // namespace ckptlint
