// Which routines run when, and by which calls.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "conduct/entry_points.h"
#include "conduct/program.h"

namespace ckptlint {

class Reached {
 public:
  Reached(Program& program, const std::vector<EntryPoint>& entries);

  struct Visit {
    Reach reach = Reach::kPresent;
    const Routine* from = nullptr;  // null: it is where something begins
    const Act* by = nullptr;
    const EntryPoint* entry = nullptr;
  };
  // Null where the routine is reached by nothing.
  const Visit* visit_of(const Routine& routine) const;

 private:
  void visit(const Routine* routine, const Visit& visit);
  void visit_methods(CodeClass& type, const char* const* names, const Visit& visit);
  void follow(Reach reach);

  Program& program_;
  std::unordered_map<const Routine*, Visit> visits_;
  std::vector<const Routine*> order_;
  std::size_t next_ = 0;
  struct Made {
    CodeClass* type;
    Visit visit;
  };
  std::vector<Made> made_;
  std::unordered_set<const CodeClass*> known_made_;
  std::vector<std::pair<const Routine*, Visit>> later_;  // what using may call, of what was handed on before
};

}  // namespace ckptlint
