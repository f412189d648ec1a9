// The __dict__ of a module.  Its tables of parameters, buffers and modules are entries of it, as long as somebody
// looks: what is written there is written to the module.
#include <vector>

#include "library/torch/nn_module.h"
#include "python/evaluate/signature.h"
#include "python/types/methods.h"

namespace ckptlint::python::torch {
namespace {

Dict* attributes_of(Interpreter& in, ModuleInstance* module) {
  if (module->attributes == nullptr) module->attributes = in.dict();
  return module->attributes;
}

// Tables among the attributes are the module's; with all of them it is one whose __init__ has run.
void take_tables(Interpreter& in, ModuleInstance* module) {
  Dict* attributes = attributes_of(in, module);
  const auto taken = [&](Str* name, Dict*& table) {
    const Value* found = dict_find(attributes, name);
    const Value plain = found == nullptr ? Value{} : unwrap(*found);
    if (plain.is(Kind::kDict)) table = plain.as<Dict>();
    return plain.is(Kind::kDict);
  };
  const bool parameters = taken(in.sym._parameters, module->parameters);
  const bool buffers = taken(in.sym._buffers, module->buffers);
  const bool modules = taken(in.sym._modules, module->modules);
  const Value* names = dict_find(attributes, in.sym._non_persistent_buffers_set);
  if (names != nullptr && names->is(Kind::kSet)) module->non_persistent = names->as<Set>();
  module->initialized = module->initialized || (parameters && buffers && modules);
}

// A method of dict that changes it, then the same for the module.
Value change(Interpreter& in, const Arguments& arguments, const Value& name) {
  auto* self = self_as<Instance>(in, arguments);
  std::vector<Value> positional(arguments.positional, arguments.positional + arguments.count);
  positional[0] = self->payload;
  const Value method = *in.class_lookup(in.classes.dict, name.as<Str>());
  const Value answer =
      in.call(method, Arguments{positional.data(), positional.size(), arguments.keywords, arguments.keyword_count});
  const Value* module = dict_find(self->attributes, in.sym.__module__);
  if (module != nullptr && module->is(Kind::kInstance)) take_tables(in, module_receiver(in, *module));
  return answer;
}

Value dict_of(Interpreter& in, ModuleInstance* module) {
  Dict* attributes = attributes_of(in, module);
  if (module->initialized) {
    if (dict_find(attributes, in.sym.training) == nullptr)
      dict_set(in.arena, attributes, in.sym.training, Value::of(true));  // as long as it is the class's
    dict_set(in.arena, attributes, in.sym._parameters, Value::of(parameters_of(in, module)));
    dict_set(in.arena, attributes, in.sym._buffers, Value::of(buffers_of(in, module)));
    dict_set(in.arena, attributes, in.sym._non_persistent_buffers_set, Value::of(non_persistent_of(in, module)));
    dict_set(in.arena, attributes, in.sym._modules, Value::of(modules_of(in, module)));
  }
  Instance* made = in.instance(in.torch->module_dict);
  made->payload = Value::of(attributes);
  made->attributes = in.dict();
  dict_set(in.arena, made->attributes, in.sym.__module__, Value::of(module));
  return Value::of(made);
}

}  // namespace

void install_module_dict(Interpreter& in) {
  Class* type = in.torch->module_dict = in.make_class("dict", {in.classes.dict}, Layout::kDict);
  for (const char* name : {"__setitem__", "__delitem__", "__ior__", "update", "setdefault", "pop", "popitem", "clear"})
    in.method(type, name, change, Value::of(in.intern(name)));
  in.hooks.module_dict = dict_of;
  in.hooks.module_dict_set = take_tables;
}

}  // namespace ckptlint::python::torch
