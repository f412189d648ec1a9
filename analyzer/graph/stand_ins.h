// What a phase puts in place of the evaluated code's own while it asks.
#pragma once

#include <string_view>
#include <vector>

#include "python/evaluate/interpreter.h"

namespace ckptlint {

// The class among `type` and its bases whose own an attribute is; null where none has it.
python::Class* owner_of(python::Interpreter& in, python::Class* type, std::string_view name);

// Attributes that are others while it lives.  Its end puts back what was there, the last first.
class StandIns {
 public:
  explicit StandIns(python::Interpreter& in) : in_(in) {}
  ~StandIns();
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;

  // Of a module from source, or a class whose own it is: a function takes the place of the attribute, and gives
  // `answer` whatever it is called with.  Raises AttributeError where there is none.
  void answer(const python::Value& object, const char* name, const python::Value& answer);
  // The same, with a value instead of a function.
  void value(const python::Value& object, const char* name, const python::Value& value);
  // The first of a native module, where the attribute need not be there.
  void answer_natively(python::Module* module, const char* name, const python::Value& answer);

 private:
  struct Former {
    python::Value object;
    python::Str* name;
    python::Value value;  // kMissing: there was none
  };
  void put(const python::Value& object, python::Str* name, const python::Value& value);

  python::Interpreter& in_;
  std::vector<Former> former_;
};

// A variable that has another value while it lives.
template <typename T>
class Meanwhile {
 public:
  Meanwhile(T& variable, T value) : variable_(variable), former_(variable) { variable = value; }
  ~Meanwhile() { variable_ = former_; }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

 private:
  T& variable_;
  T former_;
};

}  // namespace ckptlint
