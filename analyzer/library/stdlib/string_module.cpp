// The string module: constants, capwords, Template, Formatter.
#include <fmt/format.h>

#include "library/stdlib/install.h"
#include "python/evaluate/containers.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"

namespace ckptlint::python {
namespace {

Value cap_words(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [s, sep] = bind<"s, sep=">(in, "capwords", arguments);
  text_argument(in, s, "capwords() argument 1");
  const bool spaces = sep.missing() || sep.is_none();
  const Value words = spaces ? in.call_method(s, in.intern("split")) : in.call_method(s, in.intern("split"), {sep});
  List* made = in.list();
  for (const Value& word : in.collect(words)->items)
    made->items.push(in.arena, in.call_method(word, in.intern("capitalize")));
  return in.call_method(spaces ? in.string(" ") : sep, in.intern("join"), {Value::of(made)});
}

bool starts_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

Value template_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_template] = method_arguments<"self, template">(in, "Template", arguments);
  in.set_attribute(self, in.intern("template"), given_template);
  return Value::none();
}

// substitute, and safe_substitute where data says so: $name, ${name}, $$.
Value substituted(Interpreter& in, const Arguments& arguments, const Value& data) {
  if (const Value unknown = unknown_among(arguments); !unknown.missing()) return unknown;
  const bool safe = data.boolean;
  const auto [self, mapping, kws] =
      bind<"self, mapping=, /, **kws">(in, safe ? "safe_substitute" : "substitute", arguments);
  const Value text = in.attribute(self, in.intern("template"));
  if (text.unknown()) return text;
  const std::string_view pattern = text_argument(in, text, "the template");
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '$') {
      out += pattern[at++];
      continue;
    }
    const std::string_view rest = pattern.substr(at + 1);
    const bool braced = rest.starts_with('{');
    std::size_t end = braced ? 1 : 0;
    const std::size_t begin = end;
    while (end < rest.size() && (end == begin ? starts_name(rest[end]) : continues_name(rest[end]))) ++end;
    const bool complete = end > begin && (!braced || (end < rest.size() && rest[end] == '}'));
    if (rest.starts_with('$')) {
      out += '$';
      at += 2;
      continue;
    }
    if (!complete) {
      if (!safe) in.raise_value_error("Invalid placeholder in string");
      out += '$';
      ++at;
      continue;
    }
    Str* name = in.intern(rest.substr(begin, end - begin));
    Value value;
    for (std::size_t i = 0; i < kws.keyword_count; ++i) {
      if (kws.keywords[i].name == name) value = kws.keywords[i].value;
    }
    if (value.missing() && !mapping.missing() && (!safe || in.contains(mapping, Value::of(name))))
      value = in.item(mapping, Value::of(name));
    if (value.missing() && !safe) raise_key_error(in, Value::of(name));
    const std::size_t used = 1 + end + (braced ? 1 : 0);
    if (value.missing()) {
      out += pattern.substr(at, used);
    } else {
      const Value shown = in.str_value(value);
      if (shown.unknown()) return shown;
      out += shown.as<Str>()->view();
    }
    at += used;
  }
  return in.string(out);
}

Value formatter_format(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, format_string, rest] =
      bind<"self, format_string, /, *args, **kwargs">(in, "Formatter.format", arguments);
  return in.call(in.attribute(format_string, in.intern("format")), rest);
}

}  // namespace

void install_string(Interpreter& in) {
  Module* module = in.native_module("string", false);
  const std::string lower = "abcdefghijklmnopqrstuvwxyz";
  const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string digits = "0123456789";
  const std::string punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  const std::string space = " \t\n\r\v\f";
  for (const auto& [name, text] :
       {std::pair<const char*, std::string>{"ascii_lowercase", lower},
        {"ascii_uppercase", upper},
        {"ascii_letters", lower + upper},
        {"digits", digits},
        {"hexdigits", digits + "abcdefABCDEF"},
        {"octdigits", "01234567"},
        {"punctuation", punctuation},
        {"whitespace", space},
        {"printable", fmt::format("{}{}{}{}{}", digits, lower, upper, punctuation, space)}}) {
    in.define(module, name, in.string(text));
  }
  in.define(module, "capwords", spread<cap_words>);
  Class* templates = in.make_class("Template", {in.classes.object});
  in.method(templates, "__init__", template_init);
  in.method(templates, "substitute", substituted, Value::of(false));
  in.method(templates, "safe_substitute", substituted, Value::of(true));
  in.define(module, "Template", Value::of(templates));
  Class* formatter = in.make_class("Formatter", {in.classes.object});
  in.method(formatter, "format", formatter_format);
  in.define(module, "Formatter", Value::of(formatter));
}

}  // namespace ckptlint::python
