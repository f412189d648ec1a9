// The code of a repo as files, classes and routines, and what each routine does, for reach.h to put in order.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/file_tree.h"
#include "conduct/calculator.h"
#include "conduct/dangers.h"
#include "conduct/meaning.h"
#include "python/syntax/source_lines.h"
#include "python/syntax/source_unit.h"

namespace ckptlint {

// What makes the defaults of a dataclass: a member that no code can name.
constexpr const char* kFactories = "<factories>";

using Names = std::unordered_map<const python::Str*, Meanings>;

// One thing that a routine does.
struct Act {
  enum class Kind : std::uint8_t { kDeed, kCall, kImport, kHidden };
  Kind kind = Kind::kDeed;
  python::Position at;
  const Danger* danger = nullptr;  // kDeed
  DeedKind deed = DeedKind::kProcess;
  bool minor = false;
  std::string name;  // of the function, as it is known outside
  std::string detail, hidden, condition;
  Routine* callee = nullptr;  // kCall, kImport
  bool off = false;           // config.json keeps it from happening
  bool perhaps = false;       // it is handed to something that may call it
  bool replaces = false;      // it takes the place of something of a package's
  CodeClass* made = nullptr;  // kCall: the class of which an instance is made
};

// What runs at once: a module's statements, a function, a lambda.  Class bodies are part of what is around them.
struct Routine {
  const python::Code* code = nullptr;
  CodeFile* file = nullptr;
  CodeClass* owner = nullptr;
  Routine* around = nullptr;
  std::string name;                             // "TinyModel.forward"; empty: the module's own statements
  const python::Position* stands_at = nullptr;  // of what is defined by text that is run as code: where that is run
  bool is_method = false, is_property = false, is_static = false, is_of_class = false;
  Names names;                                             // that it binds
  std::unordered_map<const python::Str*, Meanings> given;  // functions and classes that callers hand to it
  Meanings returns;
  std::vector<Act> acts;
};

struct CodeClass {
  std::string name;
  CodeFile* file = nullptr;
  std::vector<CodeClass*> bases, derived;
  Names members;     // of the class body
  Names attributes;  // of instances, as `self.x = ...` says
  python::Position at;
};

struct CodeFile {
  std::string path, module;
  std::string text;
  std::unique_ptr<python::SourceUnit> unit;
  python::SourceLines lines;
  Routine* body = nullptr;         // null: no Python
  std::vector<std::string> stars;  // modules of `from x import *`
  python::Module* evaluated = nullptr;
  bool asked_for = false;  // by an entry point, or by a file that is
  bool evaluation_failed = false;
};

class Program {
 public:
  // Reads every Python file of the repo.  Throws BudgetExceeded where that takes more than it may.
  Program(const FileTree& repo, Calculator& calculator);

  // Walks all routines until nothing new is learned.
  void walk();

  const FileTree& repo;
  Calculator& calculator;
  std::map<std::string, CodeFile> files;  // by path
  std::deque<Routine> routines;
  std::deque<CodeClass> classes;
  // Why there may be more than is found: clauses.
  std::vector<std::string> left_out;
  void leave_out(const std::string& why);

  CodeFile* file_at(const std::string& module_path);  // "a/b": a/b.py or a/b/__init__.py
  Routine* routine_of(const python::Code* code, CodeFile* file);
  CodeClass* class_of(const python::ClassDef* definition, CodeFile* file);
  // What a name of a module's stands for; empty where it has none such.
  Meanings global(CodeFile& file, python::Str* name);
  // An attribute of the config: what config.json says, or what the caller gives in its place.
  Meanings config_value(std::string_view name) const;
  // What from_pretrained finds there: nothing where that is not known, or where code of the repo writes to it.
  std::optional<Meaning> config_constant(std::string_view name) const;
  // An attribute is not what it is given: code of the repo writes to it, or to any ("*").
  void write_config(std::string_view name) { config_written_.emplace(name); }
  // A value of config.json, or a default of a config's constructor.
  void add_config(std::string_view name, const python::Value& value, bool in_file);
  bool is_config_default(std::string_view name, const Meaning& value) const;
  // A method or attribute of the class or its bases; null where there is none.  `after`: of its bases alone.
  const Meanings* member(CodeClass& type, const python::Str* name, bool after = false);
  void step(std::uint64_t count = 1);
  // Text that is run as code there; null where it is none, or too much.
  const python::Code* code_of(std::string_view text, const python::Position& at, bool expression);
  python::Str* intern(std::string_view text) { return calculator.in().intern(text); }

  std::vector<Routine*> waiting;  // to be walked in this round
  std::unordered_set<const Routine*> queued;

 private:
  void read(const std::string& folder, int depth);
  void walk_rounds();

  std::unordered_map<const python::Code*, Routine*> by_code_;
  std::unordered_map<const python::ClassDef*, CodeClass*> by_definition_;
  void read_config();
  std::unordered_map<std::string, python::Value> config_, config_defaults_;  // texts, numbers and the like
  std::unordered_set<std::string> config_written_;
  std::uint64_t steps_ = 20'000'000;
  std::deque<python::SourceUnit> texts_;  // that are run as code
  std::map<std::pair<const python::Position*, std::string>, const python::Code*> code_of_text_;
  std::size_t text_left_ = std::size_t{4} << 20;
};

}  // namespace ckptlint
