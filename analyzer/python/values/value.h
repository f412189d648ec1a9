// Values of the evaluated language.
//
// A Value is 16 bytes: small scalars inline, everything else a pointer to an Object in the evaluation's arena.  Objects
// are never freed before the evaluation ends, so identity is the pointer.
#pragma once

#include <cstdint>
#include <string_view>

#include "ckptlint/dtype.h"
#include "ckptlint/source.h"
#include "python/values/arena.h"

namespace ckptlint::python {

class Interpreter;
struct Code;
struct Frame;
struct Position;
struct SourceUnit;

enum class Kind : std::uint8_t {
  // Inline.
  kMissing,  // no value: an absent argument, an unbound slot
  kNone,
  kBool,
  kInt,
  kFloat,
  kEllipsis,
  kNotImplemented,
  // Objects.
  kStr,
  kBytes,
  kBigInt,
  kTuple,
  kList,
  kDict,
  kSet,
  kDictView,
  kRange,
  kSlice,
  kIterator,
  kFunction,
  kNative,
  kBoundMethod,
  kClass,
  kInstance,
  kSuper,
  kProperty,
  kClassMethod,
  kStaticMethod,
  kModule,
  kLazyImport,
  kTensor,
  kDtype,
  kDevice,
  kUnknown,
};

struct Object {
  Kind kind;
};

struct Str;
struct Value {
  Kind kind = Kind::kMissing;
  union {
    bool boolean;
    std::int64_t integer = 0;
    double real;
    Object* object;
  };

  static Value none() { return {Kind::kNone, {}}; }
  static Value of(bool value) {
    Value v{Kind::kBool, {}};
    v.integer = 0;
    v.boolean = value;
    return v;
  }
  static Value of(std::int64_t value) {
    Value v{Kind::kInt, {}};
    v.integer = value;
    return v;
  }
  static Value of(int value) { return of(static_cast<std::int64_t>(value)); }
  static Value of(std::size_t value) { return of(static_cast<std::int64_t>(value)); }
  static Value of(double value) {
    Value v{Kind::kFloat, {}};
    v.real = value;
    return v;
  }
  static Value of(Object* object) {
    Value v{object->kind, {}};
    v.object = object;
    return v;
  }
  static Value of(const void*) = delete;

  bool missing() const { return kind == Kind::kMissing; }
  bool is_none() const { return kind == Kind::kNone; }
  bool unknown() const { return kind == Kind::kUnknown; }
  bool is(Kind k) const { return kind == k; }
  bool is_object() const { return kind >= Kind::kStr; }
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kFloat || kind == Kind::kBool; }
  bool is_integral() const { return kind == Kind::kInt || kind == Kind::kBool; }
  // kInt or kBool.
  std::int64_t as_int() const { return kind == Kind::kBool ? boolean : integer; }
  // kInt, kBool or kFloat.
  double as_double() const { return kind == Kind::kFloat ? real : static_cast<double>(as_int()); }
  template <typename T>
  T* as() const {
    return static_cast<T*>(object);
  }
  // The same object, or the same scalar of the same type (`is`).
  bool same(const Value& other) const {
    if (kind != other.kind) return false;
    switch (kind) {
      case Kind::kMissing:
      case Kind::kNone:
      case Kind::kEllipsis:
      case Kind::kNotImplemented:
        return true;
      case Kind::kBool:
        return boolean == other.boolean;
      case Kind::kFloat:
        return real == other.real;
      default:
        return integer == other.integer;
    }
  }
};

// Text.  Interned strings (every identifier, every attribute name) are unique: compare those by pointer.
struct Str : Object {
  std::uint32_t hash = 0;
  std::uint32_t length = 0;
  const char* data = nullptr;
  bool interned = false;
  std::string_view view() const { return {data, length}; }
};

struct Bytes : Object {
  std::string_view data;
};

// An integer outside 64 bits, as sign and magnitude in base 2^32, least significant limb first (see bigint.h).
struct BigInt : Object {
  double approximate = 0;  // the nearest double; infinite where there is none
  bool negative = false;
  std::uint32_t count = 0;  // 0: only `approximate` is known, and taken as exact
  const std::uint32_t* limbs = nullptr;
};

struct Tuple : Object {
  Value* items = nullptr;
  std::uint32_t count = 0;
  bool is_size = false;  // torch.Size
  Value* begin() const { return items; }
  Value* end() const { return items + count; }
};

struct List : Object {
  ArenaVector<Value> items;
};

// Insertion-ordered hash map; also the namespace of instances, classes and modules.  Erased entries keep a kMissing
// key.
struct Dict : Object {
  struct Entry {
    Value key;
    Value value;
    std::uint32_t hash = 0;
    std::uint32_t note = 0;  // the owner's, of this entry; nothing else reads it, and a new value leaves it
  };
  // Of large models most of the memory is small dicts: the members are packed.
  bool counter : 1 = false;     // collections.Counter: absent keys read as 0
  bool ordered : 1 = false;     // collections.OrderedDict
  bool instances : 1 = false;   // may have instances of evaluated classes as keys
  bool versions : 1 = false;    // a state dict of torch, which says in its _metadata what versions its modules have
  std::uint8_t table_bits = 0;  // the table has 2^table_bits slots
  std::uint32_t live = 0;
  ArenaVector<Entry> entries;
  std::int32_t* table = nullptr;     // -1 empty, -2 erased; built past 8 entries
  std::uint32_t used = 0;            // slots of the table that are not empty, those of erased entries (-2) included
  std::uint32_t added = 0;           // grows with each new entry: while it stays, what was absent still is
  Value* default_factory = nullptr;  // collections.defaultdict: None or what makes a value
};

struct SetOrder;
struct Set : Object {
  Dict* items = nullptr;  // values unused
  bool frozen = false;
  bool unordered = false;     // walked in the order of `items`
  SetOrder* order = nullptr;  // CPython's table (sets.h); null: only added to so far, in the order of `items`
};

enum class ViewKind : std::uint8_t { kKeys, kValues, kItems };
struct DictView : Object {
  Dict* dict = nullptr;
  ViewKind view = ViewKind::kKeys;
};

struct Range : Object {
  std::int64_t start = 0, stop = 0, step = 1;
  std::int64_t size() const {
    if (step > 0)
      return start < stop ? static_cast<std::int64_t>(
                                (static_cast<std::uint64_t>(stop) - static_cast<std::uint64_t>(start) - 1) /
                                static_cast<std::uint64_t>(step)) +
                                1
                          : 0;
    return start > stop
               ? static_cast<std::int64_t>((static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(stop) - 1) /
                                           (~static_cast<std::uint64_t>(step) + 1)) +
                     1
               : 0;
  }
};

struct Slice : Object {
  Value start, stop, step;
};

struct Class;

// Where an iteration stands.  `source` is a list, tuple, string, dict, set, view, range, instance or tensor; an
// iterator object, which keeps the state itself; or kMissing, which is the end unless `next_method` is a Native: that
// is called without arguments for each element (map, zip, itertools, ...) and returns kMissing at the end.
struct Iteration {
  Value source;
  std::int64_t at = 0;       // index; byte offset in text; entry of a dict or set
  std::int64_t step = 0;     // dicts and sets: elements at the start, to notice a change
  std::uint8_t endless = 0;  // 1: a lazy iterator that may have no end (itertools.count / repeat / cycle)
  Value next_method;         // instances with __next__; lazy iterators; of a set, the list of its members
};
class SuspendedCall;
struct IteratorObject : Object {
  Iteration state;
  const char* class_name = nullptr;    // null: iterator, or generator
  SuspendedCall* generator = nullptr;  // of a generator function: its call
  bool is_generator = false;           // of a generator function or expression
};

struct Keyword {
  Str* name;
  Value value;
};

// The arguments of a call.  For a method, the receiver is positional[0].
struct Arguments {
  Value* positional = nullptr;
  std::size_t count = 0;
  Keyword* keywords = nullptr;
  std::size_t keyword_count = 0;

  Value operator[](std::size_t i) const { return i < count ? positional[i] : Value{}; }
};

// A function of the host.  `data` is whatever it was made with (a captured value).
using NativeFunction = Value (*)(Interpreter&, const Arguments&, const Value& data);
struct Native : Object {
  const char* name = "";
  NativeFunction function = nullptr;
  Value data;
  Dict* attributes = nullptr;
  bool binds = true;  // behaves as a method when found on a class
};

struct Module;
struct Function : Object {
  Code* code = nullptr;
  Str* name = nullptr;
  Str* qualified_name = nullptr;  // null: where its code stands
  struct Frame* closure = nullptr;
  Module* module = nullptr;
  Class* owner = nullptr;     // the class whose body defined it: what super() without arguments means
  Value* defaults = nullptr;  // one for each parameter; kMissing where there is none
  Dict* attributes = nullptr;
  Dict* annotations = nullptr;  // made when they are asked for
  Tuple* cells = nullptr;       // its __closure__, likewise
};

struct BoundMethod : Object {
  Value receiver;
  Value function;  // Function or Native
};

struct Property : Object {
  Value getter, setter, deleter;
  bool cached = false;  // functools.cached_property
  Str* name = nullptr;
};
struct ClassMethod : Object {
  Value function;
};
struct StaticMethod : Object {
  Value function;
};

// What the host knows of a class beyond its attributes.
enum class Layout : std::uint8_t {
  kPlain,
  kModule,
  kDict,
  kList,
  kStr,
  kInt,
  kFloat,
  kTuple,
  kSet,
  kTensor,
  kException
};

struct Class : Object {
  Str* name = nullptr;
  Str* qualified_name = nullptr;
  ArenaVector<Class*> bases;
  ArenaVector<Class*> mro;  // itself first
  Dict* attributes = nullptr;
  Class* metaclass = nullptr;  // null: type
  Module* module = nullptr;
  Layout layout = Layout::kPlain;
  bool native = false;
  bool has_unknown_base = false;  // attributes that are not found may exist all the same
  bool is_enum = false;
  bool annotations_settled = false;  // __annotations__ holds values, not text
  bool is_abstract = false;          // has abstract methods: object.__new__ refuses it
  bool slotted = false;              // its instances have the attributes that __slots__ name, and no __dict__
  ArenaVector<Str*> slot_names;      // of its own __slots__, interned, as they are stored
  // Makes an instance when the class is called; inherited.  Null: the ordinary __new__ / __init__.
  NativeFunction construct = nullptr;
  // Called with a new subclass (and the keywords of its class statement) once its body has run and before
  // __init_subclass__; inherited.  What enum, NamedTuple and TypedDict do to the classes derived from them.
  NativeFunction finish = nullptr;
  Span span;
};

struct Instance : Object {
  Class* type = nullptr;
  Dict* attributes = nullptr;  // __dict__; made on first use
  Value payload;               // instances of subclasses of builtins: the list, dict, str, int, ...
};

// An instance of torch.nn.Module.  The four tables are made on first use; null means empty.  The notes of the entries
// say where each was registered (library/torch/registered_at.h).
struct ModuleInstance : Instance {
  Dict* parameters = nullptr;
  Dict* buffers = nullptr;
  Dict* modules = nullptr;
  Set* non_persistent = nullptr;
  bool initialized = false;  // Module.__init__ ran
};

struct Super : Object {
  Class* after = nullptr;  // lookup starts behind this class in the receiver's MRO
  Value receiver;
};

// A Python module: from source (evaluated on demand) or native (attributes only).
struct Module : Object {
  Str* name = nullptr;
  Dict* attributes = nullptr;
  SourceUnit* unit = nullptr;  // null: native
  bool is_package = false;
  bool open = false;  // native and not fully listed: an attribute that is absent is Unknown, not an error
  bool (*lists)(std::string_view name) = nullptr;  // where set, open for these names alone
};

// `from module import name` that nobody has asked for yet.
struct LazyImport : Object {
  Str* module = nullptr;
  Str* name = nullptr;  // null: the module itself
  Module* importer = nullptr;
  Position* at = nullptr;
};

// A tensor on the meta device: dtype, shape, and contents while they are known and few.
struct Tensor : Object {
  Class* type = nullptr;  // torch.Tensor, Parameter, Buffer, or a subclass
  Dtype dtype = Dtype::kFloat32;
  bool requires_grad = false;
  bool computed = false;  // from one that requires grad: no leaf of torch's graph
  bool shape_known = true;
  bool persistent = true;  // nn.Buffer(..., persistent=)
  std::uint8_t rank = 0;
  std::int64_t* shape = nullptr;
  double* contents = nullptr;  // row-major, numel() of them; null: not known
  Tensor* base = nullptr;      // a view of this tensor
  Value device;                // Device object, or kMissing for the default
  Dict* attributes = nullptr;
  std::uint32_t writes = 0;  // in-place writes so far, without those of `base`
  bool filled = false;       // `contents` is null and every element is `fill`: of any size, at no cost
  double fill = 0;
  struct TensorView* view = nullptr;  // where `base` is set: which of its elements these are (library/torch)
  Tensor* views = nullptr;  // where `base` is not set: the tensors whose base this is, linked through their `view`
};

struct DtypeObject : Object {
  Dtype dtype = Dtype::kFloat32;
};

struct Device : Object {
  Str* type = nullptr;  // "meta", "cpu", "cuda"
  std::int64_t index = -1;
};

// What is not modelled.  Spreads through operations; a branch on it makes the graph partial.
struct Unknown : Object {
  Str* origin = nullptr;  // for people: "torch.foo", "the contents of a tensor"
  Span where;             // where it entered
  bool returned = false;  // what a call of an unknown thing gave: it may be a module
};

}  // namespace ckptlint::python
