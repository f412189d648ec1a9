// The evaluator: runs the Python that builds models, abstractly and under budgets.
//
// One Interpreter is one evaluation: it owns the arena, the modules that were imported, and what could not be known.
// Nothing of the outside can be reached through it except the source trees that it was given.
//
// Python exceptions are C++ exceptions of type PyRaise; budgets end the evaluation with BudgetExceeded.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/file_tree.h"
#include "ckptlint/source.h"
#include "python/syntax/syntax.h"
#include "python/values/arena.h"
#include "python/values/dict.h"
#include "python/values/symbols.h"
#include "python/values/value.h"

namespace ckptlint::python {

namespace torch {
struct State;
}

struct TypeSlots;  // type_slots.h

struct PyRaise {
  Value exception;  // an instance of BaseException, or Unknown
  Span where;
};

struct Budget {
  std::uint64_t steps = 200'000'000;  // statements, calls, iterations and elements produced
  std::size_t bytes = std::size_t{2} << 30;
  int depth = 900;      // nested calls
  double seconds = 60;  // of processor time
};

// What the evaluated code may learn of the machine that it believes to run on.
struct Environment {
  std::vector<std::pair<std::string, std::string>> packages;  // installed: name, version
  std::vector<std::string> assumed;                           // packages taken as present, contents unknown
};

// A tree of source on the module search path.
struct SourceRoot {
  FileTreePtr tree;
  std::string label;  // how people know it: shown before paths
  std::string mount;  // dotted package that its root is, e.g. "transformers_modules.repo"; empty: top level
  bool in_model_repo = false;
  bool lazy = true;  // top-level statements run when a name that they bind is asked for (libraries), not all at import
  std::string folder{};  // of `disk` that the tree is, without its first slash; empty: it is on no disk
};

// What `return super().__getattribute__(name)` leaves to its caller to look up, so that an absent attribute, which is
// what hasattr asks for, costs no exception.
struct Delegation {
  Str* name = nullptr;
  Value method;  // the next __getattribute__
};

struct Frame {
  Code* code = nullptr;
  Value* slots = nullptr;
  Frame* enclosing = nullptr;  // closure
  Module* module = nullptr;
  Function* function = nullptr;  // null for modules and class bodies
  Dict* class_body = nullptr;    // namespace under construction
  Class* owner = nullptr;        // what super() without arguments means
  const Position* at = nullptr;  // of the statement or call being evaluated
  Frame* caller = nullptr;
  Value result;
  ArenaVector<Function*> methods;    // made by this class body
  List* yielded = nullptr;           // generators run eagerly and collect here
  Delegation* delegation = nullptr;  // in a custom __getattribute__
  int in_import_try = 0;             // inside `try:` with a handler that would catch ImportError
};

enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown };

class Interpreter {
 public:
  // `install` fills it with what the evaluated code may import (install_library of library/library.h).
  Interpreter(std::vector<SourceRoot> roots, Environment environment, Budget budget, void (*install)(Interpreter&));
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  Arena arena;
  Symbols symbols;
  KnownSymbols sym;
  Environment environment;
  SourceFiles sources;  // every file that was read; texts are kept

  // ---- making values
  Str* intern(std::string_view text) { return symbols.intern(text); }
  Value string(std::string_view text);     // copied
  Value string_of(std::string_view kept);  // of text that lies in the arena
  Value tuple(std::initializer_list<Value> items);
  Value tuple(const Value* items, std::size_t count);
  List* list(std::size_t reserve = 0);
  Dict* dict();
  Set* set(bool frozen = false);
  Value native(const char* name, NativeFunction function, Value data = {});  // binds as a method
  Value native_static(const char* name, NativeFunction function, Value data = {});
  Value unknown(std::string_view origin);
  // A class of the host; attributes are added with set_class.  It is an attribute of no module yet.
  Class* make_class(std::string_view name, std::initializer_list<Class*> bases, Layout layout = Layout::kPlain);
  void set_class(Class* type, std::string_view attribute, Value value);
  void method(Class* type, const char* name, NativeFunction function, Value data = {});
  void property(Class* type, const char* name, NativeFunction getter, NativeFunction setter = nullptr);
  void class_method(Class* type, const char* name, NativeFunction function, Value data = {});
  void static_method(Class* type, const char* name, NativeFunction function, Value data = {});
  Instance* instance(Class* type);  // not initialised; a ModuleInstance where the layout says so

  // ---- native modules
  // The module, made on first use.  `open`: absent attributes read as Unknown.
  Module* native_module(std::string_view name, bool open = true);
  void define(Module* module, std::string_view name, Value value);
  void define(Module* module, const char* name, NativeFunction function, Value data = {});
  // Python source that is part of the host: an embedded module, evaluated like any other.
  void embedded_module(std::string_view name, std::string_view text, bool open = true);
  // Replaces a top-level definition of a module from source ("package.module", "name") whatever its text says;
  // kMissing: it is what its text says after all.
  void override_definition(std::string_view module, std::string_view name, Value value);

  // ---- running
  Module* import_module(std::string_view dotted);  // raises ImportError
  // Runs the statements of a module from source once more, over what it has.
  void run_again(Module* module);
  // One more tree of source, searched behind the others.
  void add_root(SourceRoot root);
  Value import_name(std::string_view module, std::string_view name);
  // Where a package from source lives: its tree, and its folder in it.  False for native and embedded modules.
  bool folder_of(const Module* package, FileTreePtr& tree, std::string& folder) const;
  // A class of this name defined in a module that is not evaluated on demand (packages out of tree); kMissing if none.
  Value class_of_packages(Str* name);
  Value call(const Value& callee, const Arguments& arguments);
  Value call(const Value& callee, std::initializer_list<Value> positional,
             std::initializer_list<Keyword> keywords = {});
  // What type.__call__ does: __new__ and __init__, past a metaclass's own __call__.
  Value make_instance(Class* type, const Arguments& arguments);
  Value call_method(const Value& receiver, Str* method, std::initializer_list<Value> positional = {});

  // ---- operations
  Value attribute(const Value& object, Str* name);                  // raises AttributeError
  bool find_attribute(const Value& object, Str* name, Value& out);  // getattr with a default, hasattr
  void set_attribute(const Value& object, Str* name, const Value& value);
  void delete_attribute(const Value& object, Str* name);
  // object.__getattribute__, __setattr__, __delattr__ of an instance: without what its class overrides.
  bool generic_find(const Value& object, Str* name, Value& out);
  void generic_set(const Value& object, Str* name, const Value& value);
  void generic_delete(const Value& object, Str* name);
  // object.__setattr__ itself, which registers nothing with a torch.nn.Module.
  void plain_set(const Value& object, Str* name, const Value& value);
  Class* type_of(const Value& value);
  Value* class_lookup(Class* type, Str* name);  // along the MRO; null where absent
  Value class_lookup_after(Class* type, Class* after, Str* name);
  Value bind_to(const Value& found, const Value& receiver, Class* type);  // the descriptor protocol, on reading
  bool is_subclass(const Class* type, const Class* base) const;
  bool is_instance(const Value& value, const Value& type_or_tuple);
  Truth truth(const Value& value);
  // truth() for places that need an answer: Unknown reads as false, and the model is marked partial here.
  bool test(const Value& value);
  Value binary(Operator op, const Value& left, const Value& right);
  Value in_place(Operator op, const Value& left, const Value& right);
  Value unary(Operator op, const Value& operand);
  Value compare(Operator op, const Value& left, const Value& right);
  bool equal(const Value& left, const Value& right);
  // `==` and `in` where the answer may depend on what is not known.
  Truth equality(const Value& left, const Value& right);
  Truth membership(const Value& container, const Value& value);
  Value item(const Value& object, const Value& key);
  void set_item(const Value& object, const Value& key, const Value& value);
  void delete_item(const Value& object, const Value& key);
  std::int64_t length(const Value& value);
  bool contains(const Value& container, const Value& value);

  bool iterate(const Value& iterable, Iteration& out);  // false: Unknown (a note was made); raises TypeError
  bool next(Iteration& iteration, Value& out);
  List* collect(const Value& iterable);     // all elements; empty and noted where Unknown
  std::int64_t to_int(const Value& value);  // __index__; raises TypeError
  double to_double(const Value& value);

  std::string str(const Value& value);                            // str()
  std::string repr(const Value& value);                           // repr()
  std::string format(const Value& value, std::string_view spec);  // format()
  // str(), repr(), format() as values: a Str, or the Unknown that the text depends on.
  Value str_value(const Value& value);
  Value repr_value(const Value& value);
  Value ascii_value(const Value& value);
  Value format_value(const Value& value, std::string_view spec);
  // "int", "str", "LlamaConfig": for messages.
  std::string type_name(const Value& value);

  // type(name, bases, body): what a class statement makes.
  Value make_class_from_parts(Class* metaclass, Str* name, const Value& bases, Dict* body, const Keyword* keywords,
                              std::size_t keyword_count);

  // ---- raising
  [[noreturn]] void raise(Class* type, std::string_view message);
  [[noreturn]] void raise_type_error(std::string_view message);
  [[noreturn]] void raise_value_error(std::string_view message);
  Class* exception(std::string_view name);      // a builtin exception class by name
  std::string describe(const PyRaise& raised);  // "ValueError: message"

  // ---- budgets, places, notes
  void step(std::uint64_t count = 1);
  // From now on no more of them than that.
  void limit_steps(std::uint64_t most);
  Span here() const;  // of the innermost statement or call in a source file
  Span span_of(SourceUnit* unit, const Position& at) const;
  // The model cannot be known exactly: says what, at the place being evaluated.  Repeats at one place count once.
  void note_partial(std::string_view what);
  struct Note {
    std::string what;
    Span where;
  };
  std::vector<Note> notes;
  // By the exception that an access ends in: the AttributeError of a property before it, which it hides.
  std::unordered_map<const Object*, PyRaise> hidden_by;
  int nesting = 0;  // natives that are walking nested values: see nesting.h
  int quiet = 0;    // while positive, note_partial records nothing (evaluation that cannot change the graph)
  std::vector<std::string> absent_packages;  // asked for and not in the environment

  // ---- well-known classes
  struct Classes {
    Class *object, *type, *none, *boolean, *integer, *real, *ellipsis, *not_implemented, *str, *bytes, *tuple, *list,
        *dict, *set, *frozenset, *range, *slice, *iterator, *generator, *function, *native, *method, *super, *property,
        *classmethod, *staticmethod, *module, *unknown, *dict_view, *base_exception, *complex, *ordered_dict,
        *default_dict, *counter, *code;
    // Set by the torch library.
    Class *tensor, *parameter, *buffer, *nn_module, *dtype, *device, *size;
    Class *enum_, *enum_meta;
    // Set by the standard library.
    Class *generic_alias, *union_type, *typing_alias, *special_form, *type_variable, *partial, *dataclass_field,
        *abc_meta;
  } classes{};
  Module* builtins = nullptr;
  // What values of each kind do by themselves: a row for each Kind, set by install_builtin_types of python/types.
  const TypeSlots* const* types = nullptr;

  // Hooks that libraries install.
  struct Hooks {
    Value (*tensor_attribute)(Interpreter&, Tensor*, Str*) = nullptr;  // kMissing where absent
    Value (*tensor_item)(Interpreter&, Tensor*, const Value& key) = nullptr;
    void (*tensor_set_item)(Interpreter&, Tensor*, const Value& key, const Value& value) = nullptr;
    Value (*tensor_binary)(Interpreter&, Operator, const Value&, const Value&) = nullptr;  // also comparisons
    Value (*tensor_unary)(Interpreter&, Operator, const Value&) = nullptr;
    Truth (*tensor_truth)(Interpreter&, Tensor*) = nullptr;
    Value (*tensor_deep_copy)(Interpreter&, const Tensor*) = nullptr;  // copy.deepcopy, without its attributes
    Value (*tensor_shallow_copy)(Interpreter&, Tensor*) = nullptr;     // copy.copy
    bool (*tensor_set_attribute)(Interpreter&, Tensor*, Str*, const Value&) = nullptr;  // true: handled
    bool (*module_find)(Interpreter&, ModuleInstance*, Str*, Value&) = nullptr;         // nn.Module attributes
    bool (*module_set)(Interpreter&, ModuleInstance*, Str*, const Value&) = nullptr;    // true: handled
    bool (*module_delete)(Interpreter&, ModuleInstance*, Str*) = nullptr;
    Value (*module_dict)(Interpreter&, ModuleInstance*) = nullptr;     // its __dict__
    void (*module_dict_set)(Interpreter&, ModuleInstance*) = nullptr;  // after another dict was put in its place
    // A package from source has no top-level definition and no submodule of this name.  True: `out` is its value.
    bool (*package_attribute)(Interpreter&, Module* package, Str* name, Value& out) = nullptr;
    // Evaluated code is about to read a class's own annotations, which were kept as text: makes values of them.
    void (*settle_annotations)(Interpreter&, Class*) = nullptr;
    // The value of an annotation of a function, which is kept as text.
    Value (*function_annotation)(Interpreter&, const Function*, Str* text) = nullptr;
    // `left | right` where one is a class or a typing object: an instance of types.UnionType.
    Value (*type_union)(Interpreter&, const Value& left, const Value& right) = nullptr;
    // `type[key]` of a class without __class_getitem__ (list[int]): an instance of types.GenericAlias.
    Value (*generic_alias)(Interpreter&, const Value& type, const Value& key) = nullptr;
  } hooks;

  torch::State* torch = nullptr;        // of library/torch
  std::shared_ptr<void> lazy_packages;  // of library/transformers
  std::shared_ptr<Disk> disk;           // what evaluated code finds in files; of library/stdlib
  std::vector<Span> spans;              // of registrations (library/torch/registered_at.h)
  Frame* frame = nullptr;               // innermost
  struct Impl;
  std::unique_ptr<Impl> impl;
};

}  // namespace ckptlint::python
