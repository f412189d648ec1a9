// The evaluator's own state and the functions that its parts call on each other.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "python/evaluate/interpreter.h"
#include "python/evaluate/quantified_texts.h"
#include "python/syntax/file_outline.h"
#include "python/syntax/source_unit.h"
#include "python/values/name_set.h"

namespace ckptlint::python {

// What of a module from source has run so far.
struct ModuleBody {
  explicit ModuleBody(const FileOutline& file)
      : outline(file), statements(file.statements().size()), waiting(statements.size()) {}

  enum class State : std::uint8_t { kWaiting, kRunning, kDone };
  static constexpr std::uint32_t kNoStatement = 0xffffffff;
  struct Statement {
    State state = State::kWaiting;
    Code* code = nullptr;              // parsed, for statements whose names are not plain to see
    std::unordered_set<Str*> touches;  // names that it binds or changes; filled with `code`
  };
  const FileOutline& outline;         // which lives as long as the text
  std::vector<Statement> statements;  // as in the outline
  std::size_t first_other = 0;        // of those that define nothing: none before it waits
  std::vector<Str*> stars;            // modules of `from x import *` that have run
  std::size_t waiting = 0;
  std::uint32_t current = kNoStatement;  // the innermost statement that is running
  NameSet asked;                         // names whose statements have all run
  NameSet absent;                        // asked for, and bound by no statement
};

struct TextPlan;

struct Interpreter::Impl {
  Impl(Interpreter& in, std::vector<SourceRoot> roots, const Budget& budget);

  std::vector<SourceRoot> roots;
  Budget budget;
  Parser parser;
  std::uint64_t steps_left;
  std::uint64_t next_clock_check;
  std::clock_t deadline;
  int depth = 0;
  std::uint32_t class_epoch = 1;

  // Frames that nothing captures, and arguments; not initialised, so that what is not used takes no memory.
  std::unique_ptr<Value, decltype(&std::free)> stack;
  std::size_t stack_top = 0;
  static constexpr std::size_t kStackValues = std::size_t{1} << 17;

  // Where a table of 2^bits slots keeps what belongs to two objects, or to three.
  static std::size_t slot_of(const void* first, const Str* second, std::size_t bits, const void* third = nullptr) {
    const std::uint64_t both = reinterpret_cast<std::uintptr_t>(first) ^ reinterpret_cast<std::uintptr_t>(second) << 1 ^
                               reinterpret_cast<std::uintptr_t>(third) << 2;
    return static_cast<std::size_t>((both * 0x9e3779b97f4a7c15) >> (64 - bits));
  }

  // What class_lookup() found last for a class and a name that fall here, or class_lookup_after() behind another class:
  // most look-ups are answered by this.  Valid while `epoch` is the class_epoch.
  struct Lookup {
    const Class* type = nullptr;
    const Class* after = nullptr;
    const Str* name = nullptr;
    Value* found = nullptr;
    std::uint32_t epoch = 0;
  };
  static constexpr std::size_t kLookupBits = 11;
  std::array<Lookup, std::size_t{1} << kLookupBits> lookups{};
  // The kept look-up, made anew by `find` where it is of others.
  template <typename Find>
  Value* kept_lookup(const Class* type, const Class* after, const Str* name, const Find& find) {
    Lookup& last = lookups[slot_of(type, name, kLookupBits, after)];
    if (last.type != type || last.after != after || last.name != name || last.epoch != class_epoch)
      last = {type, after, name, find(), class_epoch};
    return last.found;
  }

  // Where own_name() found a name of a module last, once nothing that waits can change it; the same way of keeping.
  struct Global {
    const Module* module = nullptr;
    const Str* name = nullptr;
    std::int32_t entry = -1;  // of the module's attributes; -1: absent while `added` is theirs
    std::uint32_t added = 0;
  };
  static constexpr std::size_t kGlobalBits = 10;
  std::array<Global, std::size_t{1} << kGlobalBits> globals{};
  Global& global_of(const Module* module, const Str* name) { return globals[slot_of(module, name, kGlobalBits)]; }

  struct Place {
    std::size_t root = 0;
    std::string folder;  // of the package, or of the module's file
  };
  std::unordered_map<std::string, Module*> modules;
  std::vector<std::unique_ptr<ModuleBody>> bodies;  // SourceUnit::body points here
  std::deque<FileOutline> embedded_outlines;
  std::unordered_map<const Module*, Place> places;
  std::deque<SourceUnit> units;
  struct Embedded {
    std::string_view text;
    bool open;
  };
  std::unordered_map<std::string, Embedded> embedded;
  std::unordered_map<std::string, Value> overrides;  // "module:name"
  std::vector<Value> handling;                       // exceptions being handled, innermost last
  std::unordered_map<const Class*, std::vector<Class*>> subclasses;
  std::unordered_map<std::string_view, Class*> iterator_classes;
  std::unordered_map<const Object*, Value> property_docs;  // by property(doc=...) or set; otherwise its getter's

  std::unordered_map<const Expr*, bool> yielding;  // what has_yield() found

  // quantified_texts.cpp
  std::unordered_map<const Expr*, std::shared_ptr<TextPlan>> text_plans;
  MakeMatchSet make_match_set = nullptr;
};

// Takes back what a call used of the stack, also when an exception passes.
class StackMark {
 public:
  explicit StackMark(Interpreter::Impl& impl) : impl_(impl), top_(impl.stack_top) {}
  ~StackMark() { impl_.stack_top = top_; }
  StackMark(const StackMark&) = delete;
  StackMark& operator=(const StackMark&) = delete;
  Value* take(std::size_t count) {
    if (count > Interpreter::Impl::kStackValues - impl_.stack_top) throw BudgetExceeded{"depth"};
    Value* items = impl_.stack.get() + impl_.stack_top;
    impl_.stack_top += count;
    for (std::size_t i = 0; i < count; ++i) new (items + i) Value{};
    return items;
  }

 private:
  Interpreter::Impl& impl_;
  std::size_t top_;
};

// Makes a frame the innermost one for as long as it lives.
class FrameScope {
 public:
  FrameScope(Interpreter& in, Frame& frame);
  ~FrameScope();
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;

 private:
  Interpreter& in_;
  Frame* caller_;
};

enum class Flow : std::uint8_t { kNext, kBreak, kContinue, kReturn };

// expressions.cpp
Value evaluate(Interpreter& in, Frame& frame, const Expr* expr);
void assign(Interpreter& in, Frame& frame, const Expr* target, const Value& value);
Value load_name(Interpreter& in, Frame& frame, const Name* name);
void store_name(Interpreter& in, Frame& frame, const Name* name, const Value& value);

// statements.cpp
Flow run_block(Interpreter& in, Frame& frame, const Block& block);
// The block that an `if` goes on with.  Of a condition that is not known it is one that does not end in `raise`, where
// there is one, also behind `elif`s: nobody wants to hear of an error that may not be.
const Block& branch_of(Interpreter& in, Frame& frame, const If* statement);
// The body of the case that matches, its names bound; empty where none does.
Block case_of(Interpreter& in, Frame& frame, const Match* statement);
// Binds the names of a pattern that fits.
bool match_pattern(Interpreter& in, Frame& frame, const Pattern* pattern, const Value& subject);
bool matches_handler(Interpreter& in, const Value& exception, const Value& type);

// calls.cpp
// The attribute of a function with an unknown decorator under which that is kept: no program can name it.
constexpr std::string_view kUnknownDecorator = "(unknown decorator)";
std::string qualified_name_of(const Function* function);  // __qualname__
std::string qualified_name_of(const Code* code);          // of the function or class that it defines
Value call_function(Interpreter& in, Function* function, const Arguments& arguments, Delegation* delegation = nullptr);
// Raises TypeError for a class that object.__new__ makes no instances of.
void refuse_abstract(Interpreter& in, const Class* type);
// A call's frame with its arguments bound and nothing run yet; it outlives the caller.
Frame* start_frame(Interpreter& in, Function* function, const Arguments& arguments);
Function* make_function(Interpreter& in, Frame& frame, Code* code);
// The parameters of a function and the values of their defaults are there once this has run.
void prepare_function(Interpreter& in, Function* function);
Value instantiate(Interpreter& in, Class* type, const Arguments& arguments);

// annotations.cpp
// Raises what it raises in Python, where what it names is what Python has there; else kMissing.
Value run_annotation(Interpreter& in, Frame& frame, const Expr* annotation);
// Those of a function that is being defined in `around`.  Where they name something of the class or the function that
// it stands in, which may be gone when they are asked for, its __annotations__ are made.
void run_annotations(Interpreter& in, Frame& frame, const Frame& around, Function* function,
                     const Items<Expr*>& annotations);
// Makes a function's __annotations__ from their text.
Dict* read_annotations(Interpreter& in, Function* function);

// classes.cpp
// Reads __slots__, once: it may be an iterator.  Instances have no __dict__ where the class and all that it inherits
// name their attributes there.
void read_slots(Interpreter& in, Class* type);
// A class of the MRO names the attribute in __slots__.
bool has_slot(const Class* type, const Str* name);
void run_class(Interpreter& in, Frame& frame, const ClassDef* definition);
// A class piece of a file, whose methods stay unparsed.
Value class_from_piece(Interpreter& in, Frame& frame, SourceUnit* unit, const Piece& piece);
// `in_class`: the name of the class whose body it is in.
Value function_from_piece(Interpreter& in, Frame& frame, SourceUnit* unit, const Piece& piece, Str* in_class);
// Decorators are evaluated before what they decorate is defined, and called behind that, the last first.
std::vector<Value> decorators_of(Interpreter& in, Frame& frame, const Items<Expr*>& decorators);
Value decorated(Interpreter& in, const std::vector<Value>& decorators, Value value);

// modules.cpp
Value module_attribute(Interpreter& in, Module* module, Str* name);  // kMissing where absent
// To be called before a name of the module is bound other than by its own statements: those that wait would bind it
// once more.
void run_before_write(Interpreter& in, Module* module, Str* name);
Value load_global(Interpreter& in, Module* module, Str* name);  // builtins too; kMissing where absent
void run_import(Interpreter& in, Frame& frame, const Import* statement);
void run_import_from(Interpreter& in, Frame& frame, const ImportFrom* statement);
[[noreturn]] void raise_syntax_error(Interpreter& in, SourceUnit* unit, const SyntaxError& error);

}  // namespace ckptlint::python
