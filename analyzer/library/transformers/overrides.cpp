// Definitions of transformers that are replaced, each with the reason.  Everything else of it is evaluated.
#include <string>

#include "library/stdlib/values.h"
#include "library/transformers/install.h"
#include "library/transformers/lazy_packages.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

// @decorator and @decorator(options) alike leave what they decorate as it is.
Value pass_through(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [decorated] = by_position<"decorated=">(arguments);
  bool bare =
      arguments.count == 1 && arguments.keyword_count == 0 && (is_function(decorated) || decorated.is(Kind::kClass));
  return bare ? decorated : in.native_static("decorator", return_first);
}

// decorator(options) always, whatever they are.
Value make_pass_through(Interpreter& in, const Arguments&, const Value&) {
  return in.native_static("decorator", return_first);
}

// add_start_docstrings(*texts), which puts them before the docstring; the library's own are looked at by nobody.
Value put_before_doc(Interpreter& in, const Arguments& arguments, const Value& texts) {
  const auto [fn] = bind<"fn">(in, "docstring_decorator", arguments);
  const bool is_class = fn.is(Kind::kClass);
  const Module* module = is_class                 ? fn.as<Class>()->module
                         : fn.is(Kind::kFunction) ? fn.as<Function>()->module
                                                  : nullptr;
  if (module == nullptr || module->name->view().starts_with("transformers.")) return fn;
  std::string doc;
  for (const Value& text : *texts.as<Tuple>()) {
    if (!text.is(Kind::kStr)) return fn;
    doc += text.as<Str>()->view();
  }
  if (const Value own = in.attribute(fn, in.sym.__doc__); own.is(Kind::kStr)) doc += own.as<Str>()->view();
  if (is_class)
    in.set_class(fn.as<Class>(), "__doc__", in.string(doc));
  else
    in.set_attribute(fn, in.sym.__doc__, in.string(doc));
  return fn;
}
Value start_docstrings(Interpreter& in, const Arguments& arguments, const Value&) {
  return in.native_static("docstring_decorator", put_before_doc, in.tuple(arguments.positional, arguments.count));
}

// {frozenset(): {}}: an import structure without entries.
Value empty_structure(Interpreter& in, const Arguments&, const Value&) {
  Dict* made = in.dict();
  dict_set(in.arena, made, Value::of(in.set(true)), Value::of(in.dict()));
  return Value::of(made);
}

// Packages of the library are looked into one by one; what another package makes of the class is not followed.
Value lazy_module(Interpreter& in, const Arguments&, const Value&) {
  const bool of_library = in.frame == nullptr || in.frame->module->name->view().starts_with("transformers.") ||
                          in.frame->module->name->view() == "transformers";
  return of_library ? Value::none() : in.unknown("a _LazyModule");
}

Value file_of_hub(Interpreter& in, const Arguments&, const Value&) { return in.unknown("a file of the model hub"); }

Value whole_library(Interpreter& in, const Arguments&, const Value&) {
  return Value::of(in.import_module("transformers"));
}

struct Replaced {
  const char* module;
  const char* name;
  NativeFunction function;
};

constexpr Replaced kReplaced[] = {
    // They compose docstrings, from the source text of what they decorate; 4.40 to 5.23.
    {"transformers.utils.auto_docstring", "auto_docstring", pass_through},
    {"transformers.utils.auto_docstring", "auto_class_docstring", return_first},
    {"transformers.utils.auto_docstring", "auto_method_docstring", return_first},
    {"transformers.utils.args_doc", "auto_docstring", pass_through},
    {"transformers.utils.doc", "add_start_docstrings", start_docstrings},
    {"transformers.utils.doc", "add_start_docstrings_to_model_forward", make_pass_through},
    {"transformers.utils.doc", "add_end_docstrings", make_pass_through},
    {"transformers.utils.doc", "add_code_sample_docstrings", make_pass_through},
    {"transformers.utils.doc", "replace_return_docstrings", make_pass_through},
    {"transformers.models.auto.configuration_auto", "replace_list_option_in_docstrings", make_pass_through},
    // Copies a function through its code object, so that its docstring can be changed: the function itself will do.
    {"transformers.utils.doc", "copy_func", return_first},
    {"transformers.models.auto.auto_factory", "_copy_func", return_first},
    {"transformers.models.auto.auto_factory", "copy_func", return_first},
    // Gives an auto class copies of the inherited from_config and from_pretrained with docstrings of their own.
    {"transformers.models.auto.auto_factory", "auto_class_update", return_first},
    // They look into the cache of the hub, or fetch.
    {"transformers.utils.hub", "cached_file", file_of_hub},
    {"transformers.utils.hub", "cached_files", file_of_hub},
    // Runs the package's __init__.py once more, for a module of the same names.
    {"transformers.utils.import_utils", "direct_transformers_import", whole_library},
    // They read every file of the library; lazy_package_lookup finds names one by one instead.
    {"transformers.utils.import_utils", "define_import_structure", empty_structure},
    {"transformers.utils.import_utils", "_LazyModule", lazy_module},
};

}  // namespace

void install_transformers(Interpreter& in) {
  in.hooks.package_attribute = lazy_package_lookup;
  for (const Replaced& each : kReplaced)
    in.override_definition(each.module, each.name, in.native_static(each.name, each.function));
  // Configures handlers and levels of a logger that says nothing here.
  in.override_definition("transformers.utils.logging", "get_logger", in.import_name("logging", "getLogger"));
}

}  // namespace ckptlint::python
