// Walks one routine: what its names stand for, and what it does.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "conduct/program.h"
#include "python/syntax/syntax.h"

namespace ckptlint {

// The arguments of a call as they are written.
struct Given {
  std::vector<Meanings> positional;
  std::vector<std::pair<const python::Str*, Meanings>> named;
  bool starred = false;

  const Meanings* at(std::size_t position, std::string_view name) const;
  std::size_t size() const { return positional.size() + named.size(); }
};

bool is_config(const CodeClass* type);

class CodeWalk {
 public:
  CodeWalk(Program& program, Routine& routine);
  void run();

 private:
  // ---- statements (statements.cpp)
  void block(const python::Block& block);
  void branch(const python::Block& block, const python::Expr* condition);
  void statement(const python::Stmt* statement);
  void definition(const python::Def& def);
  void class_definition(const python::ClassDef& definition);
  void import(const python::Import& statement);
  void import_from(const python::ImportFrom& statement);
  void loop(const python::Expr* target, const Meanings& elements, const python::Block& body,
            const python::Block& otherwise, const python::Expr* condition);
  void attempt(const python::Try& statement);
  void match(const python::Match& statement);
  void bind(const python::Str* name, Meanings meanings);
  void assign(const python::Expr* target, const Meanings& value);
  void judge_assignment(const Meaning& to, const python::Expr* target);
  void change(Meanings& container, const Meanings& added);
  void add_to(const python::Expr* object, const Meanings& added);
  void parameters();
  void forget_what_changes(const python::Block& block);

  // ---- conditions (conditions.cpp)
  std::optional<bool> decided(const python::Expr* condition);
  std::optional<Meaning> config_constant(const python::Expr* expr);
  void note_config(const python::Call& call);
  void keep_config(std::string_view name, const Meanings& value);
  std::optional<bool> decided_by_config(const python::Expr* condition);

  // ---- expressions (expressions.cpp)
  Meanings value_of(const python::Expr* expr);
  Meanings name(const python::Name& name);
  Meanings attribute(const Meaning& object, python::Str* name, const python::Expr* at);
  Meanings attributes(const Meanings& objects, python::Str* name, const python::Expr* at);
  Meanings binary(python::Operator op, const Meanings& left, const Meanings& right);
  Meanings subscript(const python::Subscript& subscript);
  Meanings item(const Meaning& object, const Meaning& key, const python::Expr* at);
  Meanings format(const python::Format& format);
  Meanings comprehension(const python::Comprehension& comprehension);
  Meanings sequence(const python::Sequence& sequence);
  Meanings dict(const python::DictDisplay& dict);
  Meanings elements_of(const Meanings& iterable);
  // Asks the evaluator for an expression whose parts are all known.
  std::optional<Meaning> evaluated(const python::Expr* expr);

  // ---- calls (calls.cpp, special_calls.cpp)
  Meanings call(const python::Call& call);
  Meanings call_external(const python::Call& call, const Meaning& callee, const Given& given);
  std::optional<Meanings> special(const python::Call& call, const Meaning& callee, const Given& given);
  Meanings call_routine(const python::Expr* at, Routine& routine, const Given& given, bool bound, bool perhaps);
  Meanings construct(const python::Expr* at, CodeClass& type, const Given& given);
  void call_member(const python::Expr* at, CodeClass& type, std::string_view name, bool constructs);
  void hand_over(const python::Call& call, const Meanings& callees, const Given& given);
  void judge(const python::Call& call, const Danger& danger, const Meaning& callee, const Given& given);
  Meanings found_by_name(const Meaning& object, const Meanings& names, const python::Expr* at, std::string_view how);
  Meanings module_named(const Meanings& names, const python::Expr* at, std::string_view how);
  Meanings run_text(std::string_view text, const python::Position& at, bool expression);
  void annotation(const python::Str* text, const python::Position& at);
  Meanings path_of(const Given& given);
  Place place_of(const Meanings& path, std::string& detail) const;

  // ---- what it does
  Act& add(Act::Kind kind, const python::Position& at);
  void add_deed(const Danger& danger, const Meaning& callee, const python::Expr* at, std::string detail);
  void add_hidden(const python::Expr* at, std::string name, std::string why, std::string hidden);
  void add_hidden_module(const python::Expr* at, const std::string& unpacker);
  void add_import(CodeFile* file, const python::Position& at);

  Program& program_;
  Routine& routine_;
  CodeFile& file_;
  const python::Position* instead_;  // of text that is run as code: where that is run
  std::vector<Names*> scopes_;       // of class bodies, the innermost last
  std::vector<CodeClass*> owners_;
  std::unordered_map<const python::Str*, int> bound_in_;  // the branch that bound a name last
  std::vector<const python::Expr*> conditions_;
  int branch_ = 0, branches_ = 0;
  int off_ = 0;  // branches around this that the config does not take
  int depth_ = 0;
  int texts_ = 0;
};

}  // namespace ckptlint
