// Keeps each option's description for Boost.ProgramOptions and its words for completion side by side.
#include "commands/option_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"

namespace ckptlint {
namespace {

namespace po = boost::program_options;

// "`auto`, `always` and `never`".
std::string quoted(const std::vector<Word>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += fmt::format("{}`{}`", i == 0 ? "" : i + 1 < words.size() ? ", " : " and ", words[i].word);
  return text;
}

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
  check([name, &into, words = taken.words]() -> std::string {
    if (std::any_of(words.begin(), words.end(), [&](const Word& word) { return word.word == into; })) return "";
    return fmt::format("`--{}` is {}, which is none of {}", name, quoted_name(into), quoted(words));
  });
  value(name, into, std::move(taken), meaning);
}

void OptionTable::flag(const char* name, bool& into, const std::string& meaning) {
  add(name, po::bool_switch(&into), meaning, std::nullopt);
}

void OptionTable::arguments(std::vector<std::string>& into, Taken taken) {
  arguments_ = &into;
  argument_taken_ = std::move(taken);
}

void OptionTable::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> unused;
  po::options_description all;
  all.add(described_).add_options()("argument", po::value(arguments_ != nullptr ? arguments_ : &unused));
  po::positional_options_description positional;
  positional.add("argument", -1);
  constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::variables_map values;
  po::store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run(), values);
  po::notify(values);
}

std::string OptionTable::complaint() const {
  for (const auto& check : checks_) {
    if (std::string sentence = check(); !sentence.empty()) return sentence;
  }
  return "";
}

bool OptionTable::takes_value(const std::string& name) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const OptionRow& row) { return row.taken && row.name == name; });
}

}  // namespace ckptlint
