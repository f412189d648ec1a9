// The options of one call of a command: what fills them in, what --help says, and what a shell can complete.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "settings/settings.h"

namespace ckptlint {

struct Word {
  std::string_view word;
  std::string_view meaning;  // may be empty
};

// What an option, or an argument of the command, takes.
struct Taken {
  std::string_view name;      // as --help has it: "PATH"
  std::vector<Word> words{};  // that it may be; empty where none can be told
  bool words_only = false;    // nothing else; said of what the table itself refuses
  bool path = false;          // may be the path of a file or folder
  bool commas = false;        // several of the words may be joined by commas
  bool table = false;         // a configuration may have a table for it, which becomes JSON
  char pair = '\0';  // between the two halves of what it takes: '=' or ':'; `words` are those of the first half
  std::vector<Word> right{};  // and these those of the second
};

struct OptionRow {
  std::string name;  // without "--"
  std::string meaning;
  std::optional<Taken> taken;  // none: a flag
  bool repeated = false;       // may be given several times
  bool number = false;
  bool own_only = false;  // not for a configuration that comes with the model: it writes, or decides what fails
};

// What an option was given, and where; on the command line where a place has no file.
struct GivenOption {
  std::vector<std::string> values;
  std::vector<SettingPlace> places;  // of each
  SettingPlace place;                // of the first that gave it anything
};

class OptionTable {
 public:
  OptionTable() : described_("Options") {}
  OptionTable(const OptionTable&) = delete;
  OptionTable& operator=(const OptionTable&) = delete;

  // The value goes to `into` when parse() is called; an option whose `into` is a vector may be repeated.
  template <typename T>
  void value(const char* name, T& into, Taken taken, const std::string& meaning) {
    add(name, boost::program_options::value(&into)->value_name(std::string(taken.name)), meaning, std::move(taken));
    rows_.back().repeated = std::is_same_v<T, std::vector<std::string>>;
    rows_.back().number = std::is_integral_v<T>;
  }
  // What a configuration gives is added to what the command line gives, rather than replaced by it.
  void more(const char* name, std::vector<std::string>& into, Taken taken, const std::string& meaning);
  void value(const char* name, std::optional<std::string>& into, Taken taken, const std::string& meaning);
  // One of `words`, whose first is the default that `into` has.
  void choice(const char* name, std::string& into, Taken taken, const std::string& meaning);
  void flag(const char* name, bool& into, const std::string& meaning);
  // Another name of an option that was described, on the command line alone.
  void alias(std::string other, std::string name) { aliases_[std::move(other)] = std::move(name); }
  // An option that was described and takes a number may stand without one: then it is given `value`.
  void alone(std::string name, std::string value) { alone_[std::move(name)] = std::move(value); }
  // Of an option that was described: see OptionRow::own_only.
  void keep_own(std::string_view name);
  // The arguments that no option takes.
  void arguments(std::vector<std::string>& into, Taken taken = {});
  // Called when the options are filled in; returns what is wrong with them, a sentence, or "".
  void check(std::function<std::string()> complaint) { checks_.push_back(std::move(complaint)); }

  // Fills in the options: those of the command line, and those of the layers below it that are not there, of which the
  // first layer comes first.  Names that the table has not are passed over in layers.
  // Throws boost::program_options::error.
  void parse(const std::vector<std::string>& arguments, std::span<const SettingsLayer> below = {});
  // After parse(): the first complaint, or "".
  std::string complaint() const;
  // The command line that was parsed, and what it and the layers gave to each option that they name.
  const std::vector<std::string>& command_line() const { return command_line_; }
  const std::map<std::string, GivenOption>& given() const { return given_; }

  bool takes_value(const std::string& name) const;
  const boost::program_options::options_description& described() const { return described_; }
  const std::vector<OptionRow>& rows() const { return rows_; }
  const Taken& argument_taken() const { return argument_taken_; }

 private:
  std::vector<std::string> without_aliases(std::vector<std::string> arguments) const;
  std::vector<std::string> with_joined_numbers(const std::vector<std::string>& arguments) const;
  void add(const char* name, const boost::program_options::value_semantic* semantic, const std::string& meaning,
           std::optional<Taken> taken);

  boost::program_options::options_description described_;
  std::vector<OptionRow> rows_;
  std::map<std::string, GivenOption> given_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, std::string> alone_;
  std::vector<std::string> command_line_;
  std::vector<std::string>* arguments_ = nullptr;
  Taken argument_taken_;
  std::vector<std::function<std::string()>> checks_;
};

// One sentence for what parse() threw about the command line of a command.
std::string sentence_of(const boost::program_options::error& error, const OptionTable& table, std::string_view command);

// A row as a key of a configuration.
SettingKey key_of(const OptionRow& row);

}  // namespace ckptlint
