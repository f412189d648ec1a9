// The re module: its functions and re.Pattern.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "library/stdlib/install.h"
#include "library/stdlib/regex_objects.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/hashing.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/types/sequence.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

Value gave_up(Interpreter& in) { return in.unknown("a regular expression that takes too long"); }

// The part of a subject that pos and endpos select, in bytes.
struct Window {
  std::string_view text;  // up to endpos
  std::size_t start = 0;  // pos
  std::int64_t pos = 0, endpos = 0;
};

Window window_of(Interpreter& in, const Regex* regex, const Value& subject, const Value& pos, const Value& endpos) {
  const std::string_view text = subject_text(in, regex, unwrap(subject));
  const std::int64_t length = regex->bytes ? static_cast<std::int64_t>(text.size()) : text_length(text);
  Window window{text, 0, 0, length};
  if (!pos.missing()) window.pos = std::clamp<std::int64_t>(in.to_int(pos), 0, length);
  if (!endpos.missing()) window.endpos = std::clamp<std::int64_t>(in.to_int(endpos), 0, length);
  if (length == static_cast<std::int64_t>(text.size())) {
    window.start = static_cast<std::size_t>(window.pos);
    window.text = text.substr(0, static_cast<std::size_t>(window.endpos));
  } else {
    window.start = byte_offset(text, window.pos);
    window.text = text.substr(0, byte_offset(text, window.endpos));
  }
  return window;
}

// ---- what patterns do

Value match_once(Interpreter& in, const RegexModule* module, const Value& pattern, RegexMode mode, const Value& subject,
                 const Value& pos, const Value& endpos) {
  const Regex* regex = regex_of(pattern);
  const Window window = window_of(in, regex, subject, pos, endpos);
  RegexSpans spans;
  switch (run_regex(in, regex, window.text, window.start, mode, false, spans)) {
    case RegexOutcome::kMatch:
      return make_match(in, module, pattern, subject, spans, window.pos, window.endpos);
    case RegexOutcome::kNone:
      return Value::none();
    default:
      return gave_up(in);
  }
}

Value find_all(Interpreter& in, const Value& pattern, const Value& subject, const Value& pos, const Value& endpos) {
  const Regex* regex = regex_of(pattern);
  const Window window = window_of(in, regex, subject, pos, endpos);
  const Value plain = unwrap(subject);
  List* made = in.list();
  const auto piece = [&](const RegexSpans& spans, int group) {
    const std::size_t start = spans[2 * static_cast<std::size_t>(group)];
    if (start == kNoMatch) return piece_of(in, plain, "");
    return piece_of(in, plain, window.text.substr(start, spans[2 * static_cast<std::size_t>(group) + 1] - start));
  };
  const bool done = each_match(in, regex, window.text, window.start, [&](const RegexSpans& spans) {
    if (regex->groups <= 1) {
      made->items.push(in.arena, piece(spans, regex->groups));
      return true;
    }
    std::vector<Value> groups;
    for (int i = 1; i <= regex->groups; ++i) groups.push_back(piece(spans, i));
    made->items.push(in.arena, in.tuple(groups.data(), groups.size()));
    return true;
  });
  return done ? Value::of(made) : gave_up(in);
}

Value find_iter(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& subject,
                const Value& pos, const Value& endpos) {
  const Regex* regex = regex_of(pattern);
  const Window window = window_of(in, regex, subject, pos, endpos);
  List* made = in.list();
  const bool done = each_match(in, regex, window.text, window.start, [&](const RegexSpans& spans) {
    made->items.push(in.arena, make_match(in, module, pattern, subject, spans, window.pos, window.endpos));
    return true;
  });
  return done ? list_iterator(in, made, "callable_iterator") : gave_up(in);
}

// sub and subn.  A replacement without a backslash is literal.
Value substitute(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& replacement,
                 const Value& subject, const Value& count, bool with_count) {
  const Regex* regex = regex_of(pattern);
  const Value plain = unwrap(subject);
  const std::string_view text = subject_text(in, regex, plain);
  const Value& fresh = unwrap(replacement);
  const bool literal = fresh.is(Kind::kStr) || fresh.is(Kind::kBytes);
  const std::string_view pattern_text = literal ? subject_text(in, regex, fresh) : std::string_view();
  const bool has_escapes = pattern_text.find('\\') != std::string_view::npos;
  std::int64_t left = count.missing() ? 0 : in.to_int(count);
  if (left <= 0) left = std::numeric_limits<std::int64_t>::max();
  std::string out;
  std::size_t at = 0;
  std::int64_t made = 0;
  Value met;
  const bool done = each_match(in, regex, text, 0, [&](const RegexSpans& spans) {
    out += text.substr(at, spans[0] - at);
    at = spans[1];
    if (literal && !has_escapes) {
      out += pattern_text;
    } else if (literal) {
      out += expand_template(in, module, regex, pattern_text, text, spans);
    } else {
      const Value match = make_match(in, module, pattern, subject, spans, 0,
                                     regex->bytes ? static_cast<std::int64_t>(text.size()) : text_length(text));
      const Value answer = in.call(replacement, {match});
      if (answer.unknown()) {
        if (met.missing()) met = answer;
      } else {
        out += subject_text(in, regex, unwrap(answer));
      }
    }
    if (out.size() > kMaxTextBytes) met = in.unknown("a very long string");
    return ++made < left && met.missing();
  });
  if (!done) return gave_up(in);
  if (!met.missing()) return met;
  // A wrong template is an error even where nothing matches.
  if (made == 0 && has_escapes) {
    expand_template(in, module, regex, pattern_text, "",
                    RegexSpans(2 * static_cast<std::size_t>(regex->groups + 1), kNoMatch));
  }
  out += text.substr(at);
  const Value result = piece_of(in, plain, out);
  return with_count ? in.tuple({result, Value::of(made)}) : result;
}

Value split_by(Interpreter& in, const Value& pattern, const Value& subject, const Value& most) {
  const Regex* regex = regex_of(pattern);
  const Value plain = unwrap(subject);
  const std::string_view text = subject_text(in, regex, plain);
  std::int64_t left = most.missing() ? 0 : in.to_int(most);
  if (left < 0)
    return Value::of([&] {
      List* whole = in.list();
      whole->items.push(in.arena, plain);
      return whole;
    }());
  if (left == 0) left = std::numeric_limits<std::int64_t>::max();
  List* made = in.list();
  std::size_t at = 0;
  const bool done = each_match(in, regex, text, 0, [&](const RegexSpans& spans) {
    made->items.push(in.arena, piece_of(in, plain, text.substr(at, spans[0] - at)));
    for (int i = 1; i <= regex->groups; ++i) {
      const std::size_t start = spans[2 * static_cast<std::size_t>(i)];
      made->items.push(
          in.arena, start == kNoMatch
                        ? Value::none()
                        : piece_of(in, plain, text.substr(start, spans[2 * static_cast<std::size_t>(i) + 1] - start)));
    }
    at = spans[1];
    return --left > 0;
  });
  if (!done) return gave_up(in);
  made->items.push(in.arena, piece_of(in, plain, text.substr(at)));
  return Value::of(made);
}

// ---- the functions of the module, which take a pattern and flags, and the methods of Pattern, which are one

enum class Action : int { kMatch, kSearch, kFullMatch, kFindAll, kFindIter, kSub, kSubN, kSplit };
constexpr const char* kActions[] = {"match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split"};

constexpr bool substitutes(Action action) { return action == Action::kSub || action == Action::kSubN; }

// The actions that only look.
Value scan(Interpreter& in, const RegexModule* module, Action action, const Value& pattern, const Value& string,
           const Value& pos, const Value& endpos) {
  switch (action) {
    case Action::kMatch:
      return match_once(in, module, pattern, RegexMode::kMatch, string, pos, endpos);
    case Action::kSearch:
      return match_once(in, module, pattern, RegexMode::kSearch, string, pos, endpos);
    case Action::kFullMatch:
      return match_once(in, module, pattern, RegexMode::kFullMatch, string, pos, endpos);
    case Action::kFindAll:
      return find_all(in, pattern, string, pos, endpos);
    default:
      return find_iter(in, module, pattern, string, pos, endpos);
  }
}

const Value& pattern_receiver(Interpreter& in, const Value& self) {
  if (regex_of(self) == nullptr) in.raise_type_error("a method of re.Pattern needs a pattern");
  return self;
}

template <Action action>
Value pattern_method(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const char* name = kActions[static_cast<int>(action)];
  if constexpr (substitutes(action)) {
    const auto [self, repl, string, count] = bind<"self, repl, string, count=">(in, name, arguments);
    return substitute(in, regex_module(data), pattern_receiver(in, self), repl, string, count, action == Action::kSubN);
  } else if constexpr (action == Action::kSplit) {
    const auto [self, string, maxsplit] = bind<"self, string, maxsplit=">(in, name, arguments);
    return split_by(in, pattern_receiver(in, self), string, maxsplit);
  } else {
    const auto [self, string, pos, endpos] = bind<"self, string, pos=, endpos=">(in, name, arguments);
    return scan(in, regex_module(data), action, pattern_receiver(in, self), string, pos, endpos);
  }
}

template <Action action>
Value module_function(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const char* name = kActions[static_cast<int>(action)];
  const RegexModule* module = regex_module(data);
  if constexpr (substitutes(action)) {
    const auto [pattern, repl, string, count, flags] =
        bind<"pattern, repl, string, count=, flags=">(in, name, arguments);
    const Value regex = pattern_for(in, module, pattern, flags);
    if (regex.unknown()) return regex;
    return substitute(in, module, regex, repl, string, count, action == Action::kSubN);
  } else if constexpr (action == Action::kSplit) {
    const auto [pattern, string, maxsplit, flags] = bind<"pattern, string, maxsplit=, flags=">(in, name, arguments);
    const Value regex = pattern_for(in, module, pattern, flags);
    return regex.unknown() ? regex : split_by(in, regex, string, maxsplit);
  } else {
    const auto [pattern, string, flags] = bind<"pattern, string, flags=">(in, name, arguments);
    const Value regex = pattern_for(in, module, pattern, flags);
    return regex.unknown() ? regex : scan(in, module, action, regex, string, {}, {});
  }
}

Value compile(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [pattern, flags] = bind<"pattern, flags=">(in, "compile", arguments);
  return pattern_for(in, regex_module(data), pattern, flags);
}

Value escape(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [pattern] = bind<"pattern">(in, "escape", arguments);
  const Value& plain = unwrap(pattern);
  if (!plain.is(Kind::kStr) && !plain.is(Kind::kBytes))
    in.raise_type_error(fmt::format("expected string or bytes-like object, got '{}'", in.type_name(pattern)));
  const std::string_view text = plain.is(Kind::kStr) ? plain.as<Str>()->view() : plain.as<Bytes>()->data;
  std::string made;
  for (const char c : text) {
    if (c != '\0' && std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) made += '\\';
    made += c;
  }
  return piece_of(in, plain, made);
}

Value nothing(Interpreter&, const Arguments&, const Value&) { return Value::none(); }

// ---- Pattern

const Regex* self_of(Interpreter& in, const Arguments& arguments) {
  const Regex* regex = regex_of(python::self_of(arguments));
  if (regex == nullptr) in.raise_type_error("a method of re.Pattern needs a pattern");
  return regex;
}
Value pattern_text(Interpreter& in, const Arguments& arguments, const Value&) {
  return self_of(in, arguments)->pattern;
}
Value pattern_flags(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_of(in, arguments)->flags);
}
Value pattern_groups(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(self_of(in, arguments)->groups);
}
Value pattern_groupindex(Interpreter& in, const Arguments& arguments, const Value&) {
  const Regex* self = self_of(in, arguments);
  Dict* made = in.dict();
  for (int i = 0; i < self->name_count; ++i)
    dict_set(in.arena, made, self->names[i].name, Value::of(self->names[i].group));
  return Value::of(made);
}

Value pattern_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Regex* self = self_of(in, arguments);
  std::string names;
  for (const auto& [flag, name] : {std::pair{kIgnoreCase, "re.IGNORECASE"},
                                   {kLocale, "re.LOCALE"},
                                   {kMultiline, "re.MULTILINE"},
                                   {kDotAll, "re.DOTALL"},
                                   {kVerbose, "re.VERBOSE"},
                                   {kAscii, "re.ASCII"}}) {
    if ((self->flags & flag) != 0) names += (names.empty() ? "" : "|") + std::string(name);
  }
  return in.string(fmt::format("re.compile({}{}{})", in.repr(self->pattern), names.empty() ? "" : ", ", names));
}

Value pattern_eq(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given_other] = method_arguments<"self, other">(in, "__eq__", arguments);
  const Regex* self = self_of(in, arguments);
  const Regex* other = regex_of(given_other);
  if (other == nullptr) return {Kind::kNotImplemented, {}};
  return Value::of(self->flags == other->flags && equal_keys(self->pattern, other->pattern));
}
Value pattern_hash(Interpreter& in, const Arguments& arguments, const Value&) {
  return hash_of(in, self_of(in, arguments)->pattern);
}
Value pattern_itself(Interpreter&, const Arguments& arguments, const Value&) { return python::self_of(arguments); }

template <Action action>
void add_action(Interpreter& in, Module* module, Class* type, const Value& data) {
  const char* name = kActions[static_cast<int>(action)];
  in.define(module, name, module_function<action>, data);
  in.method(type, name, pattern_method<action>, data);
}

}  // namespace

const Regex* regex_of(const Value& value) {
  const Value& payload = unwrap(value);
  if (!payload.is(Kind::kNative) || payload.as<Native>()->function != pattern_tag) return nullptr;
  return std::bit_cast<const Regex*>(payload.as<Native>()->data.integer);
}

const RegexModule* module_of_match(const Value& function) {
  if (!function.is(Kind::kNative) || function.as<Native>()->function != module_function<Action::kMatch>) return nullptr;
  return regex_module(function.as<Native>()->data);
}

std::string_view subject_text(Interpreter& in, const Regex* regex, const Value& subject) {
  if (subject.is(Kind::kStr)) {
    if (regex->bytes) in.raise_type_error("cannot use a bytes pattern on a string-like object");
    return subject.as<Str>()->view();
  }
  if (subject.is(Kind::kBytes)) {
    if (!regex->bytes) in.raise_type_error("cannot use a string pattern on a bytes-like object");
    return subject.as<Bytes>()->data;
  }
  in.raise_type_error(fmt::format("expected string or bytes-like object, got '{}'", in.type_name(subject)));
}

Value piece_of(Interpreter& in, const Value& subject, std::string_view piece) {
  return subject.is(Kind::kBytes) ? bytes_value(in, piece) : in.string(piece);
}

Value pattern_for(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& flags) {
  const std::int64_t given = flags.missing() ? 0 : in.to_int(flags);
  if (regex_of(pattern) != nullptr) {
    if (given != 0) in.raise_value_error("cannot process flags argument with a compiled pattern");
    return pattern;
  }
  const Value& plain = unwrap(pattern);
  if (!plain.is(Kind::kStr) && !plain.is(Kind::kBytes))
    in.raise_type_error("first argument must be string or compiled pattern");
  constexpr std::int64_t kKnown = kIgnoreCase | kLocale | kMultiline | kDotAll | kUnicode | kVerbose | kAscii;
  const Value key = in.tuple({plain, Value::of(given)});
  if (const Value* found = dict_find(module->cache, key)) return *found;
  Value unsupported;
  const Regex* regex = compile_regex(in, plain, static_cast<int>(given & kKnown), module->error, unsupported);
  if (regex == nullptr) return unsupported;
  Instance* made = in.instance(module->pattern);
  made->payload = hidden(in, regex, pattern_tag);
  dict_set(in.arena, module->cache, key, Value::of(made));
  return Value::of(made);
}

void fill_pattern_class(Interpreter& in, RegexModule* module) {
  Class* type = module->pattern;
  in.property(type, "pattern", pattern_text);
  in.property(type, "flags", pattern_flags);
  in.property(type, "groups", pattern_groups);
  in.property(type, "groupindex", pattern_groupindex);
  add_methods(in, type,
              {{"__repr__", pattern_repr},
               {"__eq__", pattern_eq},
               {"__hash__", pattern_hash},
               {"__copy__", pattern_itself},
               {"__deepcopy__", pattern_itself}});
}

void install_re(Interpreter& in) {
  Module* re = in.native_module("re", false);
  RegexModule* state = in.arena.make<RegexModule>();
  state->error = in.make_class("error", {in.exception("Exception")}, Layout::kException);
  state->pattern = in.make_class("Pattern", {in.classes.object});
  state->match = in.make_class("Match", {in.classes.object});
  state->cache = in.dict();
  for (Class* type : {state->error, state->pattern, state->match}) {
    type->module = re;
    in.define(re, type->name->view(), Value::of(type));
  }
  for (const char* name : {"msg", "pattern", "pos", "lineno", "colno"}) in.set_class(state->error, name, Value::none());
  fill_pattern_class(in, state);
  fill_match_class(in, state);
  set_match_sets(in, match_set);
  const Value data = regex_module_data(state);
  add_action<Action::kMatch>(in, re, state->pattern, data);
  add_action<Action::kSearch>(in, re, state->pattern, data);
  add_action<Action::kFullMatch>(in, re, state->pattern, data);
  add_action<Action::kFindAll>(in, re, state->pattern, data);
  add_action<Action::kFindIter>(in, re, state->pattern, data);
  add_action<Action::kSub>(in, re, state->pattern, data);
  add_action<Action::kSubN>(in, re, state->pattern, data);
  add_action<Action::kSplit>(in, re, state->pattern, data);
  in.define(re, "compile", compile, data);
  in.define(re, "escape", spread<escape>);
  in.define(re, "purge", nothing);
  constexpr std::pair<const char*, int> kFlags[] = {
      {"NOFLAG", 0},
      {"A", kAscii},
      {"ASCII", kAscii},
      {"I", kIgnoreCase},
      {"IGNORECASE", kIgnoreCase},
      {"L", kLocale},
      {"LOCALE", kLocale},
      {"M", kMultiline},
      {"MULTILINE", kMultiline},
      {"S", kDotAll},
      {"DOTALL", kDotAll},
      {"U", kUnicode},
      {"UNICODE", kUnicode},
      {"X", kVerbose},
      {"VERBOSE", kVerbose},
      {"T", 1},
      {"TEMPLATE", 1},
      {"DEBUG", 128},
  };
  for (const auto& [name, flag] : kFlags) in.define(re, name, Value::of(flag));
  in.define(re, "RegexFlag", Value::of(in.classes.integer));
}

}  // namespace ckptlint::python
