// Turns annotations that are kept as text into the types that they name.
#include "library/stdlib/annotations.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/stdlib/values.h"
#include "python/evaluate/nesting.h"
#include "python/syntax/source_unit.h"
#include "python/values/number_text.h"

namespace ckptlint::python {
namespace {

// Thrown within this file where the text is no annotation that is understood.
struct NotUnderstood {};

class AnnotationReader {
 public:
  AnnotationReader(Interpreter& in, Module* module, const Frame* around, std::string_view text)
      : in_(in), module_(module), around_(around), text_(text) {}

  Value whole() {
    Value value = tuple();
    if (at_ != text_.size()) throw NotUnderstood{};
    return value;
  }

 private:
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  char peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\\' || text_[at_] == '\r'))
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) throw NotUnderstood{};
  }

  Value tuple() {
    Value first = alternatives();
    if (peek() != ',') return first;
    std::vector<Value> items = {first};
    while (take(',')) {
      char next = peek();
      if (next == ']' || next == ')' || next == '\0') break;
      items.push_back(alternatives());
    }
    return in_.tuple(items.data(), items.size());
  }

  Value alternatives() {
    Nesting nesting(in_);
    in_.step();
    Value value = subscripted();
    while (take('|')) {
      Value right = subscripted();
      if (value.is(Kind::kStr) || right.is(Kind::kStr)) throw NotUnderstood{};
      value = in_.binary(Operator::kBitOr, value, right);
    }
    return value;
  }

  Value subscripted() {
    Value value = atom();
    while (true) {
      if (take('.')) {
        Value next;
        if (!in_.find_attribute(value, in_.intern(word()), next)) throw NotUnderstood{};
        value = next;
      } else if (take('[')) {
        Value key = tuple();
        expect(']');
        value = in_.item(value, key);
      } else {
        return value;
      }
    }
  }

  std::string_view word() {
    peek();
    std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (begin == at_) throw NotUnderstood{};
    return text_.substr(begin, at_ - begin);
  }

  Value atom() {
    char c = peek();
    if (c == '"' || c == '\'') return quoted();
    if (c == '(') {
      ++at_;
      if (take(')')) return in_.tuple({});
      Value inner = tuple();
      expect(')');
      return inner;
    }
    if (c == '[') {
      ++at_;
      List* list = in_.list();
      while (!take(']')) {
        list->items.push(in_.arena, alternatives());
        if (!take(',') && peek() != ']') throw NotUnderstood{};
      }
      return Value::of(list);
    }
    if (c == '.' && text_.substr(at_, 3) == "...") {
      at_ += 3;
      return {Kind::kEllipsis, {}};
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    return name(word());
  }

  Value number() {
    std::size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' || text_[at_] == '-')) ++at_;
    std::string_view digits = text_.substr(begin, at_ - begin);
    bool too_big = false;
    Value value = parse_integer(in_.arena, digits, 10, too_big);
    if (!value.missing()) return value;
    if (auto real = parse_float(digits)) return Value::of(*real);
    throw NotUnderstood{};
  }

  Value quoted() {
    char quote = text_[at_++];
    std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\') ++at_;
    if (at_ >= text_.size() || text_[at_] != quote) throw NotUnderstood{};
    return in_.string(text_.substr(begin, at_++ - begin));
  }

  Value name(std::string_view text) {
    if (text == "None") return Value::none();
    if (text == "True") return Value::of(true);
    if (text == "False") return Value::of(false);
    Str* symbol = in_.intern(text);
    Value value;
    for (const Frame* frame = around_; frame != nullptr; frame = frame->enclosing) {
      // A class's own names are seen by what stands in its body, and by nothing further in.
      if (frame == around_ && frame->class_body != nullptr) {
        if (const Value* found = dict_find(frame->class_body, symbol)) return *found;
      }
      if (frame->code == nullptr || frame->slots == nullptr) continue;
      for (std::size_t i = 0; i < frame->code->slots.size(); ++i) {
        if (frame->code->slots.items[i] == symbol && !frame->slots[i].missing()) return frame->slots[i];
      }
    }
    if (module_ != nullptr && in_.find_attribute(Value::of(module_), symbol, value)) return value;
    if (Value* builtin = dict_find(in_.builtins->attributes, symbol)) return *builtin;
    throw NotUnderstood{};
  }

  Interpreter& in_;
  Module* module_;
  const Frame* around_;  // of the functions around; null at top level
  std::string_view text_;
  std::size_t at_ = 0;
};

bool postpones_annotations(const Module* module) {
  return module != nullptr && module->unit != nullptr && module->unit->postpones_annotations;
}

}  // namespace

Value annotation_value(Interpreter& in, Module* module, Str* text, const Frame* around) {
  if (postpones_annotations(module)) return Value::of(text);
  ++in.quiet;  // what an annotation says does not change what is built
  struct Loud {
    int& quiet;
    ~Loud() { --quiet; }
  } loud{in.quiet};
  try {
    return AnnotationReader(in, module, around, text->view()).whole();
  } catch (const NotUnderstood&) {
  } catch (const PyRaise&) {
  }
  return in.unknown("an annotation");
}

namespace {

// What is between the quotes of a plain literal, which is all of the text; nothing where that is anything else.
std::optional<std::string_view> quoted_whole(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (!quoted) return std::nullopt;
  const std::string_view inside = text.substr(1, text.size() - 2);
  const bool plain = inside.find_first_of("\"'\\") == std::string_view::npos;
  return plain ? std::optional(inside) : std::nullopt;
}

}  // namespace

Value function_annotation(Interpreter& in, const Function* function, Str* text) {
  if (const auto inside = quoted_whole(text->view()))
    return in.string(postpones_annotations(function->module) ? "'" + std::string(*inside) + "'" : std::string(*inside));
  return annotation_value(in, function->module, text, function->closure);
}

void settle_annotations(Interpreter& in, Class* type) {
  Dict* annotations = as_dict(own(type, in.sym.__annotations__));
  if (annotations == nullptr || type->annotations_settled) return;
  type->annotations_settled = true;
  // What is in quotes stays text, in the quotes of repr() where all annotations do.
  const bool postponed = postpones_annotations(type->module);
  for (std::uint32_t i = 0; i < annotations->entries.count; ++i) {
    const Dict::Entry entry = annotations->entries[i];
    if (entry.key.missing() || !entry.value.is(Kind::kStr)) continue;
    Value value;
    if (const auto inside = quoted_whole(entry.value.as<Str>()->view())) {
      value = in.string(postponed ? "'" + std::string(*inside) + "'" : std::string(*inside));
    } else if (!postponed) {
      value = annotation_value(in, type->module, entry.value.as<Str>());
    }
    if (!value.missing() && !value.unknown()) dict_set(in.arena, annotations, entry.key, value);
  }
}

}  // namespace ckptlint::python
