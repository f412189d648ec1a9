// What the host puts into modules: values and functions of its own, text that is evaluated like any other, and what
// stands in the place of a library's definition.
#include <fmt/format.h>

#include "python/evaluate/impl.h"

namespace ckptlint::python {

void Interpreter::define(Module* module, std::string_view name, Value value) {
  dict_set(arena, module->attributes, intern(name), value);
}

void Interpreter::define(Module* module, const char* name, NativeFunction function, Value data) {
  dict_set(arena, module->attributes, intern(name), native_static(name, function, data));
}

void Interpreter::embedded_module(std::string_view name, std::string_view text, bool open) {
  impl->embedded[std::string(name)] = {text, open};
}

void Interpreter::override_definition(std::string_view module, std::string_view name, Value value) {
  const std::string definition = fmt::format("{}:{}", module, name);
  if (value.missing())
    impl->overrides.erase(definition);
  else
    impl->overrides[definition] = value;
}

}  // namespace ckptlint::python
