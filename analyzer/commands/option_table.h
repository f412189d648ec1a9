// The options of one call of a command: what fills them in, what --help says, and what a shell can complete.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
};

struct OptionRow {
  std::string name;  // without "--"
  std::string meaning;
  std::optional<Taken> taken;  // none: a flag
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
  }
  void value(const char* name, std::optional<std::string>& into, Taken taken, const std::string& meaning);
  // One of `words`, whose first is the default that `into` has.
  void choice(const char* name, std::string& into, Taken taken, const std::string& meaning);
  void flag(const char* name, bool& into, const std::string& meaning);
  // The arguments that no option takes.
  void arguments(std::vector<std::string>& into, Taken taken = {});
  // Called when the options are filled in; returns what is wrong with them, a sentence, or "".
  void check(std::function<std::string()> complaint) { checks_.push_back(std::move(complaint)); }

  // Fills in the options.  Throws boost::program_options::error.
  void parse(const std::vector<std::string>& arguments);
  // After parse(): the first complaint, or "".
  std::string complaint() const;

  bool takes_value(const std::string& name) const;
  const boost::program_options::options_description& described() const { return described_; }
  const std::vector<OptionRow>& rows() const { return rows_; }
  const Taken& argument_taken() const { return argument_taken_; }

 private:
  void add(const char* name, const boost::program_options::value_semantic* semantic, const std::string& meaning,
           std::optional<Taken> taken);

  boost::program_options::options_description described_;
  std::vector<OptionRow> rows_;
  std::vector<std::string>* arguments_ = nullptr;
  Taken argument_taken_;
  std::vector<std::function<std::string()>> checks_;
};

}  // namespace ckptlint
