// Finds the generator expressions that ask the same of many texts, keeps the texts in sets, and answers from those.
#include "python/evaluate/quantified_texts.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <unordered_set>

#include "python/evaluate/impl.h"
#include "python/evaluate/nesting.h"

namespace ckptlint::python {
namespace {

constexpr std::size_t kFewest = 8;  // elements that are worth it

// `f"{text}{boundary}"`: literal texts, names, and the element (a null name with a null text).
struct TextPart {
  const Str* text = nullptr;
  const Name* name = nullptr;
};

enum class Test : std::uint8_t { kMatch, kEndsWith, kStartsWith, kEquals, kIsIn };

struct Condition {
  Test test{};
  const Expr* function = nullptr;  // kMatch: `re.match`
  const Name* subject = nullptr;
  std::vector<TextPart> parts;
};

// Texts that are compared with the start, the end, the whole or any part of a subject.
class TextSet {
 public:
  void add(std::string text) {
    const std::size_t length = text.size();
    if (texts_.insert(std::move(text)).second && std::find(lengths_.begin(), lengths_.end(), length) == lengths_.end())
      lengths_.push_back(length);
  }
  bool any(Test test, const std::string& subject) const {
    if (test == Test::kEquals) return texts_.contains(subject);
    if (test == Test::kIsIn)
      return std::any_of(texts_.begin(), texts_.end(),
                         [&](const std::string& text) { return subject.find(text) != std::string::npos; });
    return std::any_of(lengths_.begin(), lengths_.end(), [&](std::size_t length) {
      if (length > subject.size()) return false;
      return texts_.contains(subject.substr(test == Test::kStartsWith ? 0 : subject.size() - length, length));
    });
  }

 private:
  std::unordered_set<std::string> texts_;
  std::vector<std::size_t> lengths_;
};

}  // namespace

// What is known of one generator expression.
struct TextPlan {
  std::vector<Condition> conditions;  // none: it is another kind of expression
  const Name* iterable = nullptr;
  std::vector<const Name*> names;  // that the patterns are made of, besides the element

  // What it was asked with last, and the sets that were made of that.
  std::vector<Value> elements, values;
  struct Prepared {
    TextSet texts;
    std::unique_ptr<MatchSet> patterns;
  };
  std::vector<Prepared> prepared;  // for each condition
  bool refused = false;            // these elements cannot be prepared
};

namespace {

// ---- which expressions these are

class Reading {
 public:
  explicit Reading(TextPlan& plan) : plan_(plan) {}

  void read(const Comprehension* expr) {
    if (expr->clauses.size() != 1 || expr->clauses[0].target == nullptr) return;
    const Expr* iterable = expr->clauses[0].iterable;
    // `names or []`: with as many elements as are worth it, they are the first.
    if (iterable->kind == ExprKind::kBool && static_cast<const BoolOp*>(iterable)->is_or)
      iterable = static_cast<const BoolOp*>(iterable)->left;
    if (expr->clauses[0].target->kind != ExprKind::kName || iterable->kind != ExprKind::kName) return;
    element_ = static_cast<const Name*>(expr->clauses[0].target);
    plan_.iterable = static_cast<const Name*>(iterable);
    if (!alternatives(expr->key)) plan_.conditions.clear();
  }

 private:
  bool is_element(const Expr* expr) const {
    const Name* name = expr->kind == ExprKind::kName ? static_cast<const Name*>(expr) : nullptr;
    return name != nullptr && name->symbol == element_->symbol;
  }

  bool alternatives(const Expr* expr) {
    if (expr->kind != ExprKind::kBool) return condition(expr);
    const BoolOp* both = static_cast<const BoolOp*>(expr);
    return both->is_or && alternatives(both->left) && alternatives(both->right);
  }

  bool condition(const Expr* expr) {
    if (expr->kind == ExprKind::kCompare) return comparison(static_cast<const Compare*>(expr));
    if (expr->kind != ExprKind::kCall) return false;
    const Call* call = static_cast<const Call*>(expr);
    if (!call->simple || call->callee->kind != ExprKind::kAttribute) return false;
    for (const CallArgument& argument : call->arguments) {
      if (argument.keyword != nullptr) return false;
    }
    const Attribute* callee = static_cast<const Attribute*>(call->callee);
    if (callee->object->kind != ExprKind::kName || is_element(callee->object)) return false;
    const std::string_view name = callee->symbol->view();
    if (name == "match" && call->arguments.size() == 2)
      return add(Test::kMatch, callee, call->arguments[1].value, call->arguments[0].value);
    if ((name == "endswith" || name == "startswith") && call->arguments.size() == 1)
      return add(name[0] == 'e' ? Test::kEndsWith : Test::kStartsWith, nullptr, callee->object,
                 call->arguments[0].value);
    return false;
  }

  bool comparison(const Compare* expr) {
    if (expr->operators.size() != 1) return false;
    const Expr* left = expr->first;
    const Expr* right = expr->rest[0];
    if (expr->operators[0] == Operator::kIn) return add(Test::kIsIn, nullptr, right, left);
    if (expr->operators[0] != Operator::kEqual) return false;
    return is_element(left) ? add(Test::kEquals, nullptr, right, left) : add(Test::kEquals, nullptr, left, right);
  }

  bool add(Test test, const Expr* function, const Expr* subject, const Expr* text) {
    if (subject->kind != ExprKind::kName || is_element(subject)) return false;
    Condition made{test, function, static_cast<const Name*>(subject), {}};
    if (is_element(text)) {
      made.parts.push_back({});
    } else if (text->kind != ExprKind::kFormat || !parts(static_cast<const Format*>(text), made.parts)) {
      return false;
    }
    plan_.conditions.push_back(std::move(made));
    return true;
  }

  bool parts(const Format* format, std::vector<TextPart>& made) {
    for (const FormatPart& part : format->parts) {
      if (part.text != nullptr) {
        made.push_back({part.text, nullptr});
        continue;
      }
      const bool plain = part.conversion == 0 && part.spec == nullptr && part.debug == nullptr;
      if (!plain || part.value->kind != ExprKind::kName) return false;
      if (is_element(part.value)) {
        made.push_back({});
      } else {
        made.push_back({nullptr, static_cast<const Name*>(part.value)});
        plan_.names.push_back(made.back().name);
      }
    }
    return true;
  }

  TextPlan& plan_;
  const Name* element_ = nullptr;
};

TextPlan& plan_of(Interpreter& in, const Comprehension* expr) {
  std::shared_ptr<TextPlan>& plan = in.impl->text_plans[expr];
  if (plan == nullptr) {
    plan = std::make_shared<TextPlan>();
    Reading(*plan).read(expr);
  }
  return *plan;
}

// ---- asking

// The elements of a list or tuple; nothing where they are too few.
std::span<const Value> elements_of(const Value& list) {
  std::span<const Value> items;
  if (list.is(Kind::kList))
    items = {list.as<List>()->items.items, list.as<List>()->items.count};
  else if (list.is(Kind::kTuple))
    items = {list.as<Tuple>()->items, list.as<Tuple>()->count};
  return items.size() >= kFewest ? items : std::span<const Value>();
}

std::string text_of(const TextPlan& plan, const Condition& condition, const Str* element) {
  std::string text;
  for (const TextPart& part : condition.parts) {
    if (part.name == nullptr) {
      text += (part.text == nullptr ? element : part.text)->view();
      continue;
    }
    const auto at = std::find(plan.names.begin(), plan.names.end(), part.name) - plan.names.begin();
    text += plan.values[static_cast<std::size_t>(at)].as<Str>()->view();
  }
  return text;
}

bool prepare(Interpreter& in, Frame& frame, TextPlan& plan) {
  for (const Condition& condition : plan.conditions) {
    TextPlan::Prepared& made = plan.prepared.emplace_back();
    std::vector<std::string> patterns;
    for (const Value& element : plan.elements) {
      in.step();
      std::string text = text_of(plan, condition, element.as<Str>());
      if (condition.test == Test::kMatch)
        patterns.push_back(std::move(text));
      else
        made.texts.add(std::move(text));
    }
    if (condition.test != Test::kMatch) continue;
    if (in.impl->make_match_set != nullptr)
      made.patterns = in.impl->make_match_set(in, evaluate(in, frame, condition.function), patterns);
    if (made.patterns == nullptr) return false;
  }
  return true;
}

bool same_texts(std::span<const Value> left, std::span<const Value> right) {
  if (left.size() != right.size()) return false;
  if (left.empty() || std::memcmp(left.data(), right.data(), left.size_bytes()) == 0) return true;
  return std::equal(left.begin(), left.end(), right.begin(), [](const Value& one, const Value& other) {
    return one.is(Kind::kStr) && (one.object == other.object || one.as<Str>()->view() == other.as<Str>()->view());
  });
}

// Makes the sets, unless they are there from the last call.  False where they cannot be made.
bool is_prepared(Interpreter& in, Frame& frame, TextPlan& plan, std::span<const Value> items,
                 const std::vector<Value>& values) {
  if (same_texts(items, plan.elements) && same_texts(values, plan.values)) return !plan.refused;
  const bool texts = std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is(Kind::kStr); });
  plan.elements.assign(items.begin(), texts ? items.end() : items.begin());
  plan.values = values;
  plan.prepared.clear();
  plan.refused = !texts || !prepare(in, frame, plan);
  return !plan.refused;
}

bool is_builtin_any(Interpreter& in, Frame& frame, const Expr* callee) {
  const Name* name = callee->kind == ExprKind::kName ? static_cast<const Name*>(callee) : nullptr;
  if (name == nullptr || name->symbol->view() != "any") return false;
  const Value* builtin = dict_find(in.builtins->attributes, name->symbol);
  const Value found = load_name(in, frame, name);
  return builtin != nullptr && found.is(Kind::kNative) && found.object == builtin->object;
}

// The texts that the names stand for, or false.
bool load_texts(Interpreter& in, Frame& frame, const TextPlan& plan, std::vector<Value>& values,
                std::vector<Value>& subjects) {
  const auto load = [&](const Name* name, std::vector<Value>& out) {
    out.push_back(load_name(in, frame, name));
    return out.back().is(Kind::kStr);
  };
  for (const Name* name : plan.names) {
    if (!load(name, values)) return false;
  }
  return std::all_of(plan.conditions.begin(), plan.conditions.end(),
                     [&](const Condition& condition) { return load(condition.subject, subjects); });
}

}  // namespace

void set_match_sets(Interpreter& in, MakeMatchSet make) { in.impl->make_match_set = make; }

Value any_of_texts(Interpreter& in, Frame& frame, const Call* call) {
  if (call->arguments.size() != 1 || call->arguments[0].value->kind != ExprKind::kComprehension) return {};
  const auto* expr = static_cast<const Comprehension*>(call->arguments[0].value);
  if (expr->result != ComprehensionKind::kGenerator || !is_builtin_any(in, frame, call->callee)) return {};
  TextPlan& plan = plan_of(in, expr);
  if (plan.conditions.empty()) return {};
  const std::span<const Value> items = elements_of(load_name(in, frame, plan.iterable));
  if (items.empty()) return {};
  std::vector<Value> values, subjects;
  if (!load_texts(in, frame, plan, values, subjects) || !is_prepared(in, frame, plan, items, values)) return {};
  constexpr std::size_t kLooksOfStep = 16;
  in.step(plan.conditions.size() * (1 + items.size() / kLooksOfStep));
  bool found = false;
  for (std::size_t i = 0; i < plan.conditions.size(); ++i) {
    const std::string subject(subjects[i].as<Str>()->view());
    const TextPlan::Prepared& prepared = plan.prepared[i];
    const Truth truth = prepared.patterns == nullptr ? truth_of(prepared.texts.any(plan.conditions[i].test, subject))
                                                     : prepared.patterns->any_matches(in, subject);
    if (truth == Truth::kUnknown) return {};
    found = found || truth == Truth::kTrue;
  }
  return Value::of(found);
}

}  // namespace ckptlint::python
