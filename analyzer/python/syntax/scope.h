// Which frame slot each name of a code unit means.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "python/syntax/syntax.h"
#include "python/values/arena.h"
#include "python/values/name_set.h"

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

  // Where the text is read from its beginning, what stands before `for` is read before it is known to be the element
  // of a comprehension: its names are kept until close_element, or until the comprehension's variables are bound.
  struct Element {
    std::size_t first_use;
    std::size_t outer_floor;
  };
  struct Use {
    Name* name;
    std::uint16_t depth;  // frames between the use and this unit
    bool from_class;      // the use stands in a class body, which looks in its own namespace first
  };
  Element open_element();
  void close_element(const Element& element);
  std::vector<Use> take_element(const Element& element);  // for receive(), inside the comprehension
  void receive(const Use& use);

  // Settles every name.  Call once, at the end of the unit.
  void close();

  Code* code() const { return code_; }

 private:
  bool settle_in_comprehension(const Use& use);
  void note_outer(const Use& use);
  std::uint32_t slot(Str* name);

  Arena& arena_;
  Code* code_;
  Scope* parent_;
  Dict locals_{};  // name -> slot
  NameSet globals_, nonlocals_;
  std::vector<std::vector<std::pair<Str*, std::uint32_t>>> comprehensions_;
  std::size_t floor_ = 0;  // comprehensions below this number are around the element that is being read
  std::vector<Use> uses_;
  NameSet outer_seen_;  // which names the notes on the code have
};

}  // namespace ckptlint::python
