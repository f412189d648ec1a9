// str() and repr() of every value.
#include <fmt/format.h>

#include "python/evaluate/dunder.h"
#include "python/evaluate/printer.h"
#include "python/evaluate/type_slots.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {

std::string escaped(char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  return number < 0x100     ? fmt::format("\\x{:02x}", number)
         : number < 0x10000 ? fmt::format("\\u{:04x}", number)
                            : fmt::format("\\U{:08x}", number);
}

std::string class_path(const Interpreter& in, const Class* type) {
  std::string path;
  const Value* own = dict_find(type->attributes, in.sym.__module__);
  const Str* module = own != nullptr && own->is(Kind::kStr) ? own->as<Str>()
                      : type->module != nullptr             ? type->module->name
                                                            : nullptr;
  if (module != nullptr && module->view() != "builtins") path = std::string(module->view()) + ".";
  return path.append((type->qualified_name != nullptr ? type->qualified_name : type->name)->view());
}

bool Printer::full() const { return out.size() > kMaxTextBytes; }

void Printer::add_unknown(const Value& value) {
  if (unknown.missing()) unknown = value;
  out += "<unknown>";
}

void Printer::answer(const Value& value, const char* method) {
  if (value.unknown()) return add_unknown(value);
  const Str* text = as_text(value);
  if (text == nullptr) {
    in.raise_type_error(fmt::format("{} returned non-string (type {})", method, in.type_name(value)));
  }
  out += text->view();
}

void Printer::items(const Value* begin, const Value* end) {
  for (const Value* item = begin; item != end; ++item) {
    if (item != begin) out += ", ";
    repr(*item);
    if (full()) return;
  }
}

void Printer::repr(const Value& value) {
  in.step();
  if (full()) {
    if (unknown.missing()) unknown = in.unknown("a very long string");
    return;
  }
  const auto write = slots_of(in, value).repr;
  if (write == nullptr) return add_unknown(value);
  write(*this, value);
}

void Printer::str(const Value& value) {
  const auto write = slots_of(in, value).str;
  if (write == nullptr) return repr(value);
  write(*this, value);
}

namespace {

Value finished(Interpreter& in, const Printer& printer) {
  if (!printer.unknown.missing()) return printer.unknown;
  if (printer.full()) return in.unknown("a very long string");
  return in.string(printer.out);
}

}  // namespace

std::string Interpreter::str(const Value& value) {
  if (value.is(Kind::kStr)) return std::string(value.as<Str>()->view());
  Printer printer(*this);
  printer.str(value);
  return std::move(printer.out);
}

std::string Interpreter::repr(const Value& value) {
  Printer printer(*this);
  printer.repr(value);
  return std::move(printer.out);
}

Value Interpreter::str_value(const Value& value) {
  if (value.is(Kind::kStr)) return value;
  Printer printer(*this);
  printer.str(value);
  return finished(*this, printer);
}

Value Interpreter::repr_value(const Value& value) {
  Printer printer(*this);
  printer.repr(value);
  return finished(*this, printer);
}

Value Interpreter::ascii_value(const Value& value) {
  const Value shown = repr_value(value);
  if (shown.unknown() || is_ascii(shown.as<Str>()->view())) return shown;
  std::string out;
  const std::string_view text = shown.as<Str>()->view();
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    out += code_point(one) < 0x80 ? std::string(one) : escaped(code_point(one));
  }
  return string(out);
}

}  // namespace ckptlint::python
