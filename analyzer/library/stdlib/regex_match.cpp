// re.Match.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>

#include "library/stdlib/regex_objects.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

const RegexMatch* match_self(Interpreter& in, const Arguments& arguments) {
  const RegexMatch* match = match_of(python::self_of(arguments));
  if (match == nullptr) in.raise_type_error("a method of re.Match needs a match object");
  return match;
}

std::size_t group_start(const RegexMatch* match, int group) {
  return match->spans[2 * static_cast<std::size_t>(group)];
}
std::size_t group_end(const RegexMatch* match, int group) {
  return match->spans[2 * static_cast<std::size_t>(group) + 1];
}

// A group by number or name.
int group_argument(Interpreter& in, const RegexMatch* match, const Value& value) {
  const Value& plain = unwrap(value);
  if (plain.is(Kind::kStr)) {
    for (int i = 0; i < match->regex->name_count; ++i) {
      if (match->regex->names[i].name->view() == plain.as<Str>()->view()) return match->regex->names[i].group;
    }
  } else if (plain.is_integral() && plain.as_int() >= 0 && plain.as_int() <= match->regex->groups) {
    return static_cast<int>(plain.as_int());
  }
  in.raise(in.exception("IndexError"), "no such group");
}

std::int64_t position(const RegexMatch* match, std::size_t byte) {
  if (byte == kNoMatch) return -1;
  if (match->ascii) return static_cast<std::int64_t>(byte);
  return character_offset(match->subject.as<Str>()->view(), byte);
}

Value match_group(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, given] = bind<"self, *groups">(in, "group", arguments);
  const RegexMatch* self = match_self(in, arguments);
  if (given.count == 0) return group_of(in, self, 0, Value::none());
  std::vector<Value> groups;
  for (std::size_t i = 0; i < given.count; ++i)
    groups.push_back(group_of(in, self, group_argument(in, self, given[i]), Value::none()));
  if (groups.size() == 1) return groups[0];
  return in.tuple(groups.data(), groups.size());
}

Value match_item(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [instance, key] = method_arguments<"self, key">(in, "__getitem__", arguments);
  const RegexMatch* self = match_self(in, arguments);
  return group_of(in, self, group_argument(in, self, key), Value::none());
}

Value match_groups(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, fallback] = bind<"self, default=">(in, "groups", arguments);
  const RegexMatch* match = match_self(in, arguments);
  std::vector<Value> groups;
  for (int i = 1; i <= match->regex->groups; ++i)
    groups.push_back(group_of(in, match, i, fallback.missing() ? Value::none() : fallback));
  return in.tuple(groups.data(), groups.size());
}

Value match_groupdict(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, fallback] = bind<"self, default=">(in, "groupdict", arguments);
  const RegexMatch* match = match_self(in, arguments);
  Dict* made = in.dict();
  for (int i = 0; i < match->regex->name_count; ++i) {
    const RegexName& named = match->regex->names[i];
    dict_set(in.arena, made, named.name,
             group_of(in, match, named.group, fallback.missing() ? Value::none() : fallback));
  }
  return Value::of(made);
}

// Data: 0 start, 1 end, 2 span.
Value match_place(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const auto [instance, given_group] = method_arguments<"self, group=">(in,
                                                                        data.integer == 0   ? "start"
                                                                        : data.integer == 1 ? "end"
                                                                                            : "span",
                                                                        arguments);
  const RegexMatch* self = match_self(in, arguments);
  const int group = arguments.count == 1 ? 0 : group_argument(in, self, given_group);
  const Value start = Value::of(position(self, group_start(self, group)));
  const Value end = Value::of(position(self, group_end(self, group)));
  return data.integer == 0 ? start : data.integer == 1 ? end : in.tuple({start, end});
}

Value match_expand(Interpreter& in, const Arguments& arguments, const Value& data) {
  const auto [instance, given_template] = method_arguments<"self, template">(in, "expand", arguments);
  const RegexMatch* self = match_self(in, arguments);
  const std::string_view subject = subject_text(in, self->regex, self->subject);
  const RegexSpans spans(self->spans, self->spans + 2 * static_cast<std::ptrdiff_t>(self->regex->groups + 1));
  const std::string_view text = subject_text(in, self->regex, unwrap(given_template));
  return piece_of(in, self->subject, expand_template(in, regex_module(data), self->regex, text, subject, spans));
}

Value match_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const RegexMatch* self = match_self(in, arguments);
  const std::string text = in.repr(group_of(in, self, 0, Value::none()));
  return in.string(fmt::format("<re.Match object; span=({}, {}), match={}>", position(self, group_start(self, 0)),
                               position(self, group_end(self, 0)), text));
}

// The group that closed last: of those that end last the one whose parenthesis closes last.
int last_group(const RegexMatch* match) {
  int last = 0;
  for (int i = 1; i <= match->regex->groups; ++i) {
    if (group_start(match, i) == kNoMatch) continue;
    const bool later = last == 0 || group_end(match, i) > group_end(match, last) ||
                       (group_end(match, i) == group_end(match, last) &&
                        match->regex->close_order[i] > match->regex->close_order[last]);
    if (later) last = i;
  }
  return last;
}

Value match_lastindex(Interpreter& in, const Arguments& arguments, const Value&) {
  const int last = last_group(match_self(in, arguments));
  return last == 0 ? Value::none() : Value::of(last);
}
Value match_lastgroup(Interpreter& in, const Arguments& arguments, const Value&) {
  const RegexMatch* self = match_self(in, arguments);
  const int last = last_group(self);
  for (int i = 0; i < self->regex->name_count; ++i) {
    if (self->regex->names[i].group == last) return Value::of(self->regex->names[i].name);
  }
  return Value::none();
}
Value match_string(Interpreter& in, const Arguments& arguments, const Value&) {
  return match_self(in, arguments)->subject;
}
Value match_re(Interpreter& in, const Arguments& arguments, const Value&) { return match_self(in, arguments)->pattern; }
Value match_pos(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(match_self(in, arguments)->pos);
}
Value match_endpos(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(match_self(in, arguments)->endpos);
}
Value match_regs(Interpreter& in, const Arguments& arguments, const Value&) {
  const RegexMatch* self = match_self(in, arguments);
  std::vector<Value> spans;
  for (int i = 0; i <= self->regex->groups; ++i) {
    spans.push_back(
        in.tuple({Value::of(position(self, group_start(self, i))), Value::of(position(self, group_end(self, i)))}));
  }
  return in.tuple(spans.data(), spans.size());
}
Value match_itself(Interpreter&, const Arguments& arguments, const Value&) { return python::self_of(arguments); }

}  // namespace

Value hidden(Interpreter& in, const void* pointer, NativeFunction tag) {
  return in.native_static("regular expression", tag,
                          Value::of(static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(pointer))));
}
// Two functions that differ, so that no compiler makes them one.
Value pattern_tag(Interpreter&, const Arguments&, const Value&) { return Value::of(1); }
Value match_tag(Interpreter&, const Arguments&, const Value&) { return Value::of(2); }

const RegexMatch* match_of(const Value& value) {
  const Value& payload = unwrap(value);
  if (!payload.is(Kind::kNative) || payload.as<Native>()->function != match_tag) return nullptr;
  return std::bit_cast<const RegexMatch*>(payload.as<Native>()->data.integer);
}

Value group_of(Interpreter& in, const RegexMatch* match, int group, const Value& absent) {
  const std::size_t start = group_start(match, group);
  if (start == kNoMatch) return absent;
  return piece_of(in, match->subject,
                  subject_text(in, match->regex, match->subject).substr(start, group_end(match, group) - start));
}

Value make_match(Interpreter& in, const RegexModule* module, const Value& pattern, const Value& subject,
                 const RegexSpans& spans, std::int64_t pos, std::int64_t endpos) {
  RegexMatch* match = in.arena.make<RegexMatch>();
  match->regex = regex_of(pattern);
  match->pattern = pattern;
  match->subject = unwrap(subject);
  match->spans = in.arena.array<std::size_t>(spans.size());
  std::copy(spans.begin(), spans.end(), match->spans);
  match->pos = pos;
  match->endpos = endpos;
  match->ascii = match->subject.is(Kind::kBytes) || is_ascii(match->subject.as<Str>()->view());
  Instance* made = in.instance(module->match);
  made->payload = hidden(in, match, match_tag);
  return Value::of(made);
}

void fill_match_class(Interpreter& in, RegexModule* module) {
  Class* type = module->match;
  add_methods(in, type,
              {{"group", spread<match_group>},
               {"groups", match_groups},
               {"groupdict", match_groupdict},
               {"__getitem__", spread<match_item>},
               {"__repr__", match_repr},
               {"__copy__", match_itself},
               {"__deepcopy__", match_itself}});
  in.method(type, "expand", spread<match_expand>, regex_module_data(module));
  in.method(type, "start", match_place, Value::of(0));
  in.method(type, "end", match_place, Value::of(1));
  in.method(type, "span", match_place, Value::of(2));
  in.property(type, "lastindex", match_lastindex);
  in.property(type, "lastgroup", match_lastgroup);
  in.property(type, "string", match_string);
  in.property(type, "re", match_re);
  in.property(type, "pos", match_pos);
  in.property(type, "endpos", match_endpos);
  in.property(type, "regs", match_regs);
}

}  // namespace ckptlint::python
