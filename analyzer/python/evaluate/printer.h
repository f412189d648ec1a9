// Text of values under construction: what a type's repr and str write into.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "python/evaluate/interpreter.h"
#include "python/evaluate/nesting.h"

namespace ckptlint::python {

class Printer {
 public:
  explicit Printer(Interpreter& interpreter) : in(interpreter) {}

  void str(const Value& value);
  void repr(const Value& value);

  // For the types.  Of values that are not known something is written, and the first one is kept.
  void add_unknown(const Value& value);
  void items(const Value* begin, const Value* end);  // "a, b, c"
  // The answer of a __str__ or __repr__.
  void answer(const Value& value, const char* method);
  // A container's parts, by `print`; `inside_itself` where it is among the containers around it.
  template <typename Print>
  void container(const Value& value, std::string_view inside_itself, const Print& print) {
    if (std::find(open_.begin(), open_.end(), value.object) != open_.end()) {
      out += inside_itself;
      return;
    }
    const Nesting nesting(in);
    open_.push_back(value.object);
    print();
    open_.pop_back();
  }
  bool full() const;  // so long that the rest may be left out

  Interpreter& in;
  std::string out;
  Value unknown;  // the first value met whose text is not known

 private:
  std::vector<const Object*> open_;  // containers around this one
};

std::string escaped(char32_t code);                                // "\x1b"
std::string class_path(const Interpreter& in, const Class* type);  // "collections.OrderedDict", "int"

}  // namespace ckptlint::python
