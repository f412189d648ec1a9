// What configuration files say, as settings with the place that each comes from; and what a configuration may say,
// which whoever reads one tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "settings/toml.h"

namespace ckptlint {

// A key of the configuration.
struct SettingKey {
  enum class Takes : std::uint8_t {
    kFlag,
    kNumber,
    kText,
    kTexts,  // one, or a list
    kPairs,  // a table of texts: each "name=text"
    kLists,  // a table of texts or lists: each "name:text,text"
  };
  std::string name;
  Takes takes = Takes::kText;
  // What the texts may be, or the names of a table of pairs; empty: anything.
  std::vector<std::string_view> words{};
  std::vector<std::string_view> right_words{};  // what the texts of a table may be; empty: anything
  bool commas = false;                          // several words may be joined by commas
  bool table = false;                           // a table is taken, too, as JSON
  // A text that names a file or folder is taken from where the configuration lies: always, or where there is one.
  enum class Path : std::uint8_t { kNone, kPerhaps, kAlways };
  Path path = Path::kNone;
  bool glob = false;  // the names of the table are patterns of paths, likewise
  // What a configuration that comes with the model may not say: the key as a whole, or these words.
  bool own_only = false;
  std::vector<std::string_view> guarded{};
};

struct SettingsSchema {
  std::vector<SettingKey> keys;
  std::vector<SettingKey> placement_keys;  // of a [[placement]], beside its name; empty: there are no placements
};

// A place in a configuration: "ckptlint.toml:3:1".  Line 0: no place in a file.
struct SettingPlace {
  std::string file;  // as shown to people
  TomlPlace at;
};
std::string shown(const SettingPlace& place);

struct Setting {
  std::string name;
  std::vector<std::string> values;  // as the option of that name takes them; of a flag "true" or "false"
  std::vector<TomlPlace> places{};  // of each
  SettingPlace place{};             // of the key

  void add(std::string value, const TomlPlace& at);
};

struct PlacementSettings {
  std::string name;
  std::vector<Setting> settings;
};

// What one file says.
struct SettingsLayer {
  std::string file;          // as shown to people
  std::string folder;        // that it lies in, absolute
  bool foreign = false;      // it comes with the model rather than from who asks
  bool inline_text = false;  // it is no file but a text of the command line
  std::string extends;       // the file that it builds on, absolute; may be empty
  SettingPlace extends_place;
  std::vector<Setting> settings;
  std::vector<PlacementSettings> placements;
};

// A clause that says what is wrong with a text of that key: "is `x`, which is none of ..."; "" where it may be said.
std::string complaint_about_value(const SettingKey& key, std::string_view value);

}  // namespace ckptlint
