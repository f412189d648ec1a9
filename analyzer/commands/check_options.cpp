// Lays the command line over the layers of a configuration.
#include "commands/check_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/json_document.h"
#include "base/json_text.h"
#include "base/nearest_word.h"
#include "base/split.h"
#include "commands/configuration.h"

namespace ckptlint {
namespace {

using RuleSet = std::set<const Rule*>;

// "a,b" and "c" as the rules of these names; an error names what is no rule.
Result<RuleSet> rules_named(const std::vector<std::string>& lists, std::string_view option) {
  RuleSet found;
  for (const std::string& list : lists) {
    for (const std::string_view name : split(list, ',')) {
      const Rule* rule = find_rule(name);
      if (rule == nullptr) {
        std::vector<std::string_view> names;
        for (const Rule* each : rules()) names.push_back(each->name);
        return Error{fmt::format("`{}` names {}, which is no rule{}; `ckptlint rules` lists them", option,
                                 quoted_name(name), did_you_mean(name, names))};
      }
      found.insert(rule);
    }
  }
  return found;
}

struct NamedRules {
  RuleSet select, ignore, extend_select, extend_ignore;
};

Result<NamedRules> rules_named(const RuleChoice& choice) {
  auto select = rules_named(choice.select, "--select");
  auto ignore = rules_named(choice.ignore, "--ignore");
  auto extend_select = rules_named(choice.extend_select, "--extend-select");
  auto extend_ignore = rules_named(choice.extend_ignore, "--extend-ignore");
  for (const auto* each : {&select, &ignore, &extend_select, &extend_ignore}) {
    if (!each->ok()) return each->error();
  }
  return NamedRules{std::move(*select), std::move(*ignore), std::move(*extend_select), std::move(*extend_ignore)};
}

void choose(const RuleChoice& choice, const NamedRules& named, RuleSet& chosen) {
  if (!named.select.empty() || choice.none) {
    RuleSet selected = named.select;
    for (const Rule* rule : chosen) {
      if (choice.foreign && rule->of_security) selected.insert(rule);
    }
    chosen = std::move(selected);
  }
  chosen.insert(named.extend_select.begin(), named.extend_select.end());
  for (const RuleSet* out : {&named.ignore, &named.extend_ignore}) {
    for (const Rule* rule : *out) chosen.erase(rule);
  }
}

// The settings of a placement lie right below the command line.
std::string placement_of(const PlacementSettings& settings, const std::vector<std::string>& command_line,
                         std::vector<SettingsLayer> layers, NamedPlacement& placement) {
  layers.insert(layers.begin(), SettingsLayer{});
  layers.front().settings = settings.settings;
  OptionTable table;
  CheckOptions options;
  describe_check(table, options);
  table.parse(command_line, layers);
  if (const std::string sentence = table.complaint(); !sentence.empty()) return with_place(sentence, table.given());
  placement = {settings.name, options.model.quantization, options.placement, {}};
  for (const SettingKey& key : settings_schema().placement_keys) {
    if (const auto given = table.given().find(key.name); given != table.given().end()) placement.given.insert(*given);
  }
  return "";
}

bool names_placement(const std::vector<Setting>& settings) {
  return std::any_of(settings.begin(), settings.end(), [](const Setting& setting) {
    return setting.name == "max-memory" || setting.name == "device-map";
  });
}

std::string configure_check(const std::vector<std::string>& command_line, const std::vector<SettingsLayer>& layers,
                            CheckOptions& options) {
  const RuleChoice own = options;
  const std::vector<std::string> paths = options.model.paths;
  bool one_placement = !options.placement.max_memory.empty() || !options.placement.device_map.empty();
  const bool names_source = !options.model.sources.empty() || !options.model.transformers.empty();
  const bool names_releases = !options.releases.empty();
  OptionTable table;
  CheckOptions all;
  describe_check(table, all);
  table.parse(command_line, layers);
  if (const std::string sentence = table.complaint(); !sentence.empty()) return with_place(sentence, table.given());
  static_cast<RuleChoice&>(all) = own;
  all.model.paths = paths;
  all.given = table.given();
  // What the command line names is what is asked about.
  if (names_source && !names_releases) all.releases.clear();
  for (const SettingsLayer& layer : layers) {
    OptionTable of_layer;
    CheckOptions alone;
    describe_check(of_layer, alone);
    of_layer.parse({}, {&layer, 1});
    alone.foreign = layer.foreign;
    alone.none = of_layer.given().contains("select") && alone.select.empty();
    all.rules_below.insert(all.rules_below.begin(), alone);
    if (layer.inline_text)
      one_placement |= names_placement(layer.settings);
    else if (all.settings_folder.empty())
      all.settings_folder = layer.folder;
    if (one_placement || !all.placements.empty()) continue;
    for (const PlacementSettings& settings : layer.placements) {
      all.placements.emplace_back();
      if (std::string sentence = placement_of(settings, command_line, layers, all.placements.back()); !sentence.empty())
        return sentence;
    }
  }
  options = std::move(all);
  return "";
}

nlohmann::ordered_json json_of(const SettingPlace& place) {
  if (place.file.empty()) return {{"kind", "command line"}};
  return {{"kind", "configuration"}, {"file", place.file}, {"line", place.at.line}, {"column", place.at.column}};
}

bool is_about_settings(std::string_view name) { return name == "config" || name == "show-settings"; }

nlohmann::ordered_json json_of(const std::map<std::string, GivenOption>& given) {
  nlohmann::ordered_json settings = nlohmann::ordered_json::array();
  for (const auto& [name, option] : given) {
    if (is_about_settings(name)) continue;
    nlohmann::ordered_json values = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < option.values.size(); ++i)
      values.push_back({{"value", option.values[i]}, {"from", json_of(option.places[i])}});
    settings.push_back({{"name", name}, {"values", std::move(values)}, {"from", json_of(option.place)}});
  }
  return settings;
}

std::string text_of(const std::map<std::string, GivenOption>& given, std::string_view indent) {
  const auto origin = [](const SettingPlace& place) { return place.file.empty() ? "command line" : shown(place); };
  std::string text;
  for (const auto& [name, option] : given) {
    if (is_about_settings(name)) continue;
    if (option.values.empty()) text += fmt::format("{}{} = []  # {}\n", indent, name, origin(option.place));
    for (std::size_t i = 0; i < option.values.size(); ++i) {
      std::string value;
      append_json_string(option.values[i], value);
      text += fmt::format("{}{} = {}  # {}\n", indent, name, value, origin(option.places[i]));
    }
  }
  return text;
}

}  // namespace

Result<std::vector<CheckOptions>> options_of_paths(const OptionTable& table, const CheckOptions& given) {
  std::vector<std::string> paths = given.model.paths;
  if (paths.empty()) paths.emplace_back();
  std::vector<CheckOptions> all;
  for (const std::string& path : paths) {
    CheckOptions& options = all.emplace_back(given);
    options.model.paths.assign(path.empty() ? 0 : 1, path);
    options.given = table.given();
    const Result<std::vector<SettingsLayer>> layers = configuration_of(path, given.configuration);
    if (!layers.ok()) return layers.error();
    if (layers->empty()) continue;
    try {
      if (const std::string sentence = configure_check(table.command_line(), *layers, options); !sentence.empty())
        return Error{sentence};
    } catch (const boost::program_options::error& error) {
      return Error{printable(error.what())};
    }
  }
  return all;
}

Result<std::vector<const Rule*>> chosen_rules(const CheckOptions& options) {
  RuleSet chosen(rules().begin(), rules().end());
  for (const RuleChoice& choice : options.rules_below) {
    const Result<NamedRules> named = rules_named(choice);
    if (!named.ok()) return named.error();
    choose(choice, *named, chosen);
  }
  const Result<NamedRules> own = rules_named(static_cast<const RuleChoice&>(options));
  if (!own.ok()) return own.error();
  choose(options, *own, chosen);
  RuleSet seen;
  for (const std::string& pair : options.severity) {
    const std::size_t at = std::min(pair.find('='), pair.size());
    const Rule* rule = find_rule(pair.substr(0, at));
    if (rule == nullptr || !seen.insert(rule).second || pair.substr(at) != "=off") continue;
    // Who names a rule on the command line wants to see it.
    if (!own->select.contains(rule) && !own->extend_select.contains(rule)) chosen.erase(rule);
  }
  std::vector<const Rule*> in_order;
  std::copy_if(rules().begin(), rules().end(), std::back_inserter(in_order),
               [&](const Rule* rule) { return chosen.contains(rule); });
  return in_order;
}

std::string settings_text(const std::vector<CheckOptions>& paths, bool as_json) {
  if (as_json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const CheckOptions& options : paths) {
      nlohmann::ordered_json placements = nlohmann::ordered_json::array();
      for (const NamedPlacement& placement : options.placements)
        placements.push_back({{"name", placement.name}, {"settings", json_of(placement.given)}});
      all.push_back({{"path", options.model.paths.empty() ? "" : options.model.paths.front()},
                     {"folder", options.settings_folder},
                     {"settings", json_of(options.given)},
                     {"placements", std::move(placements)}});
    }
    return without_commands(json_lines(all, 1)) + "\n";
  }
  std::string text;
  for (const CheckOptions& options : paths) {
    text += fmt::format("# {}{}\n", options.model.paths.empty() ? "" : printable(options.model.paths.front()) + ": ",
                        options.settings_folder.empty() ? "no configuration"
                                                        : "configuration in " + printable(options.settings_folder));
    text += text_of(options.given, "");
    for (const NamedPlacement& placement : options.placements)
      text += fmt::format("[[placement]]  # {}\n{}", quoted_name(placement.name), text_of(placement.given, "  "));
  }
  return text;
}

}  // namespace ckptlint
