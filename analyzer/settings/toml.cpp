// The one place where toml++ is compiled.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16

#include "settings/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace ckptlint {
namespace {

// toml++ follows dotted keys as deep as they go, and so do the destructors of what it makes of them: what could make
// them deep is refused before.  A key is written in one line.
constexpr std::ptrdiff_t kMostDots = 400;  // in a line
constexpr int kDeepestValue = 8;           // of tables and lists in each other

std::optional<TomlDefect> defect_before_reading(std::string_view text) {
  if (text.size() > kLongestToml) return TomlDefect{{1, 1}, "is too long for a configuration"};
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    if (std::count(part.begin(), part.end(), '.') > kMostDots)
      return TomlDefect{{line, 1}, "has too many dots in a line"};
    at = end + 1;
  }
  return std::nullopt;
}

TomlPlace place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

class TomlCopy {
 public:
  TomlValue of(const toml::node& node, int depth) {
    TomlValue value;
    value.place = place_of(node.source());
    if (const auto* table = node.as_table(); table != nullptr) {
      value.kind = TomlValue::Kind::kTable;
      if (!is_too_deep(value, depth)) add_members(*table, depth, value);
    } else if (const auto* list = node.as_array(); list != nullptr) {
      value.kind = TomlValue::Kind::kList;
      if (is_too_deep(value, depth)) return value;
      for (const toml::node& item : *list) value.items.push_back(of(item, depth + 1));
    } else if (const auto* text = node.as_string(); text != nullptr) {
      value.kind = TomlValue::Kind::kText;
      value.text = text->get();
    } else if (const auto* flag = node.as_boolean(); flag != nullptr) {
      value.kind = TomlValue::Kind::kFlag;
      value.flag = flag->get();
    } else if (const auto* integer = node.as_integer(); integer != nullptr) {
      value.kind = TomlValue::Kind::kInteger;
      value.integer = integer->get();
    } else {
      value.kind = TomlValue::Kind::kOther;
    }
    return value;
  }

  std::optional<TomlDefect> defect;

 private:
  bool is_too_deep(const TomlValue& value, int depth) {
    if (depth < kDeepestValue) return false;
    if (!defect) defect = TomlDefect{value.place, "nests too deeply for a configuration"};
    return true;
  }

  void add_members(const toml::table& table, int depth, TomlValue& value) {
    for (const auto& [key, node] : table)
      value.members.push_back({std::string(key.str()), place_of(key.source()), of(node, depth + 1)});
    std::sort(value.members.begin(), value.members.end(), [](const TomlMember& a, const TomlMember& b) {
      return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
  }
};

}  // namespace

const TomlMember* TomlValue::find(std::string_view key) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const TomlMember& each) { return each.key == key; });
  return found == members.end() ? nullptr : &*found;
}

std::variant<TomlValue, TomlDefect> toml_document(std::string_view text) {
  if (auto defect = defect_before_reading(text)) return std::move(*defect);
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::parse_error& error = result.error();
    std::string what(error.description());
    std::replace(what.begin(), what.end(), '\'', '`');
    return TomlDefect{place_of(error.source()), "is no TOML: " + what};
  }
  TomlCopy copy;
  TomlValue value = copy.of(result.table(), 0);
  if (copy.defect) return std::move(*copy.defect);
  return value;
}

}  // namespace ckptlint
