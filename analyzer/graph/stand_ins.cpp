// Replaces attributes of evaluated modules and classes, and keeps what they were.
#include "graph/stand_ins.h"

#include "graph/asking.h"

namespace ckptlint {

using python::Kind;
using python::Value;

namespace {

Value given(python::Interpreter&, const python::Arguments&, const Value& data) { return data; }

}  // namespace

python::Class* owner_of(python::Interpreter& in, python::Class* type, std::string_view name) {
  python::Str* wanted = in.intern(name);
  for (python::Class* each : type->mro) {
    if (each->attributes != nullptr && python::dict_find(each->attributes, wanted) != nullptr) return each;
  }
  return nullptr;
}

StandIns::~StandIns() {
  for (auto each = former_.rbegin(); each != former_.rend(); ++each) {
    if (each->value.missing())
      python::dict_erase(each->object.as<python::Module>()->attributes, Value::of(each->name));
    else
      put(each->object, each->name, each->value);
  }
}

void StandIns::answer(const Value& object, const char* name, const Value& answer) {
  value(object, name, in_.native_static(name, given, answer));
}

void StandIns::value(const Value& object, const char* name, const Value& value) {
  python::Str* key = in_.intern(name);
  const Value* own = object.is(Kind::kClass) ? python::dict_find(object.as<python::Class>()->attributes, key) : nullptr;
  former_.push_back({object, key, own != nullptr ? *own : in_.attribute(object, key)});
  put(object, key, value);
}

void StandIns::answer_natively(python::Module* module, const char* name, const Value& answer) {
  python::Str* key = in_.intern(name);
  const Value* own = python::dict_find(module->attributes, key);
  former_.push_back({Value::of(module), key, own != nullptr ? *own : Value{}});
  put(Value::of(module), key, in_.native_static(name, given, answer));
}

void StandIns::put(const Value& object, python::Str* name, const Value& value) {
  if (object.is(Kind::kClass))
    in_.set_class(object.as<python::Class>(), name->view(), value);
  else
    in_.set_attribute(object, name, value);
}

}  // namespace ckptlint
