// logging and warnings: what is logged goes nowhere.
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

Value get_logger(Interpreter& in, const Arguments& arguments, const Value& type) {
  const auto [name] = bind<"name=">(in, "getLogger", arguments);
  Instance* made = in.instance(type.as<Class>());
  set_own(in, made, in.sym.name, name.missing() || name.is_none() ? in.string("root") : name);
  return Value::of(made);
}

Value level_name(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"level">(in, "getLevelName", arguments);
  struct {
    std::int64_t level;
    const char* name;
  } levels[] = {{50, "CRITICAL"}, {40, "ERROR"}, {30, "WARNING"}, {20, "INFO"}, {10, "DEBUG"}, {0, "NOTSET"}};
  for (const auto& level : levels) {
    if (given.same(Value::of(level.level))) return in.string(level.name);
    if (as_str(given) != nullptr && as_str(given)->view() == level.name) return Value::of(level.level);
  }
  return in.string("Level " + in.str(given));
}

Value set_level(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, level] = bind<"self, level">(in, "Logger.setLevel", arguments);
  Value number = level;
  if (level.is(Kind::kStr) &&
      !in.find_attribute(Value::of(in.native_module("logging", false)), in.intern(level.as<Str>()->view()), number))
    in.raise_value_error("Unknown level: " + in.repr(level));
  in.generic_set(self, in.intern("level"), number);
  return Value::none();
}

Value effective_level(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self] = bind<"self">(in, "Logger.getEffectiveLevel", arguments);
  const Value level = in.attribute(self, in.intern("level"));
  return level.is(Kind::kInt) && level.integer == 0 ? Value::of(30) : level;
}

// Methods that libraries hang on their loggers (warning_once, ...) do as little as the others.
Value any_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, given_name] = by_position<"self, name">(arguments);
  Str* name = as_str(given_name);
  if (name == nullptr || name->view().substr(0, 2) == "__") {
    in.raise(in.exception("AttributeError"), "'Logger' object has no attribute '" + in.str(given_name) + "'");
  }
  return in.native_static("log", return_none);
}

Value get_child(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, suffix] = bind<"self, suffix">(in, "Logger.getChild", arguments);
  return self;
}

Value return_decorator(Interpreter& in, const Arguments&, const Value&) {
  return in.native_static("decorator", return_first);
}

void install_warnings(Interpreter& in) {
  Module* module = in.native_module("warnings", false);
  for (const char* name : {"warn_explicit", "showwarning", "formatwarning"}) in.define(module, name, return_none);
  in.define(module, "filters", Value::of(in.list()));
  in.define(module, "deprecated", return_decorator);
}

}  // namespace

void install_logging(Interpreter& in) {
  Module* module = in.native_module("logging", false);
  struct {
    const char* name;
    int level;
  } levels[] = {{"CRITICAL", 50}, {"FATAL", 50}, {"ERROR", 40}, {"WARNING", 30},
                {"WARN", 30},     {"INFO", 20},  {"DEBUG", 10}, {"NOTSET", 0}};
  for (const auto& level : levels) in.define(module, level.name, Value::of(level.level));

  Class* logger = in.make_class("Logger", {in.classes.object});
  for (const char* name :
       {"debug", "info", "warning", "warn", "error", "critical", "fatal", "exception", "log", "addHandler",
        "removeHandler", "addFilter", "removeFilter", "handle", "warning_once", "info_once", "warning_advice"}) {
    in.method(logger, name, return_none);
  }
  in.method(logger, "__init__", return_none);
  in.method(logger, "__getattr__", any_method);
  in.method(logger, "setLevel", set_level);
  in.method(logger, "isEnabledFor", return_false);
  in.method(logger, "hasHandlers", return_false);
  in.method(logger, "getEffectiveLevel", effective_level);
  in.method(logger, "getChild", get_child);
  in.set_class(logger, "level", Value::of(30));
  in.set_class(logger, "propagate", Value::of(true));
  in.set_class(logger, "disabled", Value::of(false));
  in.set_class(logger, "handlers", Value::of(in.list()));
  in.set_class(logger, "filters", Value::of(in.list()));
  in.set_class(logger, "parent", Value::none());
  in.define(module, "Logger", Value::of(logger));
  in.define(module, "getLogger", get_logger, Value::of(logger));
  in.define(module, "getLoggerClass", return_data, Value::of(logger));
  in.define(module, "root", get_logger(in, {}, Value::of(logger)));
  in.define(module, "getLevelName", level_name);
  for (const char* name : {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "basicConfig",
                           "disable", "captureWarnings", "addLevelName", "setLoggerClass", "shutdown"}) {
    in.define(module, name, return_none);
  }
  for (const char* name : {"Handler", "StreamHandler", "FileHandler", "NullHandler", "Formatter", "Filter", "LogRecord",
                           "LoggerAdapter"}) {
    Class* type = in.make_class(name, {in.classes.object});
    in.method(type, "__init__", return_none);
    for (const char* method :
         {"setLevel", "setFormatter", "addFilter", "emit", "flush", "close", "handle", "acquire", "release"}) {
      in.method(type, method, return_none);
    }
    in.define(module, name, Value::of(type));
  }
  in.define(module, "lastResort", Value::none());
  in.native_module("logging.handlers", true);
  in.native_module("logging.config", true);
  install_warnings(in);
}

}  // namespace ckptlint::python
