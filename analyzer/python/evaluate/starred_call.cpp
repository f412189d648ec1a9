// Gathers the arguments of a call with stars in growing lists.
#include "python/evaluate/starred_call.h"

#include <fmt/format.h>

#include "python/evaluate/containers.h"
#include "python/evaluate/impl.h"

namespace ckptlint::python {
namespace {

// What CPython calls the callee where it complains of the arguments' own making (_PyObject_FunctionStr).
std::string named_in_full(Interpreter& in, const Value& callee) {
  Value name, module;
  if (!in.find_attribute(callee, in.sym.__qualname__, name) || !name.is(Kind::kStr)) return in.str(callee);
  if (in.find_attribute(callee, in.sym.__module__, module) && module.is(Kind::kStr) &&
      module.as<Str>()->view() != "builtins")
    return fmt::format("{}.{}()", module.as<Str>()->view(), name.as<Str>()->view());
  return fmt::format("{}()", name.as<Str>()->view());
}

class StarredArguments {
 public:
  StarredArguments(Interpreter& in, Frame& frame, const Call* expr, const Value& callee)
      : in_(in), frame_(frame), expr_(expr), callee_(callee) {
    for (const CallArgument& argument : expr->arguments) places_ += argument.stars != 2 && argument.keyword == nullptr;
  }

  void push(const Value& value) { positional_.push(in_.arena, value); }

  void add(const CallArgument& argument, const Value& value) {
    settled_ = keywords_.count;
    if (argument.stars == 0) {
      argument.keyword != nullptr ? add_keyword(Value::of(argument.keyword), value) : push(value);
    } else if (value.unknown()) {
      unknown_ = value;
    } else if (argument.stars == 2) {
      add_mapping(value);
    } else if (places_ == 1) {
      lone_ = value;
    } else {
      require_spread(in_, value);
      push_all(value);
    }
  }

  Value call() {
    frame_.at = &expr_->at;
    if (!lone_.missing()) {
      if (is_no_iterable(in_, lone_)) refuse("argument after * must be an iterable", lone_);
      push_all(lone_);
    }
    if (!unknown_.missing())
      in_.note_partial(fmt::format("arguments depend on {}", unknown_.as<Unknown>()->origin->view()));
    return in_.call(callee_, Arguments{positional_.items, positional_.count, keywords_.items, keywords_.count});
  }

 private:
  [[noreturn]] void refuse(const char* demand, const Value& given) {
    in_.raise_type_error(fmt::format("{} {}, not {}", named_in_full(in_, callee_), demand, in_.type_name(given)));
  }

  void push_all(const Value& iterable) {
    for (const Value& each : in_.collect(iterable)->items) push(each);
  }

  void add_keyword(const Value& key, const Value& value) {
    if (!key.is(Kind::kStr)) in_.raise_type_error("keywords must be strings");
    Str* name = in_.intern(key.as<Str>()->view());
    in_.step(settled_ / 16);  // two mappings of many keys cost what comparing them costs
    for (std::size_t i = 0; i < settled_; ++i) {
      if (keywords_.items[i].name != name || callee_.unknown()) continue;
      frame_.at = &expr_->at;
      in_.raise_type_error(
          fmt::format("{} got multiple values for keyword argument '{}'", named_in_full(in_, callee_), name->view()));
    }
    keywords_.push(in_.arena, Keyword{name, value});
  }

  void add_mapping(Value mapping) {
    if (mapping.is(Kind::kInstance) && mapping.as<Instance>()->payload.is(Kind::kDict))
      mapping = mapping.as<Instance>()->payload;
    if (mapping.is(Kind::kDict)) {
      for (const Dict::Entry& entry : mapping.as<Dict>()->entries) {
        if (!entry.key.missing()) add_keyword(entry.key, entry.value);
      }
      return;
    }
    Value keys;
    if (!in_.find_attribute(mapping, in_.intern("keys"), keys)) refuse("argument after ** must be a mapping", mapping);
    for (const Value& key : in_.collect(in_.call(keys, {}))->items) add_keyword(key, in_.item(mapping, key));
  }

  Interpreter& in_;
  Frame& frame_;
  const Call* expr_;
  const Value& callee_;
  ArenaVector<Value> positional_;
  ArenaVector<Keyword> keywords_;
  std::size_t places_ = 0;   // of what is positional, stars counted once
  std::size_t settled_ = 0;  // keywords of the arguments before this one, which repeats none of its own
  Value lone_;               // `*lone`, where it is all that is positional: the call walks it, after the keywords
  Value unknown_;
};

}  // namespace

[[gnu::noinline]] Value call_with_stars(Interpreter& in, Frame& frame, const Call* expr, const Value& callee,
                                        const Value& receiver) {
  StarredArguments arguments(in, frame, expr, callee);
  if (!receiver.missing()) arguments.push(receiver);
  for (const CallArgument& argument : expr->arguments) arguments.add(argument, evaluate(in, frame, argument.value));
  return arguments.call();
}

}  // namespace ckptlint::python
