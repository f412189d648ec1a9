// The state of one evaluation: its memory, its budget, the making of values and exceptions, and what could not be
// known.
#include "python/evaluate/interpreter.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "python/evaluate/impl.h"

namespace ckptlint::python {
namespace {
constexpr std::uint64_t kStepsBetweenClockChecks = 1 << 16;
constexpr std::size_t kMaxNotes = 200;

// Processor time of this thread alone: others may be evaluating other models.  A thread that goes on with what another
// began has the whole time again.
std::clock_t thread_clock() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::clock_t>(now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1'000'000'000 / CLOCKS_PER_SEC));
}
}  // namespace

Interpreter::Impl::Impl(Interpreter& in, std::vector<SourceRoot> given_roots, const Budget& given_budget)
    : roots(std::move(given_roots)),
      budget(given_budget),
      parser(in.arena, in.symbols),
      steps_left(given_budget.steps),
      next_clock_check(given_budget.steps - kStepsBetweenClockChecks),
      deadline(thread_clock() + static_cast<std::clock_t>(given_budget.seconds * CLOCKS_PER_SEC)),
      stack(static_cast<Value*>(std::malloc(kStackValues * sizeof(Value))), &std::free) {
  if (!stack) throw std::bad_alloc();
}

Interpreter::Interpreter(std::vector<SourceRoot> roots, Environment given_environment, Budget budget,
                         void (*install)(Interpreter&))
    : arena(budget.bytes),
      symbols(arena, Symbols::kSlotsOfModels),
      sym(symbols),
      environment(std::move(given_environment)),
      impl(new Impl(*this, std::move(roots), budget)) {
  install(*this);
}

Interpreter::~Interpreter() = default;

FrameScope::FrameScope(Interpreter& in, Frame& frame) : in_(in), caller_(in.frame) {
  if (++in.impl->depth > in.impl->budget.depth) {
    --in.impl->depth;
    in.raise(in.exception("RecursionError"), "maximum recursion depth exceeded");
  }
  frame.caller = in.frame;
  in.frame = &frame;
}

FrameScope::~FrameScope() {
  --in_.impl->depth;
  in_.frame = caller_;
}

// ---- making values ------------------------------------------------------------------------------------------------

Value Interpreter::string(std::string_view text) {
  step(text.size() / 64);
  return string_of(arena.copy(text));
}

Value Interpreter::string_of(std::string_view kept) {
  Str* made = arena.make<Str>();
  made->kind = Kind::kStr;
  made->data = kept.data();
  made->length = static_cast<std::uint32_t>(kept.size());
  return Value::of(made);  // hashed once it is a key
}

Value Interpreter::tuple(const Value* items, std::size_t count) {
  Tuple* made = arena.make<Tuple>();
  made->kind = Kind::kTuple;
  made->count = static_cast<std::uint32_t>(count);
  made->items = arena.array<Value>(count);
  for (std::size_t i = 0; i < count; ++i) made->items[i] = items[i];
  return Value::of(made);
}

Value Interpreter::tuple(std::initializer_list<Value> items) { return tuple(items.begin(), items.size()); }

List* Interpreter::list(std::size_t reserve) {
  List* made = arena.make<List>();
  made->kind = Kind::kList;
  if (reserve != 0) made->items.reserve(arena, reserve);
  return made;
}

Dict* Interpreter::dict() {
  Dict* made = arena.make<Dict>();
  made->kind = Kind::kDict;
  return made;
}

Set* Interpreter::set(bool frozen) {
  Set* made = arena.make<Set>();
  made->kind = Kind::kSet;
  made->items = dict();
  made->frozen = frozen;
  return made;
}

Value Interpreter::native(const char* name, NativeFunction function, Value data) {
  Native* made = arena.make<Native>();
  made->kind = Kind::kNative;
  made->name = name;
  made->function = function;
  made->data = data;
  return Value::of(made);
}

Value Interpreter::native_static(const char* name, NativeFunction function, Value data) {
  Value made = native(name, function, data);
  made.as<Native>()->binds = false;
  return made;
}

Value Interpreter::unknown(std::string_view origin) {
  Unknown* made = arena.make<Unknown>();
  made->kind = Kind::kUnknown;
  made->origin = intern(origin);
  made->where = here();
  return Value::of(made);
}

Class* Interpreter::make_class(std::string_view name, std::initializer_list<Class*> bases, Layout layout) {
  Class* made = arena.make<Class>();
  made->kind = Kind::kClass;
  made->name = made->qualified_name = intern(name);
  made->attributes = dict();
  made->native = true;
  made->layout = layout;
  made->mro.push(arena, made);
  for (Class* base : bases) {
    made->bases.push(arena, base);
    if (made->layout == Layout::kPlain) made->layout = base->layout;
    if (made->construct == nullptr) made->construct = base->construct;
    if (made->finish == nullptr) made->finish = base->finish;
    if (made->metaclass == nullptr) made->metaclass = base->metaclass;
    made->is_enum |= base->is_enum;
  }
  // Host classes are listed with their most derived base first, so joining the orders without repeats is C3's answer.
  for (Class* base : bases) {
    for (Class* each : base->mro) {
      bool later = false;
      for (Class* known : made->mro) later |= known == each;
      if (!later && each != classes.object) made->mro.push(arena, each);
    }
  }
  if (classes.object != nullptr && made != classes.object) {
    made->mro.push(arena, classes.object);
    if (bases.size() == 0) made->bases.push(arena, classes.object);
  }
  return made;
}

void Interpreter::set_class(Class* type, std::string_view attribute, Value value) {
  dict_set(arena, type->attributes, intern(attribute), value);
  ++impl->class_epoch;
}

void Interpreter::method(Class* type, const char* name, NativeFunction function, Value data) {
  set_class(type, name, native(name, function, data));
}

void Interpreter::property(Class* type, const char* name, NativeFunction getter, NativeFunction setter) {
  Property* made = arena.make<Property>();
  made->kind = Kind::kProperty;
  made->name = intern(name);
  made->getter = native(name, getter);
  if (setter != nullptr) made->setter = native(name, setter);
  set_class(type, name, Value::of(made));
}

void Interpreter::class_method(Class* type, const char* name, NativeFunction function, Value data) {
  ClassMethod* made = arena.make<ClassMethod>();
  made->kind = Kind::kClassMethod;
  made->function = native(name, function, data);
  set_class(type, name, Value::of(made));
}

void Interpreter::static_method(Class* type, const char* name, NativeFunction function, Value data) {
  StaticMethod* made = arena.make<StaticMethod>();
  made->kind = Kind::kStaticMethod;
  made->function = native_static(name, function, data);
  set_class(type, name, Value::of(made));
}

Instance* Interpreter::instance(Class* type) {
  step();
  Instance* made = type->layout == Layout::kModule ? arena.make<ModuleInstance>() : arena.make<Instance>();
  made->kind = Kind::kInstance;
  made->type = type;
  return made;
}

// ---- arguments ----------------------------------------------------------------------------------------------------

// ---- raising ------------------------------------------------------------------------------------------------------

Class* Interpreter::exception(std::string_view name) {
  Value* found = dict_find(builtins->attributes, intern(name));
  return found != nullptr && found->is(Kind::kClass) ? found->as<Class>() : classes.base_exception;
}

void Interpreter::raise(Class* type, std::string_view message) {
  Instance* made = instance(type);
  made->attributes = dict();
  Value text = string(message);
  dict_set(arena, made->attributes, sym.args, tuple({text}));
  if (!impl->handling.empty()) dict_set(arena, made->attributes, sym.__context__, impl->handling.back());
  throw PyRaise{Value::of(made), here()};
}

void Interpreter::raise_type_error(std::string_view message) { raise(exception("TypeError"), message); }
void Interpreter::raise_value_error(std::string_view message) { raise(exception("ValueError"), message); }

std::string Interpreter::describe(const PyRaise& raised) {
  if (!raised.exception.is(Kind::kInstance)) return "an exception that is not known";
  std::string name(raised.exception.as<Instance>()->type->name->view());
  std::string text;
  try {
    text = str(raised.exception);
  } catch (const PyRaise&) {
    text.clear();
  }
  return text.empty() ? name : name + ": " + text;
}

// ---- budgets, places, notes ---------------------------------------------------------------------------------------

void Interpreter::step(std::uint64_t count) {
  if (impl->steps_left <= count) throw BudgetExceeded{"steps"};
  impl->steps_left -= count;
  if (impl->steps_left < impl->next_clock_check) {
    impl->next_clock_check =
        impl->steps_left > kStepsBetweenClockChecks ? impl->steps_left - kStepsBetweenClockChecks : 0;
    if (thread_clock() > impl->deadline) throw BudgetExceeded{"time"};
  }
}

void Interpreter::limit_steps(std::uint64_t most) {
  impl->steps_left = std::min(impl->steps_left, most);
  impl->next_clock_check = impl->steps_left;
}

Span Interpreter::span_of(SourceUnit* unit, const Position& at) const {
  return {unit->file, at.line, at.column, at.end_line, at.end_column};
}

Span Interpreter::here() const {
  for (const Frame* each = frame; each != nullptr; each = each->caller) {
    if (each->at == nullptr || each->code == nullptr || each->code->unit == nullptr || each->code->unit->embedded)
      continue;
    return span_of(each->code->unit, *each->at);
  }
  return {};
}

void Interpreter::note_partial(std::string_view what) {
  if (quiet > 0 || notes.size() >= kMaxNotes) return;
  Span where = here();
  for (const Note& note : notes) {
    if (note.where == where && note.what == what) return;
  }
  notes.push_back({std::string(what), where});
}

bool Interpreter::test(const Value& value) {
  Truth answer = truth(value);
  if (answer == Truth::kUnknown) {
    note_partial(value.unknown() ? fmt::format("a condition depends on {}", value.as<Unknown>()->origin->view())
                                 : std::string("a condition depends on values that are not known"));
  }
  return answer == Truth::kTrue;
}

}  // namespace ckptlint::python
