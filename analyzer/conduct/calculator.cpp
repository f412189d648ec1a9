// Each question is asked within what is left of the evaluator's budget, and leaves no notes.
#include "conduct/calculator.h"

#include <fmt/format.h>

#include "conduct/program.h"
#include "graph/asking.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/code_text.h"
#include "python/values/dict.h"

namespace ckptlint {

using python::Kind;
using python::Value;

namespace {

constexpr std::size_t kSomeMemory = std::size_t{1} << 18;
constexpr std::size_t kLongestText = std::size_t{1} << 20;

void install_calculator(python::Interpreter& in) {
  python::install_library(in);
  install_decoders(in);
  // Where a name leads to one of these, it is known by where it comes from.
  for (const Danger& danger : dangers()) {
    const std::size_t dot = danger.name.rfind('.');
    const std::string_view module = danger.name.substr(0, dot);
    if (danger.kind == DeedKind::kFile || module == "builtins" || module.find('(') != std::string_view::npos ||
        module.find("environ") != std::string_view::npos || !is_dangerous_module(module.substr(0, module.find('.'))))
      continue;
    in.define(in.native_module(module), danger.name.substr(dot + 1), in.unknown(danger.name));
  }
}

// Whether all of it is known.
bool is_plain(const Value& value, int depth = 0) {
  if (depth > 8) return false;
  switch (value.kind) {
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kBigInt:
    case Kind::kStr:
    case Kind::kBytes:
      return true;
    case Kind::kTuple:
      for (const Value& each : *value.as<python::Tuple>()) {
        if (!is_plain(each, depth + 1)) return false;
      }
      return true;
    case Kind::kList:
      for (const Value& each : value.as<python::List>()->items) {
        if (!is_plain(each, depth + 1)) return false;
      }
      return true;
    case Kind::kDict:
      for (const auto& entry : value.as<python::Dict>()->entries) {
        if (!entry.key.missing() && (!is_plain(entry.key, depth + 1) || !is_plain(entry.value, depth + 1)))
          return false;
      }
      return true;
    default:
      return false;
  }
}

python::Budget budget_of_calculator() {
  python::Budget budget;
  budget.steps = 20'000'000;
  budget.bytes = std::size_t{256} << 20;
#ifdef CKPTLINT_SMALL_STACKS
  budget.depth =
      24;  // AddressSanitizer cleans no more than 64 MiB of a stack behind an exception, and makes frames large
#else
  budget.depth = 300;
#endif
  budget.seconds = 5;
  return budget;
}

}  // namespace

Calculator::Calculator(const FileTreePtr& repo, bool runs_modules) : runs_modules_(runs_modules) {
  std::vector<python::SourceRoot> roots = {{repo, "", kPackage, true, true}};
  in_ = std::make_unique<python::Interpreter>(std::move(roots), python::default_environment(), budget_of_calculator(),
                                              install_calculator);
}

std::optional<Meaning> Calculator::meaning_of(const Value& value) {
  Meaning meaning;
  if (value.is(Kind::kModule)) {
    const std::string name(value.as<python::Module>()->name->view());
    if (name.starts_with("transformers_modules")) return std::nullopt;
    return external(name);
  }
  if (value.unknown() && !value.as<python::Unknown>()->returned) {
    const std::string origin(value.as<python::Unknown>()->origin->view());
    if (danger_of(origin) != nullptr || is_dangerous_module(origin)) return external(origin);
    return std::nullopt;
  }
  if (value.is(Kind::kNative)) {
    const std::string name = fmt::format("builtins.{}", value.as<python::Native>()->name);
    if (danger_of(name) != nullptr) return external(name);
    return std::nullopt;
  }
  if (!is_plain(value)) return std::nullopt;
  meaning.kind = Meaning::Kind::kKnown;
  meaning.value = value;
  return meaning;
}

bool Calculator::has_memory() {
  try {
    return in_->arena.allocate(kSomeMemory) != nullptr;
  } catch (const python::BudgetExceeded&) {
    return false;
  }
}

// What is used up is said, and what can be told without the evaluator is told all the same.
template <typename Work>
auto Calculator::within_budget(const Work& work) -> std::optional<decltype(work())> {
  if (exhausted_) return std::nullopt;
  try {
    return work();
  } catch (const python::BudgetExceeded& exceeded) {
    // One value that is too large takes nothing.
    if (std::string_view(exceeded.what) != "memory" || !has_memory()) exhausted_ = exceeded.what;
    return std::nullopt;
  }
}

template <typename Question>
std::optional<Meaning> Calculator::ask(const Question& question) {
  const NotesTakenBack no_notes(*in_);
  const std::optional<Answer<Value>> asked = within_budget([&] { return attempt(question); });
  if (!asked) return std::nullopt;
  const Answer<Value>& answer = *asked;
  if (!answer || answer->missing()) return std::nullopt;
  if (answer->is(Kind::kStr) && answer->template as<python::Str>()->length > kLongestText) return std::nullopt;
  return meaning_of(*answer);
}

python::Module* Calculator::module_of(CodeFile& file) {
  // A script beside them may run for ever.
  if (runs_modules_ && file.asked_for && file.evaluated == nullptr && !file.evaluation_failed) {
    const NotesTakenBack no_notes(*in_);
    const std::optional<Answer<Value>> module = within_budget([&] {
      return attempt([&] { return Value::of(in_->import_module(fmt::format("{}.{}", kPackage, file.module))); });
    });
    if (module && *module && (*module)->is(Kind::kModule))
      file.evaluated = (*module)->as<python::Module>();
    else
      file.evaluation_failed = true;
  }
  return file.evaluated;
}

std::optional<Meaning> Calculator::global(CodeFile& file, python::Str* name) {
  python::Module* module = module_of(file);
  if (module == nullptr) return std::nullopt;
  return ask([&] { return in_->attribute(Value::of(module), name); });
}

std::optional<Meaning> Calculator::binary(python::Operator op, const Meaning& left, const Meaning& right) {
  return ask([&] { return in_->binary(op, left.value, right.value); });
}

std::optional<Meaning> Calculator::compare(python::Operator op, const Meaning& left, const Meaning& right) {
  return ask([&] { return in_->compare(op, left.value, right.value); });
}

std::optional<Meaning> Calculator::item(const Meaning& object, const Meaning& key) {
  return ask([&] { return in_->item(object.value, key.value); });
}

std::optional<Meaning> Calculator::slice(const Meaning& object, const Value& key) {
  return ask([&] { return in_->item(object.value, key); });
}

std::optional<Meaning> Calculator::formatted(const Meaning& value, std::string_view spec) {
  return ask([&] { return in_->format_value(value.value, spec); });
}

Value Calculator::called(const Value& callee, std::vector<Value> arguments) {
  python::Arguments all;
  all.positional = arguments.data();
  all.count = arguments.size();
  return in_->call(callee, all);
}

std::optional<Meaning> Calculator::call(const std::string& function, const std::vector<Value>& arguments) {
  return ask([&] {
    const std::size_t dot = function.rfind('.');
    Value callee;
    if (function.starts_with("builtins.")) {
      callee = Value::of(in_->builtins);
      for (std::size_t at = 9; at <= function.size();) {
        const std::size_t end = std::min(function.find('.', at), function.size());
        callee = in_->attribute(callee, in_->intern(function.substr(at, end - at)));
        at = end + 1;
      }
    } else {
      callee = in_->import_name(function.substr(0, dot), function.substr(dot + 1));
    }
    if (callee.unknown()) return Value{};
    return called(callee, arguments);
  });
}

std::optional<Meaning> Calculator::call_method(const Value& receiver, const std::string& method,
                                               const std::vector<Value>& arguments) {
  return ask([&] { return called(in_->attribute(receiver, in_->intern(method)), arguments); });
}

std::optional<Meaning> Calculator::call_own(CodeFile& file, const std::string& function,
                                            const std::vector<Value>& arguments) {
  python::Module* module = module_of(file);
  if (module == nullptr) return std::nullopt;
  return ask([&] {
    const Value callee = in_->attribute(Value::of(module), in_->intern(function));
    if (!callee.is(Kind::kFunction)) return Value{};
    return called(callee, arguments);
  });
}

std::optional<Meaning> Calculator::evaluate(CodeFile& file, std::string_view text,
                                            const std::vector<std::pair<python::Str*, Value>>& locals) {
  python::Module* module = module_of(file);
  if (module == nullptr) return std::nullopt;
  return ask([&] {
    python::Dict* names = in_->dict();
    for (const auto& [name, value] : locals) python::dict_set(in_->arena, names, name, value);
    return python::run_text(*in_, text, python::TextKind::kExpression, {module, names});
  });
}

std::optional<std::vector<Value>> Calculator::elements(const Value& of, std::size_t most) {
  std::vector<Value> found;
  const NotesTakenBack no_notes(*in_);
  const auto walked = within_budget([&] {
    return attempt([&] {
      python::Iteration iteration;
      if (!in_->iterate(of, iteration)) return Value{};
      Value each;
      while (found.size() < most && in_->next(iteration, each)) found.push_back(each);
      return Value::none();
    });
  });
  if (!walked || !*walked || (*walked)->missing()) return std::nullopt;
  return found;
}

}  // namespace ckptlint
