// What an expression may stand for, as far as the text says: several things at once, where it depends.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "python/values/value.h"

namespace ckptlint {

struct CodeFile;
struct Routine;
struct CodeClass;

// Where a path leads.
enum class Place : std::uint8_t { kAnywhere, kInside, kOutside };

struct Meaning {
  enum class Kind : std::uint8_t {
    kUnknown,
    kGiven,      // by the caller, or a part of that; with the `name` "config", a config
    kCounted,    // made of numbers and texts that stand in the code
    kKnown,      // `value`
    kExternal,   // something of a package, by its dotted `name`; with `value`, the text of a path
    kFile,       // a module of the repo
    kRoutine,    // a function of the repo
    kClass,      // a class of the repo
    kInstance,   // of `type`
    kMethod,     // `name` of the known `value`
    kContainer,  // holds `parts`
    kSuper,      // the classes behind `type`
  };
  Kind kind = Kind::kUnknown;
  Place place = Place::kAnywhere;
  python::Value value{};
  std::string name{};
  std::string starts{};  // of a text whose end is not known
  std::string hidden{};  // how the name is hidden: a clause
  CodeFile* file = nullptr;
  Routine* routine = nullptr;
  CodeClass* type = nullptr;
  std::shared_ptr<const std::vector<Meaning>> parts{};
  std::uint8_t levels = 0;  // of parts that have parts

  bool is(Kind other) const { return kind == other; }
  bool is_text() const {
    return kind == Kind::kKnown && (value.is(python::Kind::kStr) || value.is(python::Kind::kBytes));
  }
  // Of a value that nothing can change.
  bool is_text_or_number() const {
    return value.is(python::Kind::kStr) || value.is(python::Kind::kBytes) || value.is_number();
  }
};

using Means = Meaning::Kind;
using Meanings = std::vector<Meaning>;

// Adds what is not among them yet, up to a limit, beyond which there is something unknown.
void add_meaning(Meanings& to, Meaning meaning);
void add_meanings(Meanings& to, const Meanings& more);

// What holds `parts`, as far as they are not nested too deeply.
void set_parts(Meaning& meaning, Meanings parts);
Meaning container_of(Meanings parts);

Meaning external(std::string name, std::string hidden = {});
// The text that is known; empty for other values.
std::string_view text_of(const Meaning& meaning);
bool all_known(const Meanings& meanings);

}  // namespace ckptlint
