// Keeps each option's description for Boost.ProgramOptions and its words for completion side by side.
#include "commands/option_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/nearest_word.h"

namespace ckptlint {
namespace {

namespace po = boost::program_options;

}  // namespace

void OptionTable::add(const char* name, const po::value_semantic* semantic, const std::string& meaning,
                      std::optional<Taken> taken) {
  described_.add_options()(name, semantic, meaning.c_str());
  const std::string_view all = name;  // "help,h"
  rows_.push_back({std::string(all.substr(0, all.find(','))), meaning, std::move(taken)});
}

void OptionTable::value(const char* name, std::optional<std::string>& into, Taken taken, const std::string& meaning) {
  add(name, po::value<std::string>()->value_name(std::string(taken.name))->notifier([&into](const std::string& given) {
    into = given;
  }),
      meaning, std::move(taken));
}

void OptionTable::choice(const char* name, std::string& into, Taken taken, const std::string& meaning) {
  taken.words_only = true;
  value(name, into, std::move(taken), meaning);
}

void OptionTable::flag(const char* name, bool& into, const std::string& meaning) {
  add(name, po::bool_switch(&into), meaning, std::nullopt);
}

void OptionTable::arguments(std::vector<std::string>& into, Taken taken) {
  arguments_ = &into;
  argument_taken_ = std::move(taken);
}

void OptionTable::more(const char* name, std::vector<std::string>& into, Taken taken, const std::string& meaning) {
  add(name, po::value(&into)->value_name(std::string(taken.name))->composing(), meaning, std::move(taken));
  rows_.back().repeated = true;
}

void OptionTable::keep_own(std::string_view name) {
  for (OptionRow& row : rows_) row.own_only |= row.name == name;
}

void OptionTable::parse(const std::vector<std::string>& arguments, std::span<const SettingsLayer> below) {
  std::vector<std::string> unused;
  po::options_description all;
  all.add(described_).add_options()("argument", po::value(arguments_ != nullptr ? arguments_ : &unused));
  po::positional_options_description positional;
  positional.add("argument", -1);
  constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::variables_map values;
  command_line_ = arguments;
  given_.clear();
  const po::parsed_options written = po::command_line_parser(with_joined_numbers(without_aliases(arguments)))
                                         .options(all)
                                         .positional(positional)
                                         .style(style)
                                         .run();
  po::store(written, values);
  for (const po::option& option : written.options) {
    if (described_.find_nothrow(option.string_key, false) == nullptr) continue;
    GivenOption& given = given_[option.string_key];
    given.values.insert(given.values.end(), option.value.begin(), option.value.end());
    if (option.value.empty()) given.values.emplace_back("true");  // a flag
    given.places.resize(given.values.size());
  }
  for (const SettingsLayer& layer : below) {
    for (const Setting& setting : layer.settings) {
      const auto* described = described_.find_nothrow(setting.name, false);
      if (described == nullptr) continue;
      // What is stored first stays, but for options whose values are added up.
      const auto [at, is_new] = given_.try_emplace(setting.name, GivenOption{{}, {}, setting.place});
      if (!is_new && !described->semantic()->is_composing()) continue;
      GivenOption& given = at->second;
      given.values.insert(given.values.end(), setting.values.begin(), setting.values.end());
      for (const TomlPlace& place : setting.places) given.places.push_back({setting.place.file, place});
      if (setting.values.empty()) continue;  // an empty list is an answer, too
      po::parsed_options options(&all);
      options.options.emplace_back(setting.name, setting.values);
      po::store(options, values);
    }
  }
  po::notify(values);
}

std::string OptionTable::complaint() const {
  for (const OptionRow& row : rows_) {
    const auto given = given_.find(row.name);
    if (given == given_.end() || !row.taken || !row.taken->words_only) continue;
    const SettingKey key = key_of(row);
    for (const std::string& value : given->second.values) {
      if (const std::string clause = complaint_about_value(key, value); !clause.empty())
        return fmt::format("`--{}` {}", row.name, clause);
    }
  }
  for (const auto& check : checks_) {
    if (std::string sentence = check(); !sentence.empty()) return sentence;
  }
  return "";
}

bool OptionTable::takes_value(const std::string& name) const {
  const auto alias = aliases_.find(name);
  const std::string& meant = alias == aliases_.end() ? name : alias->second;
  return std::any_of(rows_.begin(), rows_.end(), [&](const OptionRow& row) { return row.taken && row.name == meant; });
}

std::vector<std::string> OptionTable::with_joined_numbers(const std::vector<std::string>& arguments) const {
  const auto consists_of_digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") {
      joined.insert(joined.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    joined.push_back(arguments[i]);
    if (!arguments[i].starts_with("--")) continue;
    const std::string name = arguments[i].substr(2);
    const std::string_view next = i + 1 < arguments.size() ? std::string_view(arguments[i + 1]) : std::string_view();
    const auto* described = described_.find_nothrow(name, false);
    if (described == nullptr || described->semantic()->max_tokens() == 0) continue;
    const auto alone = alone_.find(name);
    if (next.starts_with('-') && consists_of_digits(next.substr(1))) {
      joined.back() += "=" + arguments[++i];
    } else if (alone != alone_.end() && !consists_of_digits(next)) {
      joined.back() += "=" + alone->second;
    }
  }
  return joined;
}

std::vector<std::string> OptionTable::without_aliases(std::vector<std::string> arguments) const {
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    const std::size_t end = std::min(argument.find('='), argument.size());
    if (end <= 2 || !argument.starts_with("--")) continue;
    const auto alias = aliases_.find(argument.substr(2, end - 2));
    if (alias != aliases_.end()) argument.replace(2, end - 2, alias->second);
  }
  return arguments;
}

namespace {

std::vector<std::string_view> words_of(const std::vector<Word>& words) {
  std::vector<std::string_view> all;
  for (const Word& word : words) all.push_back(word.word);
  return all;
}

}  // namespace

std::string sentence_of(const po::error& error, const OptionTable& table, std::string_view command) {
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    const std::string option = unknown->get_option_name();
    std::vector<std::string> written;
    for (const OptionRow& row : table.rows()) written.push_back("--" + row.name);
    const std::vector<std::string_view> options(written.begin(), written.end());
    return fmt::format("unknown option {} for `{}`; `ckptlint {} --help` lists its options{}", quoted_name(option),
                       command, command, did_you_mean(option, options));
  }
  std::string text = printable(error.what());
  std::replace(text.begin(), text.end(), '\'', '`');
  return text;
}

SettingKey key_of(const OptionRow& row) {
  SettingKey key;
  key.name = row.name;
  key.own_only = row.own_only;
  if (!row.taken) {
    key.takes = SettingKey::Takes::kFlag;
    return key;
  }
  const Taken& taken = *row.taken;
  key.takes = taken.pair == '='   ? SettingKey::Takes::kPairs
              : taken.pair == ':' ? SettingKey::Takes::kLists
              : row.repeated      ? SettingKey::Takes::kTexts
              : row.number        ? SettingKey::Takes::kNumber
                                  : SettingKey::Takes::kText;
  if (taken.words_only) key.words = words_of(taken.words);
  key.right_words = words_of(taken.right);
  key.commas = taken.commas;
  key.table = taken.table;
  const bool only_path = taken.name == "PATH" || taken.name == "FILE";
  if (taken.path && taken.pair == '\0') key.path = only_path ? SettingKey::Path::kAlways : SettingKey::Path::kPerhaps;
  key.glob = taken.pair == ':' && taken.path;
  return key;
}

}  // namespace ckptlint
