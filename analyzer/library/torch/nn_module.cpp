// The class nn.Module: construction, attributes and registration.
#include "library/torch/nn_module.h"

#include <fmt/format.h>

#include "library/torch/install.h"
#include "python/evaluate/sets.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python::torch {
namespace {

[[noreturn]] void raise_attribute_error(Interpreter& in, std::string_view message) {
  in.raise(in.exception("AttributeError"), message);
}
[[noreturn]] void raise_key_error(Interpreter& in, std::string_view message) {
  in.raise(in.exception("KeyError"), message);
}

// hasattr(self, name), past the table that the name may be replaced in.
bool taken(Interpreter& in, ModuleInstance* self, Str* name, Dict* own_table) {
  if (find_in(own_table, name) != nullptr) return false;
  const Value* on_class = in.class_lookup(self->type, name);
  const Value* dynamic = in.class_lookup(self->type, in.sym.__getattr__);
  const bool plain = on_class == nullptr && (dynamic == nullptr || dynamic->is(Kind::kNative));
  if (plain) {
    return find_in(self->attributes, name) != nullptr || find_in(self->parameters, name) != nullptr ||
           find_in(self->buffers, name) != nullptr || find_in(self->modules, name) != nullptr;
  }
  Value ignored;
  return in.find_attribute(Value::of(self), name, ignored);
}

// The rules that all three kinds of names share.
Str* checked_name(Interpreter& in, const Value& name, const char* kind) {
  if (!name.is(Kind::kStr))
    in.raise_type_error(fmt::format("{} name should be a string. Got {}", kind, torch_typename(in, name)));
  return in.intern(name.as<Str>()->view());
}

void refuse_bad_name(Interpreter& in, Str* name, const char* kind) {
  if (name->view().find('.') != std::string_view::npos)
    raise_key_error(in, fmt::format("{} name can't contain \".\"", kind));
  if (name->view().empty()) raise_key_error(in, fmt::format("{} name can't be empty string \"\"", kind));
}

bool unknown_name(Interpreter& in, const Value& name, const char* kind) {
  if (!name.unknown()) return false;
  in.note_partial(fmt::format("the name of a {} is {}, which is not known", kind, name.as<Unknown>()->origin->view()));
  return true;
}

// What accelerate's init_empty_weights registers: a parameter of the same class and attributes on the meta device.
Value made_anew(Interpreter& in, Tensor* given) {
  if (given->type != nullptr && given->type->name->view() == "UninitializedParameter") {  // which takes no tensor
    in.raise_type_error("UninitializedParameter.__new__() got multiple values for argument 'requires_grad'");
  }
  const Value* made_by = given->type == nullptr ? nullptr : in.class_lookup(given->type, in.sym.__new__);
  const Value function = made_by == nullptr                 ? Value{}
                         : made_by->is(Kind::kStaticMethod) ? made_by->as<StaticMethod>()->function
                                                            : *made_by;
  if (function.is(Kind::kFunction)) {  // a class of the repo's own, which may refuse that
    std::vector<Keyword> keywords;
    if (given->attributes != nullptr) {
      for (const Dict::Entry& each : given->attributes->entries) {
        if (each.key.is(Kind::kStr)) keywords.push_back({each.key.as<Str>(), each.value});
      }
    }
    keywords.push_back({in.intern("requires_grad"), Value::of(given->requires_grad)});
    Value positional[] = {Value::of(given)};
    in.call(Value::of(given->type), {positional, 1, keywords.data(), keywords.size()});
  }
  if (!function.is(Kind::kFunction) && given->attributes != nullptr) {  // torch's own takes no attributes
    for (const Dict::Entry& each : given->attributes->entries) {
      if (!each.key.is(Kind::kStr) || each.key.as<Str>()->view() == "requires_grad") continue;
      in.raise_type_error(
          fmt::format("Parameter.__new__() got an unexpected keyword argument '{}'", each.key.as<Str>()->view()));
    }
  }
  auto* made = in.arena.make<Tensor>(*given);
  if (given->base != nullptr) {
    made->contents = nullptr;
    made->filled = false;
  }
  made->base = made->views = nullptr;
  made->view = nullptr;
  in.torch->registered_anew->emplace(made, given);
  return Value::of(made);
}

}  // namespace

void register_parameter(Interpreter& in, ModuleInstance* self, Str* name, const Value& parameter) {
  if (!self->initialized) raise_attribute_error(in, "cannot assign parameter before Module.__init__() call");
  refuse_bad_name(in, name, "parameter");
  if (taken(in, self, name, self->parameters))
    raise_key_error(in, fmt::format("attribute '{}' already exists", name->view()));
  if (parameter.unknown()) {
    in.note_partial(
        fmt::format("parameter `{}` is {}, which is not known", name->view(), parameter.as<Unknown>()->origin->view()));
    return put_parameter(in, self, name, make_shapeless_parameter(in));
  }
  if (!parameter.is_none() && !is_parameter(in, parameter)) {
    in.raise_type_error(fmt::format("cannot assign '{}' object to parameter '{}' (torch.nn.Parameter or None required)",
                                    torch_typename(in, parameter), name->view()));
  }
  const bool anew = in.torch->registered_anew != nullptr && !parameter.is_none();
  put_parameter(in, self, name, anew ? made_anew(in, parameter.as<Tensor>()) : parameter);
}

void register_buffer(Interpreter& in, ModuleInstance* self, Str* name, const Value& tensor, bool persistent) {
  if (!self->initialized) raise_attribute_error(in, "cannot assign buffer before Module.__init__() call");
  refuse_bad_name(in, name, "buffer");
  if (taken(in, self, name, self->buffers))
    raise_key_error(in, fmt::format("attribute '{}' already exists", name->view()));
  if (tensor.unknown()) {
    in.note_partial(
        fmt::format("buffer `{}` is {}, which is not known", name->view(), tensor.as<Unknown>()->origin->view()));
    Tensor* made = make_tensor(in, in.torch->default_dtype, {}, in.torch->device);
    made->shape_known = false;
    return put_buffer(in, self, name, Value::of(made), persistent);
  }
  if (!tensor.is_none() && !tensor.is(Kind::kTensor)) {
    in.raise_type_error(fmt::format("cannot assign '{}' object to buffer '{}' (torch Tensor or None required)",
                                    torch_typename(in, tensor), name->view()));
  }
  put_buffer(in, self, name, tensor, persistent);
}

void register_module(Interpreter& in, ModuleInstance* self, Str* name, const Value& child) {
  if (!self->initialized)
    raise_attribute_error(in, fmt::format("'{}' object has no attribute '_modules'", class_name(self)));
  if (!child.is_none() && !child.unknown() && !is_module(child)) {
    in.raise_type_error(fmt::format("{} is not a Module subclass", torch_typename(in, child)));
  }
  if (taken(in, self, name, self->modules))
    raise_key_error(in, fmt::format("attribute '{}' already exists", name->view()));
  if (name->view().find('.') != std::string_view::npos)
    raise_key_error(in, fmt::format("module name can't contain \".\", got: {}", name->view()));
  if (name->view().empty()) raise_key_error(in, "module name can't be empty string \"\"");
  if (child.unknown()) {
    in.note_partial(
        fmt::format("module `{}` is {}, which is not known", name->view(), child.as<Unknown>()->origin->view()));
  }
  put_module(in, self, name, child);
}

namespace {

// ---- methods

// Module.__init__(self): what other arguments it is given is an error, unless the class forwards them.
Value init_module(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  Value* forwards = in.class_lookup(self->type, in.intern("call_super_init"));
  const bool forwarding = forwards != nullptr && in.truth(*forwards) == Truth::kTrue;
  if (!forwarding && arguments.keyword_count != 0) {
    in.raise_type_error(fmt::format("{}.__init__() got an unexpected keyword argument '{}'", class_name(self),
                                    arguments.keywords[0].name->view()));
  }
  if (!forwarding && arguments.count > 1) {
    in.raise_type_error(
        fmt::format("{}.__init__() takes 1 positional argument but {} were given", class_name(self), arguments.count));
  }
  initialize_module(self);
  if (forwarding) {
    const Value next = in.class_lookup_after(self->type, in.classes.nn_module, in.sym.__init__);
    if (!next.missing()) in.call(next, arguments);
  }
  return Value::none();
}

Value register_parameter_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, name, param] = bind<"self, name, param">(in, "Module.register_parameter", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (unknown_name(in, name, "parameter")) return Value::none();
  register_parameter(in, self, checked_name(in, name, "parameter"), param);
  return Value::none();
}

Value register_buffer_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, name, tensor, given_persistent] =
      bind<"self, name, tensor, persistent=">(in, "Module.register_buffer", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (unknown_name(in, name, "buffer")) return Value::none();
  const bool persistent = given_persistent.missing() || in.test(given_persistent);
  register_buffer(in, self, checked_name(in, name, "buffer"), tensor, persistent);
  return Value::none();
}

Value add_module_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, name, module] = bind<"self, name, module">(in, "Module.add_module", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (!module.is_none() && !module.unknown() && !is_module(module)) {
    in.raise_type_error(fmt::format("{} is not a Module subclass", torch_typename(in, module)));
  }
  if (!unknown_name(in, name, "module")) register_module(in, self, checked_name(in, name, "module"), module);
  return Value::none();
}

Value set_attribute_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, name, value] = bind<"self, name, value">(in, "Module.__setattr__", arguments);
  if (!name.is(Kind::kStr)) {
    in.note_partial("the name of an attribute that is set");
    return Value::none();
  }
  in.generic_set(self, in.intern(name.as<Str>()->view()), value);
  return Value::none();
}

Value delete_attribute_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, name] = bind<"self, name">(in, "Module.__delattr__", arguments);
  if (name.is(Kind::kStr)) in.generic_delete(self, in.intern(name.as<Str>()->view()));
  return Value::none();
}

Value get_attribute_method(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, given_name] = bind<"self, name">(in, "Module.__getattr__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (!given_name.is(Kind::kStr)) return in.unknown("an attribute of a module");
  Str* name = in.intern(given_name.as<Str>()->view());
  Value out;
  if (in.hooks.module_find(in, self, name, out)) return out;
  if (self->type->has_unknown_base) return in.unknown(fmt::format("{}.{}", class_name(self), name->view()));
  raise_attribute_error(in, fmt::format("'{}' object has no attribute '{}'", class_name(self), name->view()));
}

// ---- hooks of the evaluator

// Module's own dicts of hooks, which nothing here ever calls.
bool is_hook_table(std::string_view name) {
  return name.starts_with('_') &&
         (name.ends_with("_hooks") || name.ends_with("_with_kwargs") || name.ends_with("_always_called"));
}

bool find(Interpreter& in, ModuleInstance* self, Str* name, Value& out) {
  if (!self->initialized) return false;
  for (Dict* table : {self->parameters, self->buffers, self->modules}) {
    if (const Value* found = find_in(table, name)) {
      out = *found;
      return true;
    }
  }
  if (name->length == 0 || name->data[0] != '_') return false;
  if (name == in.sym._parameters) return out = Value::of(parameters_of(in, self)), true;
  if (name == in.sym._buffers) return out = Value::of(buffers_of(in, self)), true;
  if (name == in.sym._modules) return out = Value::of(modules_of(in, self)), true;
  if (name == in.sym._non_persistent_buffers_set) return out = Value::of(non_persistent_of(in, self)), true;
  if (is_hook_table(name->view())) {
    if (self->attributes == nullptr) self->attributes = in.dict();
    out = Value::of(in.dict());
    dict_set(in.arena, self->attributes, name, out);
    return true;
  }
  return false;
}

void take_out(Dict* table, Str* name) {
  if (table != nullptr && table->live != 0) dict_erase(table, Value::of(name));
}

void take_out_non_persistent(Interpreter& in, ModuleInstance* self, Str* name) {
  if (self->non_persistent != nullptr && self->non_persistent->items->live != 0)
    set_discard(in, self->non_persistent, Value::of(name));
}

// One of the tables themselves is replaced.
bool set_table(Interpreter& in, ModuleInstance* self, Str* name, const Value& value) {
  if (name->length < 2 || name->data[0] != '_') return false;
  if (Value* shown = find_in(self->attributes, name)) *shown = value;  // in a __dict__ that somebody has seen
  const Value& plain = value.is(Kind::kInstance) ? value.as<Instance>()->payload : value;
  if (plain.is(Kind::kDict)) {
    if (name == in.sym._parameters) return self->parameters = plain.as<Dict>(), true;
    if (name == in.sym._buffers) return self->buffers = plain.as<Dict>(), true;
    if (name == in.sym._modules) return self->modules = plain.as<Dict>(), true;
  }
  if (plain.is(Kind::kSet) && name == in.sym._non_persistent_buffers_set)
    return self->non_persistent = plain.as<Set>(), true;
  return false;
}

bool set(Interpreter& in, ModuleInstance* self, Str* name, const Value& value) {
  if (is_parameter(in, value)) {
    if (!self->initialized) raise_attribute_error(in, "cannot assign parameters before Module.__init__() call");
    take_out(self->attributes, name);
    take_out(self->buffers, name);
    take_out(self->modules, name);
    take_out_non_persistent(in, self, name);
    Value* own = in.class_lookup(self->type, in.torch->names.register_parameter);
    if (own != nullptr && own->is(Kind::kFunction)) {
      in.call(*own, {Value::of(self), Value::of(name), value});
    } else {
      register_parameter(in, self, name, value);
    }
    return true;
  }
  if (find_in(self->parameters, name) != nullptr) {
    if (!value.is_none() && !value.unknown()) {
      in.raise_type_error(fmt::format("cannot assign '{}' as parameter '{}' (torch.nn.Parameter or None expected)",
                                      torch_typename(in, value), name->view()));
    }
    register_parameter(in, self, name, value);
    return true;
  }
  if (is_module(value)) {
    if (!self->initialized) raise_attribute_error(in, "cannot assign module before Module.__init__() call");
    take_out(self->attributes, name);
    take_out(self->buffers, name);
    take_out_non_persistent(in, self, name);
    put_module(in, self, name, value);
    return true;
  }
  if (find_in(self->modules, name) != nullptr) {
    if (value.unknown()) {
      in.note_partial(
          fmt::format("module `{}` becomes {}, which is not known", name->view(), value.as<Unknown>()->origin->view()));
    } else if (!value.is_none()) {
      in.raise_type_error(fmt::format("cannot assign '{}' as child module '{}' (torch.nn.Module or None expected)",
                                      torch_typename(in, value), name->view()));
    }
    put_module(in, self, name, value);
    return true;
  }
  const bool buffer = is_buffer(in, value);
  if (buffer || find_in(self->buffers, name) != nullptr) {
    if (!value.is_none() && !value.unknown() && !value.is(Kind::kTensor)) {
      in.raise_type_error(
          fmt::format("cannot assign '{}' as buffer '{}' (torch.nn.Buffer, torch.Tensor or None expected)",
                      torch_typename(in, value), name->view()));
    }
    const bool listed = self->non_persistent != nullptr && find_in(self->non_persistent->items, name) != nullptr;
    const bool persistent = buffer ? value.as<Tensor>()->persistent : !listed;
    Value* own = in.class_lookup(self->type, in.torch->names.register_buffer);
    if (own != nullptr && own->is(Kind::kFunction)) {
      in.call(*own, {Value::of(self), Value::of(name), value, Value::of(persistent)});
    } else {
      register_buffer(in, self, name, value, persistent);
    }
    return true;
  }
  return set_table(in, self, name, value);
}

bool erase(Interpreter& in, ModuleInstance* self, Str* name) {
  (void)in;
  if (find_in(self->parameters, name) != nullptr) return dict_erase(self->parameters, Value::of(name));
  if (find_in(self->buffers, name) != nullptr) {
    take_out_non_persistent(in, self, name);
    return dict_erase(self->buffers, Value::of(name));
  }
  if (find_in(self->modules, name) != nullptr) return dict_erase(self->modules, Value::of(name));
  return false;
}

bool has_hooks(Interpreter& in, const Value& self) {
  for (const char* table : {"_forward_pre_hooks", "_forward_hooks"}) {
    Value hooks;
    if (in.find_attribute(self, in.intern(table), hooks) && in.truth(hooks) != Truth::kFalse) return true;
  }
  return false;
}

Value call_module(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given_self, rest] = bind<"self, *args, **kwargs">(in, "Module.__call__", arguments);
  ModuleInstance* self = module_receiver(in, given_self);
  if (in.torch->follows_forward) {
    const Value own = in.attribute(given_self, in.sym.forward);
    if (!has_hooks(in, given_self)) return in.call(own, rest);
    return in.call(in.import_name("torch._functions", "_call_with_hooks"), arguments);
  }
  Value* forward = in.class_lookup(self->type, in.sym.forward);
  if (forward == nullptr) return in.unknown(fmt::format("the output of {}", class_name(self)));
  // What the forward pass does is no part of the graph; where it cannot be followed its output is unknown.
  ++in.quiet;
  Value out;
  try {
    out = in.call(in.bind_to(*forward, given_self, self->type), rest);
  } catch (const PyRaise&) {
    out = in.unknown(fmt::format("the output of {}", class_name(self)));
  } catch (...) {
    --in.quiet;
    throw;
  }
  --in.quiet;
  return out;
}

Value forward_missing(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  if (self->type->native || self->type->has_unknown_base)
    return in.unknown(fmt::format("the output of {}", class_name(self)));
  in.raise(in.exception("NotImplementedError"),
           fmt::format("Module [{}] is missing the required \"forward\" function", class_name(self)));
}

Value get_name(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.intern(class_name(module_receiver(in, arguments))));
}

Value text(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  const Value extra = in.call_method(Value::of(self), in.intern("extra_repr"), {});
  if (extra.unknown()) return extra;
  List* children = in.list();
  if (self->modules != nullptr) {
    for (std::uint32_t i = 0; i < self->modules->entries.count; ++i) {
      const Dict::Entry child = self->modules->entries[i];
      if (child.key.missing()) continue;
      const Value said = in.repr_value(child.value);
      if (said.unknown()) return said;
      children->items.push(in.arena, in.tuple({child.key, said}));
    }
  }
  const Value name = in.call_method(Value::of(self), in.intern("_get_name"), {});
  const Value list = in.import_name("torch.nn", "ModuleList");
  if (in.is_instance(Value::of(self), list))
    return in.call(in.import_name("torch.nn._text", "list_text"), {name, Value::of(children)});
  return in.call(in.import_name("torch.nn._text", "text"), {name, extra, Value::of(children)});
}

Value extra_repr(Interpreter& in, const Arguments& arguments, const Value&) {
  ModuleInstance* self = module_receiver(in, arguments);
  const Value said = in.call(in.import_name("torch.nn._text", "extra"), {Value::of(self)});
  return said.is_none() ? in.unknown(fmt::format("the text of a {}", class_name(self))) : said;
}

}  // namespace

void install_module_class(Interpreter& in, Module* nn) {
  Class* type = in.classes.nn_module = in.make_class("Module", {in.classes.object}, Layout::kModule);
  type->module = in.native_module("torch.nn.modules.module");
  in.define(type->module, "_EXTRA_STATE_KEY_SUFFIX", in.string("_extra_state"));
  in.define(type->module, "Module", Value::of(type));
  in.define(nn, "Module", Value::of(type));
  in.set_class(type, "training", Value::of(true));
  in.set_class(type, "call_super_init", Value::of(false));
  in.set_class(type, "dump_patches", Value::of(false));
  in.set_class(type, "_version", Value::of(1));
  in.set_class(type, "_compiled_call_impl", Value::none());
  in.method(type, "__init__", init_module);
  in.method(type, "register_parameter", register_parameter_method);
  in.method(type, "register_buffer", register_buffer_method);
  in.method(type, "register_module", add_module_method);
  in.method(type, "add_module", add_module_method);
  in.method(type, "__setattr__", set_attribute_method);
  in.method(type, "__getattr__", get_attribute_method);
  in.method(type, "__delattr__", delete_attribute_method);
  in.method(type, "__call__", call_module);
  in.method(type, "_call_impl", call_module);
  in.method(type, "_wrapped_call_impl", call_module);
  in.method(type, "forward", forward_missing);
  in.method(type, "_get_name", get_name);
  in.method(type, "__repr__", text);
  in.method(type, "extra_repr", extra_repr);
  in.hooks.module_find = find;
  in.hooks.module_set = set;
  in.hooks.module_delete = erase;
  install_module_dict(in);
  install_module_traversal(in, type);
  install_module_conversion(in, type);
}

}  // namespace ckptlint::python::torch
