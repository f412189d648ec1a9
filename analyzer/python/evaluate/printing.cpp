// str() and repr() of every value.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/evaluate/sets.h"
#include "python/values/limits.h"
#include "python/values/number_text.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Text under construction.  `unknown` is the first value met whose text is not known.
class Printer {
 public:
  explicit Printer(Interpreter& in) : in_(in) {}

  void str(const Value& value);
  void repr(const Value& value);

  std::string out;
  Value unknown;

 private:
  void add_unknown(const Value& value) {
    if (unknown.missing()) unknown = value;
    out += "<unknown>";
  }
  void items(const Value* begin, const Value* end);
  void container(const Value& value);
  void plain(const Value& value);
  void instance(const Value& value, Str* method);
  void dict(const Dict* dict);
  // The answer of a __str__ or __repr__.
  void answer(const Value& value, const char* method);

  Interpreter& in_;
  std::vector<const Object*> open_;  // containers around this one
};

// A Counter shows its most common keys first, where the counts can be ordered.
const Dict* by_count(Interpreter& in, const Dict* counts) {
  std::vector<Dict::Entry> entries;
  for (const Dict::Entry& entry : counts->entries) {
    if (entry.key.missing()) continue;
    if (!entry.value.is_number()) return counts;
    entries.push_back(entry);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.value.as_double() > b.value.as_double(); });
  Dict* sorted = in.dict();
  for (const Dict::Entry& entry : entries) dict_set(in.arena, sorted, entry.key, entry.value);
  return sorted;
}

std::string escaped(char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  return number < 0x100     ? fmt::format("\\x{:02x}", number)
         : number < 0x10000 ? fmt::format("\\u{:04x}", number)
                            : fmt::format("\\U{:08x}", number);
}

std::string quoted(std::string_view text) {
  const bool single = text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view one = text.substr(at, character_bytes(text[at]));
    at += one.size();
    const char32_t code = code_point(one);
    switch (code) {
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      default:
        break;
    }
    if (code == static_cast<char32_t>(quote)) {
      out += '\\';
      out += quote;
    } else if (is_printable(code)) {
      out += one;
    } else {
      out += escaped(code);
    }
  }
  return out + quote;
}

std::string quoted_bytes(std::string_view data) {
  const bool single = data.find('\'') == std::string_view::npos || data.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out = "b";
  out += quote;
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + quote;
}

std::string class_path(const Class* type) {
  std::string path;
  if (type->module != nullptr && type->module->name != nullptr && type->module->name->view() != "builtins") {
    path = std::string(type->module->name->view()) + ".";
  }
  return path.append((type->qualified_name != nullptr ? type->qualified_name : type->name)->view());
}

void Printer::answer(const Value& value, const char* method) {
  if (value.unknown()) return add_unknown(value);
  const Str* text = as_text(value);
  if (text == nullptr) {
    in_.raise_type_error(fmt::format("{} returned non-string (type {})", method, in_.type_name(value)));
  }
  out += text->view();
}

void Printer::instance(const Value& value, Str* method) {
  const auto* object = value.as<Instance>();
  const Value made = try_dunder(in_, value, method);
  if (!made.missing()) return answer(made, method->data);
  if (object->type->has_unknown_base)
    return add_unknown(in_.unknown("the text of an instance of a class with an unknown base"));
  out += fmt::format("<{} object at 0x0>", class_path(object->type));
}

void Printer::items(const Value* begin, const Value* end) {
  for (const Value* item = begin; item != end; ++item) {
    if (item != begin) out += ", ";
    repr(*item);
    if (out.size() > kMaxTextBytes) return;
  }
}

void Printer::dict(const Dict* dict) {
  out += '{';
  bool first = true;
  // By index: a __repr__ may change the dict.
  for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
    const Dict::Entry entry = dict->entries[i];
    if (entry.key.missing()) continue;
    if (!first) out += ", ";
    first = false;
    repr(entry.key);
    out += ": ";
    repr(entry.value);
    if (out.size() > kMaxTextBytes) return;
  }
  out += '}';
}

void Printer::container(const Value& value) {
  const bool inside_itself = std::find(open_.begin(), open_.end(), value.object) != open_.end();
  if (inside_itself) {
    out += value.is(Kind::kDict)    ? "{...}"
           : value.is(Kind::kSet)   ? "set(...)"
           : value.is(Kind::kTuple) ? "(...)"
                                    : "[...]";
    return;
  }
  const Nesting nesting(in_);
  open_.push_back(value.object);
  switch (value.kind) {
    case Kind::kList: {
      const auto& list = value.as<List>()->items;
      out += '[';
      items(list.begin(), list.end());
      out += ']';
      break;
    }
    case Kind::kTuple: {
      const auto* tuple = value.as<Tuple>();
      out += tuple->is_size ? "torch.Size([" : "(";
      items(tuple->begin(), tuple->end());
      out += tuple->is_size ? "])" : tuple->count == 1 ? ",)" : ")";
      break;
    }
    case Kind::kSet: {
      auto* set = value.as<Set>();
      const auto& all = set_members(in_, set)->items;
      if (all.empty()) {
        out += set->frozen ? "frozenset()" : "set()";
        break;
      }
      out += set->frozen ? "frozenset({" : "{";
      items(all.begin(), all.end());
      out += set->frozen ? "})" : "}";
      break;
    }
    case Kind::kDict: {
      const auto* object = value.as<Dict>();
      if (object->counter) {
        out += "Counter(";
        if (object->live != 0) dict(by_count(in_, object));
        out += ')';
      } else if (object->ordered) {
        out += "OrderedDict(";
        if (object->live != 0) {
          std::vector<Value> pairs;
          for (const Dict::Entry& entry : object->entries) {
            if (!entry.key.missing()) pairs.push_back(in_.tuple({entry.key, entry.value}));
          }
          out += '[';
          items(pairs.data(), pairs.data() + pairs.size());
          out += ']';
        }
        out += ')';
      } else if (object->default_factory != nullptr) {
        out += "defaultdict(";
        repr(*object->default_factory);
        out += ", ";
        dict(object);
        out += ')';
      } else {
        dict(object);
      }
      break;
    }
    default: {  // views
      const auto* view = value.as<DictView>();
      const char* name = view->view == ViewKind::kKeys ? "keys" : view->view == ViewKind::kValues ? "values" : "items";
      out += fmt::format("dict_{}([", name);
      const List* all = in_.collect(value);
      items(all->items.begin(), all->items.end());
      out += "])";
    }
  }
  open_.pop_back();
}

// Values without evaluated code or parts.
void Printer::plain(const Value& value) {
  switch (value.kind) {
    case Kind::kMissing:
      out += "<missing>";
      break;
    case Kind::kNone:
      out += "None";
      break;
    case Kind::kBool:
      out += value.boolean ? "True" : "False";
      break;
    case Kind::kInt:
    case Kind::kBigInt:
      out += integer_text(value, 10);
      break;
    case Kind::kFloat:
      out += float_repr(value.real);
      break;
    case Kind::kEllipsis:
      out += "Ellipsis";
      break;
    case Kind::kNotImplemented:
      out += "NotImplemented";
      break;
    case Kind::kBytes:
      out += quoted_bytes(value.as<Bytes>()->data);
      break;
    case Kind::kRange: {
      const auto* range = value.as<Range>();
      out += range->step == 1 ? fmt::format("range({}, {})", range->start, range->stop)
                              : fmt::format("range({}, {}, {})", range->start, range->stop, range->step);
      break;
    }
    case Kind::kFunction: {
      const auto* function = value.as<Function>();
      out += fmt::format("<function {} at 0x0>",
                         (function->qualified_name != nullptr ? function->qualified_name : function->name)->view());
      break;
    }
    case Kind::kNative:
      out += fmt::format("<built-in function {}>", value.as<Native>()->name);
      break;
    case Kind::kModule:
      out += fmt::format("<module '{}'>", value.as<Module>()->name->view());
      break;
    case Kind::kDtype:
      out += fmt::format("torch.{}", torch_name(value.as<DtypeObject>()->dtype));
      break;
    case Kind::kProperty:
      out += "<property object at 0x0>";
      break;
    case Kind::kClassMethod:
      out += "<classmethod object at 0x0>";
      break;
    case Kind::kStaticMethod:
      out += "<staticmethod object at 0x0>";
      break;
    case Kind::kIterator:
      out += "<iterator object at 0x0>";
      break;
    case Kind::kSuper:
      out += "<super object>";
      break;
    case Kind::kLazyImport:
      add_unknown(in_.unknown("a name that was not imported"));
      break;
    default:
      add_unknown(value);
      break;
  }
}

void Printer::repr(const Value& value) {
  in_.step();
  if (out.size() > kMaxTextBytes) {
    if (unknown.missing()) unknown = in_.unknown("a very long string");
    return;
  }
  switch (value.kind) {
    case Kind::kStr:
      out += quoted(value.as<Str>()->view());
      break;
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
    case Kind::kSet:
    case Kind::kDictView:
      container(value);
      break;
    case Kind::kSlice: {
      const auto* slice = value.as<Slice>();
      const auto part = [&](const Value& v) { return v.missing() ? Value::none() : v; };
      const Value parts[] = {part(slice->start), part(slice->stop), part(slice->step)};
      const Nesting nesting(in_);
      out += "slice(";
      items(parts, parts + 3);
      out += ')';
      break;
    }
    case Kind::kClass: {
      const Nesting nesting(in_);
      if (const Value made = try_dunder(in_, value, in_.sym.__repr__); !made.missing()) return answer(made, "__repr__");
      out += fmt::format("<class '{}'>", class_path(value.as<Class>()));
      break;
    }
    case Kind::kBoundMethod: {
      const auto* method = value.as<BoundMethod>();
      const Nesting nesting(in_);
      out += "<bound method ";
      plain(method->function);
      out += " of ";
      repr(method->receiver);
      out += '>';
      break;
    }
    case Kind::kDevice: {
      const auto* device = value.as<Device>();
      out += device->index < 0 ? fmt::format("device(type='{}')", device->type->view())
                               : fmt::format("device(type='{}', index={})", device->type->view(), device->index);
      break;
    }
    case Kind::kTensor:
      add_unknown(in_.unknown("the text of a tensor"));
      break;
    case Kind::kInstance: {
      const Nesting nesting(in_);
      instance(value, in_.sym.__repr__);
      break;
    }
    case Kind::kUnknown:
      add_unknown(value);
      break;
    default:
      plain(value);
      break;
  }
}

void Printer::str(const Value& value) {
  switch (value.kind) {
    case Kind::kStr:
      out += value.as<Str>()->view();
      break;
    case Kind::kDevice: {
      const auto* device = value.as<Device>();
      out += device->type->view();
      if (device->index >= 0) out += fmt::format(":{}", device->index);
      break;
    }
    case Kind::kInstance: {
      const Nesting nesting(in_);
      const Value* found = find_dunder(in_, value, in_.sym.__str__);
      const Value* plain_str = in_.class_lookup(in_.classes.object, in_.sym.__str__);
      const bool own = found != nullptr && !(plain_str != nullptr && found->same(*plain_str));
      instance(value, own ? in_.sym.__str__ : in_.sym.__repr__);
      break;
    }
    default:
      repr(value);
      break;
  }
}

Value finished(Interpreter& in, const Printer& printer) {
  if (!printer.unknown.missing()) return printer.unknown;
  if (printer.out.size() > kMaxTextBytes) return in.unknown("a very long string");
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
