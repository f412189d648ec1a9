// eval(), exec() and compile(): text as code.
#include "library/builtins/builtins.h"
#include "python/evaluate/code_text.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// Of a code object, which is kept as the text that it was made of.  No identifiers: CPython's has no such attributes.
constexpr const char* kText = "<text>";
constexpr const char* kMode = "<mode>";

// The text behind what is to be run; kMissing where that is no text.  `mode` is what compile() was told.
Value text_of(Interpreter& in, const Value& source, std::string& mode) {
  if (source.is(Kind::kInstance) && source.as<Instance>()->type == in.classes.code) {
    Dict* parts = source.as<Instance>()->attributes;
    const Value* text = parts == nullptr ? nullptr : dict_find(parts, in.intern(kText));
    const Value* told = parts == nullptr ? nullptr : dict_find(parts, in.intern(kMode));
    const bool known = text != nullptr && text->is(Kind::kStr) && told != nullptr && told->is(Kind::kStr);
    if (!known) return in.unknown("the code of a function");
    mode = told->as<Str>()->view();
    return *text;
  }
  const Value& plain = unwrap(source);
  if (plain.is(Kind::kBytes)) return in.string(plain.as<Bytes>()->data);
  return plain.is(Kind::kStr) ? plain : Value{};
}

Value run(Interpreter& in, const char* name, const Value& source, const Value& globals, const Value& locals,
          std::string mode) {
  for (const Value& given : {source, globals, locals}) {
    if (!given.unknown()) continue;
    if (mode == "exec") in.note_partial("runs text that is not known as code with exec()");
    return given;
  }
  const Value text = text_of(in, source, mode);
  if (text.unknown()) return text;
  if (text.missing()) in.raise_type_error(std::string(name) + "() arg 1 must be a string, bytes or code object");
  std::string_view code = text.as<Str>()->view();
  const bool expression = mode == "eval";
  if (expression) {
    const std::size_t first = code.find_first_not_of(" \t\n");
    code = first == std::string_view::npos ? std::string_view() : code.substr(first);
    code = code.substr(0, code.find_last_not_of(" \t\n") + 1);
  }
  Str* const builtins = in.intern("__builtins__");
  if (globals.is(Kind::kDict) && dict_find(globals.as<Dict>(), builtins) == nullptr)
    dict_set(in.arena, globals.as<Dict>(), builtins, Value::of(in.builtins->attributes));
  return run_text(in, code, expression ? TextKind::kExpression : TextKind::kStatements,
                  text_scope(in, globals, locals));
}

Value eval(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [source, globals, locals] = function_arguments<"source, globals=, locals=">(in, "eval", arguments);
  return run(in, "eval", source, globals, locals, "eval");
}

Value exec(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [source, globals, locals] = bind<"source, globals=, locals=">(in, "exec", arguments);
  run(in, "exec", source, globals, locals, "exec");
  return Value::none();
}

Value compile(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [source, filename, mode, flags, dont_inherit, optimize] =
      bind<"source, filename, mode, flags=, dont_inherit=, optimize=">(in, "compile", arguments);
  std::string ignored;
  const Value text = source.unknown() ? Value{} : text_of(in, source, ignored);
  if (text.missing() || !mode.is(Kind::kStr)) return in.unknown("compile()");
  Instance* made = in.instance(in.classes.code);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.intern(kText), text);
  dict_set(in.arena, made->attributes, in.intern(kMode), mode);
  dict_set(in.arena, made->attributes, in.intern("co_filename"), filename);
  return Value::of(made);
}

}  // namespace

void fill_code(Interpreter& in) {
  define_all(in, in.builtins, {{"eval", spread<eval>}, {"exec", exec}, {"compile", compile}});
}

}  // namespace ckptlint::python
