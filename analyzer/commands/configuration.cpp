// Which configuration counts for a model, and how its settings become options.
#include "commands/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "ckptlint/rule.h"
#include "commands/shared_options.h"
#include "hub/address.h"
#include "hub/locate.h"
#include "settings/find_settings.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;

// Of `check`: about one call.
constexpr std::array<std::string_view, 8> kNoKeys = {
    "config", "isolated", "show-settings", "suppress-all", "prune-suppressions", "stdin", "item-time", "item-memory"};
// What means something else to each command.
constexpr std::array<std::string_view, 2> kOfCheckAlone = {"output-format", "verbose"};

SettingsSchema schema_of_check() {
  SettingsSchema schema;
  std::vector<std::string_view> of_security;
  for (const Rule* rule : rules()) {
    if (rule->of_security) of_security.push_back(rule->name);
  }
  OptionTable table;
  const auto run = find_command("check")->prepare(table);
  for (const OptionRow& row : table.rows()) {
    if (std::find(kNoKeys.begin(), kNoKeys.end(), row.name) != kNoKeys.end()) continue;
    schema.keys.push_back(key_of(row));
    const bool turns_off =
        row.name == "ignore" || row.name == "extend-ignore" || row.name == "severity" || row.name == "per-file-ignores";
    if (turns_off) schema.keys.back().guarded = of_security;
  }
  OptionTable of_placement;
  ModelOptions model;
  PlacementOptions placement;
  add_placement_options(of_placement, model, placement);
  for (const OptionRow& row : of_placement.rows()) schema.placement_keys.push_back(key_of(row));
  return schema;
}

}  // namespace

void add_configuration_options(OptionTable& table, ConfigurationOptions& options) {
  table.value("config", options.config, {.name = "FILE|KEY=VALUE", .path = true},
              "the configuration, instead of the one that is found, or one setting, as TOML (repeatable)");
  table.flag("isolated", options.isolated, "look for no configuration");
}

const SettingsSchema& settings_schema() {
  static const SettingsSchema schema = schema_of_check();
  return schema;
}

std::string folder_of(const std::string& path) {
  std::error_code failed;
  // A repo on the Hub is another's; what counts is the configuration of whoever asks.
  if (path.empty() || is_hub_address(path)) return ".";
  if (fs::is_directory(path, failed)) return path;
  if (fs::exists(path, failed)) {
    const std::string parent = fs::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
  }
  const Result<Location> cached = locate(path);
  return cached.ok() && cached->tree != nullptr ? cached->tree->real_path("") : ".";
}

Result<std::vector<SettingsLayer>> configuration_of(const std::string& path, const ConfigurationOptions& options) {
  std::vector<SettingsLayer> layers;
  std::string file;
  for (const std::string& given : options.config) {
    std::error_code failed;
    const bool is_setting = given.find('=') != std::string::npos && !fs::exists(given, failed);
    if (!is_setting) {
      if (!std::exchange(file, given).empty()) return Error{"`--config` names two files, and one counts"};
      continue;
    }
    Result<SettingsLayer> layer = settings_of_text(given, settings_schema());
    if (!layer.ok()) return layer.error();
    layers.insert(layers.begin(), std::move(*layer));  // the last one given counts
  }
  if (!file.empty() && options.isolated) return Error{"`--config` names a file, and `--isolated` forbids any"};
  if (options.isolated) return layers;
  auto found = file.empty() ? find_settings(folder_of(path), settings_schema) : settings_in(file, settings_schema());
  if (!found.ok()) return found.error();
  std::move(found->begin(), found->end(), std::back_inserter(layers));
  return layers;
}

namespace {

// What is wrong with it, or "".
std::string configure(OptionTable& table, const ConfigurationOptions& options, const std::vector<std::string>& paths) {
  Result<std::vector<SettingsLayer>> layers = configuration_of(paths.empty() ? "" : paths.front(), options);
  if (!layers.ok()) return layers.error().message;
  for (SettingsLayer& layer : *layers) {
    std::erase_if(layer.settings, [](const Setting& setting) {
      return std::find(kOfCheckAlone.begin(), kOfCheckAlone.end(), setting.name) != kOfCheckAlone.end();
    });
  }
  try {
    table.parse(std::vector<std::string>(table.command_line()), *layers);
  } catch (const boost::program_options::error& error) {
    return printable(error.what());
  }
  return with_place(table.complaint(), table.given());
}

}  // namespace

std::function<int(const Streams&)> configured(OptionTable& table, const ModelOptions& model,
                                              std::function<int(const Streams&)> run) {
  const auto options = std::make_shared<ConfigurationOptions>();
  add_configuration_options(table, *options);
  return [&table, &model, options, run = std::move(run)](const Streams& streams) -> int {
    if (const std::string sentence = configure(table, *options, model.paths); !sentence.empty()) {
      streams.err << "ckptlint: " << sentence << "\n";
      return kNotAnalysed;
    }
    return run(streams);
  };
}

std::string with_place(const std::string& sentence, const std::map<std::string, GivenOption>& given) {
  constexpr std::string_view kOpening = "`--";
  const std::size_t begin = sentence.find(kOpening);
  if (begin == std::string::npos) return sentence;
  const std::size_t end = sentence.find('`', begin + kOpening.size());
  if (end == std::string::npos) return sentence;
  const std::string name = sentence.substr(begin + kOpening.size(), end - begin - kOpening.size());
  const auto found = given.find(name);
  if (found == given.end() || found->second.place.file.empty()) return sentence;
  return fmt::format("{}: {}`{}", shown(found->second.place), sentence.substr(0, begin),
                     sentence.substr(begin + kOpening.size()));
}

}  // namespace ckptlint
