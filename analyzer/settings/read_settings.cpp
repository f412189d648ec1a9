// Checks each key of a configuration against what may be said, and makes of its value what the option of that name
// takes.
#include "settings/read_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/escape.h"
#include "base/json_text.h"
#include "base/nearest_word.h"
#include "settings/find_settings.h"
#include "settings/glob.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;
using Kind = TomlValue::Kind;
using Takes = SettingKey::Takes;

constexpr std::size_t kMostWordsListed = 8;
constexpr std::size_t kMostPlacements = 64;
constexpr std::int64_t kLargestNumber = 1'000'000;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a text";
    case Kind::kFlag:
      return "true or false";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kOther:
      return "a number with a point, or a date";
    case Kind::kList:
      return "a list";
    case Kind::kTable:
      return "a table";
  }
  return "";
}

std::string_view name_of(Takes takes) {
  switch (takes) {
    case Takes::kFlag:
      return "true or false";
    case Takes::kNumber:
      return "a whole number";
    case Takes::kText:
      return "a text";
    case Takes::kTexts:
      return "a text or a list of texts";
    case Takes::kPairs:
      return "a table of texts";
    case Takes::kLists:
      return "a table of texts or lists of texts";
  }
  return "";
}

// A clause; empty where the word is one of them, or there are none to be one of.
std::string complaint_about_word(std::string_view word, const std::vector<std::string_view>& words) {
  if (words.empty() || std::find(words.begin(), words.end(), word) != words.end()) return "";
  if (words.size() > kMostWordsListed)
    return fmt::format("names {}, which is not known{}", quoted_name(word), did_you_mean(word, words));
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i)
    all += fmt::format("{}`{}`", i == 0 ? "" : i + 1 < words.size() ? ", " : " and ", words[i]);
  return fmt::format("is {}, which is none of {}{}", quoted_name(word), all, did_you_mean(word, words));
}

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// JSON of a value without dates and floats; empty where it has any.
std::optional<std::string> json_of(const TomlValue& value) {
  std::string json;
  bool first = true;
  switch (value.kind) {
    case Kind::kText:
      append_json_string(value.text, json);
      return json;
    case Kind::kFlag:
      return value.flag ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(value.integer);
    case Kind::kOther:
      return std::nullopt;
    case Kind::kList:
      for (const TomlValue& item : value.items) {
        const auto text = json_of(item);
        if (!text) return std::nullopt;
        json += (std::exchange(first, false) ? "[" : ", ") + *text;
      }
      return first ? "[]" : json + "]";
    case Kind::kTable:
      for (const TomlMember& member : value.members) {
        const auto text = json_of(member.value);
        if (!text) return std::nullopt;
        json += std::exchange(first, false) ? "{" : ", ";
        append_json_string(member.key, json);
        json += ": " + *text;
      }
      return first ? "{}" : json + "}";
  }
  return std::nullopt;
}

class SettingsReader {
 public:
  SettingsReader(const SettingsFile& file, const SettingsSchema& schema) : file_(file), schema_(schema) {
    layer_.file = file.shown;
    layer_.folder = file.folder;
    layer_.foreign = file.foreign;
  }

  // An error where `table` has anything that may not be said.
  Result<SettingsLayer> layer_of(const TomlValue& table) {
    std::vector<std::string_view> names{"extend"};
    if (!schema_.placement_keys.empty()) names.emplace_back("placement");
    for (const SettingKey& key : schema_.keys) names.push_back(key.name);
    for (const TomlMember& member : table.members) {
      if (member.key == "extend")
        read_extend(member);
      else if (member.key == "placement" && !schema_.placement_keys.empty())
        read_placements(member);
      else
        read_key(member, schema_.keys, names, layer_.settings);
      if (error_) return std::move(*error_);
    }
    return std::move(layer_);
  }

 private:
  // The first counts.
  void fail(const TomlPlace& place, const std::string& sentence) {
    if (!error_) error_ = Error{fmt::format("{}: {}", shown({file_.shown, place}), sentence)};
  }

  void read_key(const TomlMember& member, const std::vector<SettingKey>& keys,
                const std::vector<std::string_view>& names, std::vector<Setting>& into) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const SettingKey& each) { return each.name == member.key; });
    if (key == keys.end())
      return fail(member.place,
                  fmt::format("there is no key {}{}", quoted_name(member.key), did_you_mean(member.key, names)));
    if (file_.foreign && key->own_only)
      return fail(member.place, fmt::format("`{}` is not taken from a configuration that comes with the model; "
                                            "`--config {}` takes it as your own",
                                            key->name, printable(file_.shown)));
    Setting setting{key->name, {}, {}, {file_.shown, member.place}};
    read_value(member.value, *key, setting);
    into.push_back(std::move(setting));
  }

  void read_value(const TomlValue& value, const SettingKey& key, Setting& into) {
    const auto wrong = [&](const TomlValue& found) {
      const bool needs_quotes =
          key.takes == Takes::kText && (found.kind == Kind::kOther || found.kind == Kind::kInteger);
      fail(found.place, fmt::format("`{}` takes {}{}, and this is {}{}", key.name, name_of(key.takes),
                                    key.table ? " or a table" : "", name_of(found.kind),
                                    needs_quotes ? ": put it into quotes" : ""));
    };
    if (key.table && value.kind == Kind::kTable) {
      const auto json = json_of(value);
      if (!json) return fail(value.place, fmt::format("the table `{}` has a date or a number with a point", key.name));
      into.add(*json, value.place);
      return;
    }
    switch (key.takes) {
      case Takes::kFlag:
        if (value.kind != Kind::kFlag) return wrong(value);
        into.add(value.flag ? "true" : "false", value.place);
        return;
      case Takes::kNumber:
        if (value.kind != Kind::kInteger) return wrong(value);
        if (value.integer < 0 || value.integer > kLargestNumber)
          return fail(value.place, fmt::format("`{}` is not between 0 and {}", key.name, kLargestNumber));
        into.add(std::to_string(value.integer), value.place);
        return;
      case Takes::kText:
        if (value.kind != Kind::kText) return wrong(value);
        return add_text(value, key, into);
      case Takes::kTexts:
        if (value.kind == Kind::kText) return add_text(value, key, into);
        if (value.kind != Kind::kList) return wrong(value);
        for (const TomlValue& item : value.items) {
          if (item.kind != Kind::kText) return wrong(item);
          add_text(item, key, into);
        }
        return;
      case Takes::kPairs:
      case Takes::kLists:
        if (value.kind != Kind::kTable) return wrong(value);
        for (const TomlMember& member : value.members) add_pair(member, key, into);
        return;
    }
  }

  void check_text(const TomlPlace& place, const SettingKey& key, const std::string& text) {
    if (text.find('\0') != std::string::npos) return fail(place, fmt::format("`{}` has a character 0 in it", key.name));
    if (const std::string clause = complaint_about_value(key, text); !clause.empty())
      return fail(place, fmt::format("`{}` {}", key.name, clause));
    for (const std::string& word : key.commas ? parts_of(text, ',') : std::vector{text})
      check_guarded(place, key, word);
  }

  void check_guarded(const TomlPlace& place, const SettingKey& key, const std::string& word) {
    if (!file_.foreign || std::find(key.guarded.begin(), key.guarded.end(), word) == key.guarded.end()) return;
    fail(place, fmt::format("`{}` is about `{}`, which a configuration that comes with the model does not change; "
                            "`--config {}` takes it as your own",
                            key.name, word, printable(file_.shown)));
  }

  void add_text(const TomlValue& value, const SettingKey& key, Setting& into) {
    check_text(value.place, key, value.text);
    const bool is_name = key.path == SettingKey::Path::kPerhaps && value.text.find_first_of("./") == std::string::npos;
    if (key.path == SettingKey::Path::kNone || is_name)
      into.add(value.text, value.place);
    else
      into.add(path_of(value.place, key.name, value.text, key.path == SettingKey::Path::kAlways), value.place);
  }

  // What is named from where the configuration lies; a text that may mean something else stays where nothing is there.
  std::string path_of(const TomlPlace& place, const std::string& name, const std::string& text, bool always) {
    if (text.empty() || text == "-") return text;
    fs::path path(text);
    if (const char* home = std::getenv("HOME"); text.starts_with("~/") && home != nullptr) path = home + text.substr(1);
    path = (fs::path(file_.folder) / path).lexically_normal();
    std::error_code failed;
    constexpr std::size_t kLongestPath = 4096;
    if (!always && (text.size() > kLongestPath || !fs::exists(path, failed))) return text;
    if (file_.foreign && !lies_in(path.string(), file_.folder) && !lies_in(path.string(), file_.working_folder))
      fail(place, fmt::format("`{}` leads out of the folder of a configuration that comes with the model", name));
    return path.string();
  }

  void add_pair(const TomlMember& member, const SettingKey& key, Setting& into) {
    if (const std::string clause = complaint_about_word(member.key, key.words); !clause.empty())
      return fail(member.place, fmt::format("`{}` {}", key.name, clause));
    check_guarded(member.place, key, member.key);
    const char separator = key.takes == Takes::kPairs ? '=' : ':';
    std::string left = member.key;
    if (key.glob) {
      const Result<Glob> glob = Glob::parse(left);
      if (!glob.ok())
        return fail(member.place, fmt::format("the pattern {} {}", quoted_name(left), glob.error().message));
      if (left.find('/') != std::string::npos && !left.starts_with('/'))
        left = protected_from_glob(file_.folder) + "/" + (left.starts_with("./") ? left.substr(2) : left);
    }
    const auto right = [&](const TomlValue& value) -> std::string {
      if (value.kind != Kind::kText) {
        fail(value.place,
             fmt::format("`{}` takes {}, and this is {}", key.name, name_of(key.takes), name_of(value.kind)));
        return "";
      }
      if (const std::string clause = complaint_about_word(value.text, key.right_words); !clause.empty())
        fail(value.place, fmt::format("`{}` {}", key.name, clause));
      check_guarded(value.place, key, value.text);
      return value.text;
    };
    if (key.takes == Takes::kPairs || member.value.kind != Kind::kList) {
      into.add(left + separator + right(member.value), member.place);
      return;
    }
    std::string all;
    for (const TomlValue& item : member.value.items) all += (all.empty() ? "" : ",") + right(item);
    if (!all.empty()) into.add(left + separator + all, member.place);
  }

  void read_extend(const TomlMember& member) {
    if (member.value.kind != Kind::kText)
      return fail(member.value.place, fmt::format("`extend` takes a text, and this is {}", name_of(member.value.kind)));
    if (member.value.text.empty() || member.value.text.find('\0') != std::string::npos)
      return fail(member.value.place, "`extend` names no file");
    layer_.extends = path_of(member.value.place, "extend", member.value.text, true);
    layer_.extends_place = {file_.shown, member.value.place};
  }

  void read_placements(const TomlMember& member) {
    const auto is_table = [](const TomlValue& value) { return value.kind == Kind::kTable; };
    const std::vector<TomlValue>& all = member.value.items;
    if (member.value.kind != Kind::kList || !std::all_of(all.begin(), all.end(), is_table))
      return fail(member.place, "each placement is a table `[[placement]]` of its own");
    if (all.size() > kMostPlacements)
      return fail(member.place, fmt::format("there are more than {} placements", kMostPlacements));
    std::vector<std::string_view> names{"name"};
    for (const SettingKey& key : schema_.placement_keys) names.push_back(key.name);
    std::set<std::string> known;
    for (const TomlValue& table : all) {
      PlacementSettings placement;
      const TomlMember* name = table.find("name");
      if (name == nullptr || name->value.kind != Kind::kText || name->value.text.empty())
        return fail(name == nullptr ? table.place : name->value.place, "a placement has a `name`, which is a text");
      placement.name = name->value.text;
      if (!known.insert(placement.name).second)
        return fail(name->value.place, fmt::format("there are two placements {}", quoted_name(placement.name)));
      for (const TomlMember& each : table.members) {
        if (each.key != "name") read_key(each, schema_.placement_keys, names, placement.settings);
      }
      layer_.placements.push_back(std::move(placement));
    }
  }

  const SettingsFile& file_;
  const SettingsSchema& schema_;
  SettingsLayer layer_;
  std::optional<Error> error_;
};

Result<TomlValue> document_of(std::string_view text, const SettingsFile& file) {
  auto read = toml_document(text);
  if (const TomlDefect* defect = std::get_if<TomlDefect>(&read); defect != nullptr)
    return Error{fmt::format("{}: {}", shown({file.shown, defect->place}), printable(defect->what))};
  return std::move(std::get<TomlValue>(read));
}

// [tool.ckptlint], or null.
const TomlMember* own_table(const TomlValue& pyproject) {
  const TomlMember* tool = pyproject.find("tool");
  return tool == nullptr ? nullptr : tool->value.find("ckptlint");
}

}  // namespace

std::string shown(const SettingPlace& place) {
  if (place.at.line == 0) return printable(place.file);
  return fmt::format("{}:{}:{}", printable(place.file), place.at.line, place.at.column);
}

void Setting::add(std::string value, const TomlPlace& at) {
  values.push_back(std::move(value));
  places.push_back(at);
}

std::string complaint_about_value(const SettingKey& key, std::string_view value) {
  const bool pair = key.takes == Takes::kPairs || key.takes == Takes::kLists;
  if (pair) {
    const char separator = key.takes == Takes::kPairs ? '=' : ':';
    const std::size_t at = key.takes == Takes::kPairs ? value.find(separator) : value.rfind(separator);
    if (at == std::string_view::npos) return fmt::format("is {}, which has no `{}`", quoted_name(value), separator);
    if (std::string clause = complaint_about_word(value.substr(0, at), key.words); !clause.empty()) return clause;
    for (const std::string& word : parts_of(value.substr(at + 1), ',')) {
      if (std::string clause = complaint_about_word(word, key.right_words); !clause.empty()) return clause;
    }
    return "";
  }
  for (const std::string& word : key.commas ? parts_of(value, ',') : std::vector{std::string(value)}) {
    if (std::string clause = complaint_about_word(word, key.words); !clause.empty()) return clause;
  }
  return "";
}

Result<SettingsLayer> read_settings(std::string_view text, const SettingsFile& file, const SettingsSchema& schema) {
  const Result<TomlValue> document = document_of(text, file);
  if (!document.ok()) return document.error();
  const TomlValue* table = &*document;
  if (file.pyproject) {
    const TomlMember* own = own_table(*document);
    if (own == nullptr) return Error{fmt::format("{} has no [tool.ckptlint]", quoted_name(file.shown))};
    table = &own->value;
    if (table->kind != Kind::kTable)
      return Error{fmt::format("{}: `tool.ckptlint` is a table", shown({file.shown, own->place}))};
  }
  return SettingsReader(file, schema).layer_of(*table);
}

Result<bool> has_settings(std::string_view text, const SettingsFile& file) {
  // That of most projects says nothing of this program, and may be what it likes.
  if (text.find("ckptlint") == std::string_view::npos) return false;
  const Result<TomlValue> document = document_of(text, file);
  if (!document.ok()) return document.error();
  return own_table(*document) != nullptr;
}

}  // namespace ckptlint
