// Which frame slot each name of a code unit means.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "python/arena.h"
#include "python/syntax.h"

namespace ckptlint::python {

// The names of one code unit while it is being read.  A name is local to a function if anything in the function binds
// it, so uses are kept and settled when the unit ends; what is not local is handed outwards.
class Scope {
 public:
  Scope(Arena& arena, Code* code, Scope* parent) : arena_(arena), code_(code), parent_(parent) {}

  void bind(Str* name);
  void use(Name* name);
  void declare_global(Str* name) { globals_.insert(name); }
  void declare_nonlocal(Str* name) { nonlocals_.insert(name); }

  // Comprehension variables live in slots of their own, visible while their comprehension is being read.
  void enter_comprehension();
  void bind_comprehension(Str* name);
  void leave_comprehension();
  bool in_comprehension_target = false;

  // Settles every name.  Call once, at the end of the unit.
  void close();

  Code* code() const { return code_; }

 private:
  struct Use {
    Name* name;
    std::uint16_t depth;  // frames between the use and this unit
    bool from_class;      // the use stands in a class body, which looks in its own namespace first
  };
  void receive(const Use& use);
  bool settle_in_comprehension(const Use& use);
  std::uint32_t slot(Str* name);

  Arena& arena_;
  Code* code_;
  Scope* parent_;
  std::unordered_map<Str*, std::uint32_t> locals_;
  std::unordered_set<Str*> globals_, nonlocals_;
  std::vector<std::vector<std::pair<Str*, std::uint32_t>>> comprehensions_;
  std::vector<Use> uses_;
};

}  // namespace ckptlint::python
