// Interned strings, and the names that the evaluator itself asks for.
#pragma once

#include <string_view>
#include <vector>

#include "python/values/arena.h"
#include "python/values/value.h"

namespace ckptlint::python {

std::uint32_t hash_text(std::string_view text);

class Symbols {
 public:
  static constexpr std::size_t kSlotsOfModels = std::size_t{1} << 16;  // most never need more
  static constexpr std::size_t kSlotsOfFiles = std::size_t{1} << 10;
  static constexpr std::size_t kSlotsOfLayer = std::size_t{1} << 12;

  // `slots`: a power of two, how many there are before it grows.
  explicit Symbols(Arena& arena, std::size_t slots = kSlotsOfFiles);
  // The one interned string with this text.
  Str* intern(std::string_view text);
  // What there is so far stays where it is, and what comes gets a table of its own: slots lie scattered, and a forked
  // process would have to copy nearly all pages of the one table for the few names that it adds.
  void begin_layer();

 private:
  using Table = std::vector<Str*>;  // open addressing; a power of two slots, at most half of them taken

  static std::size_t slot_of(const Table& table, std::string_view text, std::uint32_t hash);
  void grow();

  Arena& arena_;
  Table below_;  // of the layer before, if there is one
  Table table_;
  std::size_t count_ = 0;  // in table_
};

// clang-format off
#define CKPTLINT_SYMBOLS(X) \
  X(__init__) X(__new__) X(__call__) X(__class__) X(__dict__) X(__name__) X(__qualname__) X(__module__) X(__doc__) \
  X(__getattr__) X(__getattribute__) X(__setattr__) X(__delattr__) X(__get__) X(__set__) X(__set_name__) X(__init_subclass__) \
  X(__post_init__) X(__annotations__) X(__bases__) X(__mro__) X(__file__) X(__path__) X(__package__) X(__all__) X(__slots__) \
  X(__class_getitem__) X(__subclasses__) X(__wrapped__) X(__self__) X(__code__) X(__defaults__) X(__signature__) \
  X(__getitem__) X(__setitem__) X(__delitem__) X(__len__) X(__iter__) X(__next__) X(__contains__) X(__bool__) X(__hash__) \
  X(__eq__) X(__ne__) X(__lt__) X(__le__) X(__gt__) X(__ge__) X(__str__) X(__repr__) X(__format__) X(__enter__) X(__exit__) \
  X(__add__) X(__radd__) X(__sub__) X(__rsub__) X(__mul__) X(__rmul__) X(__truediv__) X(__rtruediv__) X(__floordiv__) \
  X(__rfloordiv__) X(__mod__) X(__rmod__) X(__pow__) X(__rpow__) X(__matmul__) X(__rmatmul__) X(__and__) X(__rand__) X(__or__) \
  X(__ror__) X(__xor__) X(__rxor__) X(__lshift__) X(__rlshift__) X(__rshift__) X(__rrshift__) X(__neg__) X(__pos__) \
  X(__invert__) X(__abs__) X(__int__) X(__float__) X(__index__) X(__iadd__) X(__isub__) X(__imul__) X(__ior__) X(__iand__) \
  X(__instancecheck__) X(__subclasscheck__) X(__missing__) X(__dataclass_fields__) X(__dataclass_params__) \
  X(__deepcopy__) X(__copy__) X(__members__) X(__version__) X(__spec__) X(__args__) X(__origin__) X(__import__) X(__isabstractmethod__) \
  X(name) X(value) X(args) X(self) X(cls) X(getter) X(setter) X(deleter) X(fget) X(fset) X(func) X(keywords) \
  X(training) X(_parameters) X(_buffers) X(_modules) X(_non_persistent_buffers_set) X(persistent) X(forward) X(data) \
  X(dtype) X(device) X(shape) X(requires_grad) X(_value_) X(_name_) X(_missing_) X(_generate_next_value_) X(_ignore_) \
  X(__cause__) X(__context__) X(__traceback__) X(default_factory) X(metaclass) X(type) X(index) X(weight) X(bias)
// clang-format on

struct KnownSymbols {
#define X(name) Str* name = nullptr;
  CKPTLINT_SYMBOLS(X)
#undef X
  explicit KnownSymbols(Symbols& symbols);
};

}  // namespace ckptlint::python
