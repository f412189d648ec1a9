// Asks a quantizer of transformers 4 for the keys that it expects, misses and does not expect.
#include "loading/quantizer_keys.h"

#include <algorithm>

namespace ckptlint {

using python::Value;

Value QuantizerKeys::list_of(const Names& names) {
  python::List* list = code_.in.list();
  for (const std::string& name : names) list->items.push(code_.in.arena, code_.in.string(name));
  return Value::of(list);
}

QuantizerKeys::Names QuantizerKeys::ask(const char* method, std::initializer_list<Value> arguments) {
  return code_.texts(code_.run([&] { return code_.in.call_method(quantizer_, code_.in.intern(method), arguments); }));
}

QuantizerKeys::Names QuantizerKeys::expected(const Names& names, const Names& stored) {
  return any() ? ask("update_expected_keys", {model_, list_of(names), list_of(stored)}) : names;
}

QuantizerKeys::Names QuantizerKeys::missing(const Names& names, const std::string& prefix) {
  return any() ? ask("update_missing_keys", {model_, list_of(names), code_.in.string(prefix)}) : names;
}

QuantizerKeys::Names QuantizerKeys::unexpected(const Names& names, const std::string& prefix) {
  constexpr const char* kMethod = "update_unexpected_keys";
  if (!any()) return names;
  // 4.57 does not hand it the prefix.
  const Value signature = code_.run([&] {
    return code_.in.call(code_.in.import_name("inspect", "signature"), {code_.attribute(quantizer_, kMethod)});
  });
  const Names parameters = code_.texts(code_.attribute(signature, "parameters"));
  if (std::find(parameters.begin(), parameters.end(), "prefix") == parameters.end())
    return ask(kMethod, {model_, list_of(names)});
  return ask(kMethod, {model_, list_of(names), code_.in.string(prefix)});
}

bool QuantizerKeys::takes_parts() {
  Value method;
  return any() && !code_.in.find_attribute(quantizer_, code_.in.intern("param_needs_quantization"), method);
}

bool QuantizerKeys::handles(const std::string& name) {
  if (takes_parts()) return true;
  return code_.in.test(code_.run([&] {
    return code_.in.call_method(quantizer_, code_.in.intern("param_needs_quantization"),
                                {model_, code_.in.string(name)});
  }));
}

}  // namespace ckptlint
