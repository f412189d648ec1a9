// The hierarchy of builtin exceptions.  An exception is an instance with an attribute `args`.
#include <fmt/format.h>

#include <cerrno>

#include "library/builtins/builtins.h"
#include "python/evaluate/exception_groups.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"

namespace ckptlint::python {
namespace {

struct ExceptionClass {
  const char* name;
  const char* base;
};

// Bases before what is derived from them.
constexpr ExceptionClass kExceptions[] = {
    {"SystemExit", "BaseException"},
    {"KeyboardInterrupt", "BaseException"},
    {"GeneratorExit", "BaseException"},
    {"BaseExceptionGroup", "BaseException"},
    {"Exception", "BaseException"},
    {"StopIteration", "Exception"},
    {"StopAsyncIteration", "Exception"},
    {"ArithmeticError", "Exception"},
    {"FloatingPointError", "ArithmeticError"},
    {"OverflowError", "ArithmeticError"},
    {"ZeroDivisionError", "ArithmeticError"},
    {"AssertionError", "Exception"},
    {"AttributeError", "Exception"},
    {"BufferError", "Exception"},
    {"EOFError", "Exception"},
    {"ImportError", "Exception"},
    {"ModuleNotFoundError", "ImportError"},
    {"LookupError", "Exception"},
    {"IndexError", "LookupError"},
    {"KeyError", "LookupError"},
    {"MemoryError", "Exception"},
    {"NameError", "Exception"},
    {"UnboundLocalError", "NameError"},
    {"OSError", "Exception"},
    {"BlockingIOError", "OSError"},
    {"ChildProcessError", "OSError"},
    {"ConnectionError", "OSError"},
    {"BrokenPipeError", "ConnectionError"},
    {"ConnectionAbortedError", "ConnectionError"},
    {"ConnectionRefusedError", "ConnectionError"},
    {"ConnectionResetError", "ConnectionError"},
    {"FileExistsError", "OSError"},
    {"FileNotFoundError", "OSError"},
    {"InterruptedError", "OSError"},
    {"IsADirectoryError", "OSError"},
    {"NotADirectoryError", "OSError"},
    {"PermissionError", "OSError"},
    {"ProcessLookupError", "OSError"},
    {"TimeoutError", "OSError"},
    {"ReferenceError", "Exception"},
    {"RuntimeError", "Exception"},
    {"NotImplementedError", "RuntimeError"},
    {"RecursionError", "RuntimeError"},
    {"SyntaxError", "Exception"},
    {"IndentationError", "SyntaxError"},
    {"TabError", "IndentationError"},
    {"SystemError", "Exception"},
    {"TypeError", "Exception"},
    {"ValueError", "Exception"},
    {"UnicodeError", "ValueError"},
    {"UnicodeDecodeError", "UnicodeError"},
    {"UnicodeEncodeError", "UnicodeError"},
    {"UnicodeTranslateError", "UnicodeError"},
    {"Warning", "Exception"},
    {"BytesWarning", "Warning"},
    {"DeprecationWarning", "Warning"},
    {"EncodingWarning", "Warning"},
    {"FutureWarning", "Warning"},
    {"ImportWarning", "Warning"},
    {"PendingDeprecationWarning", "Warning"},
    {"ResourceWarning", "Warning"},
    {"RuntimeWarning", "Warning"},
    {"SyntaxWarning", "Warning"},
    {"UnicodeWarning", "Warning"},
    {"UserWarning", "Warning"},
};

Instance* self_of(Interpreter& in, const Arguments& arguments) {
  if (!arguments[0].is(Kind::kInstance)) in.raise_type_error("a method of BaseException needs an exception");
  auto* self = arguments[0].as<Instance>();
  if (self->attributes == nullptr) self->attributes = in.dict();
  return self;
}

void set(Interpreter& in, Instance* self, const char* name, const Value& value) {
  dict_set(in.arena, self->attributes, in.intern(name), value);
}

const Tuple* args_of(Interpreter& in, const Instance* self) {
  const Value* args = dict_find(self->attributes, in.sym.args);
  return args != nullptr && args->is(Kind::kTuple) ? args->as<Tuple>() : in.tuple({}).as<Tuple>();
}

Value exception_init(Interpreter& in, const Arguments& arguments, const Value&) {
  Instance* self = self_of(in, arguments);
  dict_set(in.arena, self->attributes, in.sym.args, in.tuple(arguments.positional + 1, arguments.count - 1));
  return Value::none();
}

// str(): nothing, the one argument, or the tuple of them.
Value exception_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tuple* args = args_of(in, self_of(in, arguments));
  if (args->count == 0) return in.string("");
  if (args->count == 1) return in.str_value(args->items[0]);
  return in.repr_value(in.tuple(args->items, args->count));
}

Value exception_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  const Instance* self = self_of(in, arguments);
  const Tuple* args = args_of(in, self);
  const Value text =
      args->count == 1 ? in.repr_value(args->items[0]) : in.repr_value(in.tuple(args->items, args->count));
  if (text.unknown()) return text;
  const std::string_view inner = text.as<Str>()->view();
  return in.string(args->count == 1 ? fmt::format("{}({})", self->type->name->view(), inner)
                                    : fmt::format("{}{}", self->type->name->view(), inner));
}

Value exception_with_traceback(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, traceback] = method_arguments<"self, traceback">(in, "with_traceback", arguments);
  return self;
}
Value exception_add_note(Interpreter& in, const Arguments& arguments, const Value&) {
  check_method(in, arguments, "add_note", 1, 1);
  Instance* self = self_of(in, arguments);
  Value* notes = dict_find(self->attributes, in.intern("__notes__"));
  if (notes == nullptr) {
    set(in, self, "__notes__", Value::of(in.list()));
    notes = dict_find(self->attributes, in.intern("__notes__"));
  }
  if (notes->is(Kind::kList)) notes->as<List>()->items.push(in.arena, arguments[1]);
  return Value::none();
}

// KeyError shows the key as it is written, so that an empty one is seen.
Value key_error_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tuple* args = args_of(in, self_of(in, arguments));
  return args->count == 1 ? in.repr_value(args->items[0]) : exception_str(in, arguments, Value{});
}

// Classes whose arguments also become attributes: (message, name=, path=) of ImportError and their like.
Value init_with_names(Interpreter& in, const Arguments& arguments, const Value& data) {
  exception_init(in, arguments, Value{});
  Instance* self = self_of(in, arguments);
  const Tuple* names = data.as<Tuple>();
  for (const Value& name : *names) {
    Value given = Value::none();
    for (std::size_t i = 0; i < arguments.keyword_count; ++i) {
      if (arguments.keywords[i].name == name.as<Str>()) given = arguments.keywords[i].value;
    }
    dict_set(in.arena, self->attributes, name.as<Str>(), given);
  }
  if (names->count != 0 && names->items[0].as<Str>() == in.sym.name) {
    set(in, self, "msg", arguments.count > 1 ? arguments[1] : Value::none());
  }
  return Value::none();
}

Value stop_iteration_init(Interpreter& in, const Arguments& arguments, const Value& data) {
  exception_init(in, arguments, Value{});
  dict_set(in.arena, self_of(in, arguments)->attributes, data.as<Str>(),
           arguments.count > 1 ? arguments[1] : Value::none());
  return Value::none();
}

// The class that OSError(number, text) is an instance of.
const char* class_of_error(std::int64_t number) {
  switch (number) {
    case EAGAIN:
    case EALREADY:
    case EINPROGRESS:
      return "BlockingIOError";
    case ECHILD:
      return "ChildProcessError";
    case EPIPE:
    case ESHUTDOWN:
      return "BrokenPipeError";
    case ECONNABORTED:
      return "ConnectionAbortedError";
    case ECONNREFUSED:
      return "ConnectionRefusedError";
    case ECONNRESET:
      return "ConnectionResetError";
    case EEXIST:
      return "FileExistsError";
    case ENOENT:
      return "FileNotFoundError";
    case EINTR:
      return "InterruptedError";
    case EISDIR:
      return "IsADirectoryError";
    case ENOTDIR:
      return "NotADirectoryError";
    case EACCES:
    case EPERM:
      return "PermissionError";
    case ESRCH:
      return "ProcessLookupError";
    case ETIMEDOUT:
      return "TimeoutError";
    default:
      return "OSError";
  }
}

// OSError(errno, strerror, filename, winerror, filename2).
Value os_error_init(Interpreter& in, const Arguments& arguments, const Value&) {
  exception_init(in, arguments, Value{});
  Instance* self = self_of(in, arguments);
  const bool described = arguments.count >= 3 && arguments.count <= 6;
  set(in, self, "errno", described ? arguments[1] : Value::none());
  set(in, self, "strerror", described ? arguments[2] : Value::none());
  set(in, self, "filename", described && arguments.count >= 4 ? arguments[3] : Value::none());
  set(in, self, "filename2", described && arguments.count == 6 ? arguments[5] : Value::none());
  if (described && arguments[1].is(Kind::kInt) && self->type == in.exception("OSError"))
    self->type = in.exception(class_of_error(arguments[1].integer));
  if (described && arguments.count >= 4)
    dict_set(in.arena, self->attributes, in.sym.args, in.tuple({arguments[1], arguments[2]}));
  return Value::none();
}

Value os_error_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const Instance* self = self_of(in, arguments);
  const Value* number = dict_find(self->attributes, in.intern("errno"));
  const Value* text = dict_find(self->attributes, in.intern("strerror"));
  const Value* file = dict_find(self->attributes, in.intern("filename"));
  if (number == nullptr || text == nullptr || number->is_none()) return exception_str(in, arguments, Value{});
  if (file == nullptr || file->is_none())
    return in.string(fmt::format("[Errno {}] {}", in.str(*number), in.str(*text)));
  const Value* other = dict_find(self->attributes, in.intern("filename2"));
  const std::string second = other == nullptr || other->is_none() ? "" : " -> " + in.repr(*other);
  return in.string(fmt::format("[Errno {}] {}: {}{}", in.str(*number), in.str(*text), in.repr(*file), second));
}

// Exceptions with a fixed number of arguments, each an attribute.
Value fixed_init(Interpreter& in, const Arguments& arguments, const Value& data) {
  exception_init(in, arguments, Value{});
  Instance* self = self_of(in, arguments);
  const Tuple* names = data.as<Tuple>();
  if (arguments.count - 1 != names->count) {
    in.raise_type_error(
        fmt::format("function takes exactly {} arguments ({} given)", names->count, arguments.count - 1));
  }
  for (std::uint32_t i = 0; i < names->count; ++i)
    dict_set(in.arena, self->attributes, names->items[i].as<Str>(), arguments[i + 1]);
  return Value::none();
}

Value names(Interpreter& in, std::initializer_list<const char*> texts) {
  List* made = in.list();
  for (const char* text : texts) made->items.push(in.arena, Value::of(in.intern(text)));
  return in.tuple(made->items.items, made->items.count);
}

Value decode_error_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tuple* args = args_of(in, self_of(in, arguments));
  if (args->count != 5) return exception_str(in, arguments, Value{});
  if (!args->items[2].is(Kind::kInt) || !args->items[3].is(Kind::kInt) || !unwrap(args->items[1]).is(Kind::kBytes))
    return in.unknown("the text of a UnicodeDecodeError");
  const std::int64_t start = args->items[2].integer, end = args->items[3].integer;
  const std::string_view bytes = unwrap(args->items[1]).as<Bytes>()->data;
  const std::string codec = in.str(args->items[0]), reason = in.str(args->items[4]);
  const bool has_byte = start >= 0 && start < std::ssize(bytes) && end == start + 1;
  if (has_byte) {
    const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(start)]);
    return in.string(
        fmt::format("'{}' codec can't decode byte 0x{:02x} in position {}: {}", codec, byte, start, reason));
  }
  return in.string(fmt::format("'{}' codec can't decode bytes in position {}-{}: {}", codec, start, end - 1, reason));
}

// ---- groups: args are the message and the exceptions

Value group_init(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, message, exceptions] =
      method_arguments<"self, message, exceptions">(in, "BaseExceptionGroup.__new__", arguments);
  List* given = in.collect(exceptions);
  if (given->items.empty()) in.raise_value_error("second argument (exceptions) must be a non-empty sequence");
  in.set_attribute(self, in.intern("message"), message);
  in.set_attribute(self, in.intern("exceptions"), in.tuple(given->items.items, given->items.count));
  return exception_init(in, arguments, Value{});
}

Value group_str(Interpreter& in, const Arguments& arguments, const Value&) {
  const Tuple* parts = exceptions_of_group(in, arguments[0]);
  if (parts == nullptr) return exception_str(in, arguments, Value{});
  return in.string(fmt::format("{} ({} sub-exception{})", in.str(in.attribute(arguments[0], in.intern("message"))),
                               parts->count, parts->count == 1 ? "" : "s"));
}

// data: whether what is left is wanted, too
Value group_split(Interpreter& in, const Arguments& arguments, const Value& both) {
  const auto [self, type] = method_arguments<"self, type">(in, both.boolean ? "split" : "subgroup", arguments);
  if (type.is(Kind::kFunction)) return in.unknown("a group of exceptions by a function");
  const SplitGroup split = split_group(in, self, type);
  const Value taken = split.taken.missing() ? Value::none() : split.taken;
  return both.boolean ? in.tuple({taken, split.left.missing() ? Value::none() : split.left}) : taken;
}

Value group_derive(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, exceptions] = method_arguments<"self, exceptions">(in, "derive", arguments);
  return in.call(Value::of(in.exception("ExceptionGroup")), {in.attribute(self, in.intern("message")), exceptions});
}

}  // namespace

void fill_exceptions(Interpreter& in) {
  Class* root = in.classes.base_exception = in.make_class("BaseException", {in.classes.object}, Layout::kException);
  in.define(in.builtins, "BaseException", Value::of(root));
  for (const ExceptionClass& row : kExceptions) {
    const Value* base = dict_find(in.builtins->attributes, in.intern(row.base));
    in.define(in.builtins, row.name, Value::of(in.make_class(row.name, {base->as<Class>()}, Layout::kException)));
  }
  Class* group = in.make_class("ExceptionGroup", {in.exception("BaseExceptionGroup"), in.exception("Exception")},
                               Layout::kException);
  in.define(in.builtins, "ExceptionGroup", Value::of(group));
  in.define(in.builtins, "IOError", Value::of(in.exception("OSError")));
  in.define(in.builtins, "EnvironmentError", Value::of(in.exception("OSError")));

  add_methods(in, root,
              {{"__init__", exception_init},
               {"__str__", exception_str},
               {"__repr__", exception_repr},
               {"with_traceback", exception_with_traceback},
               {"add_note", exception_add_note}});
  for (const char* name : {"__cause__", "__context__", "__traceback__"}) in.set_class(root, name, Value::none());
  in.set_class(root, "__suppress_context__", Value::of(false));
  in.method(in.exception("KeyError"), "__str__", key_error_str);
  add_methods(in, in.exception("BaseExceptionGroup"),
              {{"__init__", group_init}, {"__str__", group_str}, {"derive", group_derive}});
  in.method(in.exception("BaseExceptionGroup"), "split", group_split, Value::of(true));
  in.method(in.exception("BaseExceptionGroup"), "subgroup", group_split, Value::of(false));
  in.method(in.exception("ImportError"), "__init__", init_with_names, names(in, {"name", "path"}));
  in.method(in.exception("NameError"), "__init__", init_with_names, names(in, {"name"}));
  in.method(in.exception("AttributeError"), "__init__", init_with_names, names(in, {"name", "obj"}));
  in.method(in.exception("StopIteration"), "__init__", stop_iteration_init, Value::of(in.sym.value));
  in.method(in.exception("SystemExit"), "__init__", stop_iteration_init, Value::of(in.intern("code")));
  in.method(in.exception("OSError"), "__init__", os_error_init);
  in.method(in.exception("OSError"), "__str__", os_error_str);
  in.method(in.exception("UnicodeDecodeError"), "__init__", fixed_init,
            names(in, {"encoding", "object", "start", "end", "reason"}));
  in.method(in.exception("UnicodeEncodeError"), "__init__", fixed_init,
            names(in, {"encoding", "object", "start", "end", "reason"}));
  in.method(in.exception("UnicodeDecodeError"), "__str__", decode_error_str);
  // Read by handlers of errors that the host raised, which sets args alone.
  for (const char* name : {"name", "path", "msg", "obj"})
    in.set_class(in.exception("ImportError"), name, Value::none());
  for (const char* name : {"errno", "strerror", "filename", "filename2"})
    in.set_class(in.exception("OSError"), name, Value::none());
  for (const char* type : {"NameError", "AttributeError"}) in.set_class(in.exception(type), "name", Value::none());
  in.set_class(in.exception("StopIteration"), "value", Value::none());
}

}  // namespace ckptlint::python
