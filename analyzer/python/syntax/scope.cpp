// Settles which slot of which frame a name means, when the function, class or comprehension around it ends.
#include "python/syntax/scope.h"

#include "python/syntax/source_unit.h"
#include "python/values/dict.h"

namespace ckptlint::python {
namespace {

void settle(Name* name, std::uint16_t depth, std::uint32_t slot, bool from_class) {
  if (from_class) {
    name->scope = NameScope::kClass;
    name->depth = depth;
  } else {
    name->scope = depth == 0 ? NameScope::kLocal : NameScope::kEnclosing;
    name->depth = depth;
  }
  name->slot = slot;
}

}  // namespace

std::uint32_t Scope::slot(Str* name) {
  std::uint32_t index = static_cast<std::uint32_t>(code_->slots.size());
  code_->slots.push(arena_, name);
  return index;
}

void Scope::bind(Str* name) {
  bool is_function = code_->kind == CodeKind::kFunction || code_->kind == CodeKind::kLambda;
  if (!is_function || globals_.has(name) || nonlocals_.has(name) || dict_find(&locals_, name) != nullptr) return;
  dict_set(arena_, &locals_, name, Value::of(static_cast<std::int64_t>(slot(name))));
}

void Scope::use(Name* name) { receive({name, 0, code_->kind == CodeKind::kClass}); }

bool Scope::settle_in_comprehension(const Use& use) {
  for (std::size_t level = comprehensions_.size(); level-- > floor_;) {
    for (const auto& [name, slot] : comprehensions_[level]) {
      if (name != use.name->symbol) continue;
      if (use.depth > 0) code_->captured = true;
      settle(use.name, use.depth, slot, false);
      return true;
    }
  }
  return false;
}

void Scope::receive(const Use& use) {
  if (!settle_in_comprehension(use)) uses_.push_back(use);
}

Scope::Element Scope::open_element() {
  const Element element{uses_.size(), floor_};
  floor_ = comprehensions_.size();
  return element;
}

std::vector<Scope::Use> Scope::take_element(const Element& element) {
  floor_ = element.outer_floor;
  std::vector<Use> taken(uses_.begin() + static_cast<std::ptrdiff_t>(element.first_use), uses_.end());
  uses_.resize(element.first_use);
  return taken;
}

void Scope::close_element(const Element& element) {
  const bool inside = comprehensions_.size() > element.outer_floor;
  if (!inside) {
    floor_ = element.outer_floor;
    return;
  }
  for (const Use& use : take_element(element)) receive(use);
}

void Scope::enter_comprehension() { comprehensions_.emplace_back(); }
void Scope::leave_comprehension() { comprehensions_.pop_back(); }
void Scope::bind_comprehension(Str* name) {
  for (const auto& bound : comprehensions_.back()) {
    if (bound.first == name) return;
  }
  comprehensions_.back().emplace_back(name, slot(name));
}

// Keeps what __closure__ is made of.  Of a class, which is none of the functions around it, its methods use __class__.
void Scope::note_outer(const Use& use) {
  const auto is_function = [](const Scope* scope) {
    return scope->code_->kind == CodeKind::kFunction || scope->code_->kind == CodeKind::kLambda;
  };
  if (!is_function(this)) return;
  const std::string_view symbol = use.name->symbol->view();
  bool may_be_outer = symbol == "super" || symbol == "__class__";
  for (const Scope* scope = parent_; scope != nullptr && !may_be_outer; scope = scope->parent_)
    may_be_outer = is_function(scope);
  if (!may_be_outer || code_->unit == nullptr) return;
  if (outer_seen_.insert(use.name->symbol)) notes_on(*code_).outer_names.push(arena_, {use.name, use.depth});
}

void Scope::close() {
  for (const Use& use : uses_) {
    Str* symbol = use.name->symbol;
    if (const Value* local = dict_find(&locals_, symbol)) {
      if (use.depth > 0) code_->captured = true;
      settle(use.name, use.depth, static_cast<std::uint32_t>(local->integer), use.from_class && use.depth > 0);
      continue;
    }
    // super() and __class__ look for the method around them.
    if (use.depth > 0 && (symbol->view() == "super" || symbol->view() == "__class__")) code_->captured = true;
    note_outer(use);
    bool outwards = parent_ != nullptr && !globals_.has(symbol);
    if (!outwards) {
      use.name->scope = use.from_class && !globals_.has(symbol) ? NameScope::kClass : NameScope::kGlobal;
      use.name->depth = 0;
      continue;
    }
    // A class body's namespace is invisible to the functions inside it, so those skip its frame.
    bool own = use.depth == 0;
    // Frames between a use and its variable form a chain, so none of them may live on the stack.
    if (!own && code_->kind != CodeKind::kClass) code_->captured = true;
    bool skip_frame = code_->kind == CodeKind::kClass && !own;
    parent_->receive({use.name, static_cast<std::uint16_t>(use.depth + (skip_frame ? 0 : 1)), use.from_class});
  }
  uses_.clear();
}

}  // namespace ckptlint::python
