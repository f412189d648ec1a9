// The table of all kinds, and the builtin classes.
#include "python/types/install.h"

#include "python/evaluate/nesting.h"
#include "python/types/rows.h"

namespace ckptlint::python {
namespace {

// In the order of Kind.
constexpr std::array<const TypeSlots*, kKinds> kRows = {
    &kMissingSlots,        &kNoneSlots,        &kBoolSlots,         &kIntSlots,    &kFloatSlots,      &kEllipsisSlots,
    &kNotImplementedSlots, &kStrSlots,         &kBytesSlots,        &kBigIntSlots, &kTupleSlots,      &kListSlots,
    &kDictSlots,           &kSetSlots,         &kDictViewSlots,     &kRangeSlots,  &kSliceSlots,      &kIteratorSlots,
    &kFunctionSlots,       &kNativeSlots,      &kBoundMethodSlots,  &kClassSlots,  &kInstanceSlots,   &kSuperSlots,
    &kPropertySlots,       &kClassMethodSlots, &kStaticMethodSlots, &kModuleSlots, &kLazyImportSlots, &kTensorSlots,
    &kDtypeSlots,          &kDeviceSlots,      &kUnknownSlots,
};

void make_classes(Interpreter& in) {
  auto& c = in.classes;
  c.object = in.make_class("object", {});
  c.type = in.make_class("type", {c.object});
  c.none = in.make_class("NoneType", {c.object});
  c.integer = in.make_class("int", {c.object}, Layout::kInt);
  c.boolean = in.make_class("bool", {c.integer});
  c.real = in.make_class("float", {c.object}, Layout::kFloat);
  c.complex = in.make_class("complex", {c.object});
  c.code = in.make_class("code", {c.object});
  c.ellipsis = in.make_class("ellipsis", {c.object});
  c.not_implemented = in.make_class("NotImplementedType", {c.object});
  c.str = in.make_class("str", {c.object}, Layout::kStr);
  c.bytes = in.make_class("bytes", {c.object}, Layout::kStr);
  c.tuple = in.make_class("tuple", {c.object}, Layout::kTuple);
  c.list = in.make_class("list", {c.object}, Layout::kList);
  c.dict = in.make_class("dict", {c.object}, Layout::kDict);
  c.set = in.make_class("set", {c.object}, Layout::kSet);
  c.frozenset = in.make_class("frozenset", {c.object}, Layout::kSet);
  c.range = in.make_class("range", {c.object});
  c.slice = in.make_class("slice", {c.object});
  c.iterator = in.make_class("iterator", {c.object});
  c.generator = in.make_class("generator", {c.iterator});
  c.function = in.make_class("function", {c.object});
  c.native = in.make_class("builtin_function_or_method", {c.object});
  c.method = in.make_class("method", {c.object});
  c.super = in.make_class("super", {c.object});
  c.property = in.make_class("property", {c.object});
  c.classmethod = in.make_class("classmethod", {c.object});
  c.staticmethod = in.make_class("staticmethod", {c.object});
  c.module = in.make_class("module", {c.object});
  c.unknown = in.make_class("unknown", {c.object});
  c.dict_view = in.make_class("dict_view", {c.object});
  // collections refines these; a dict of that kind needs its class before.
  c.ordered_dict = in.make_class("OrderedDict", {c.dict});
  c.default_dict = in.make_class("defaultdict", {c.dict});
  c.counter = in.make_class("Counter", {c.dict});
}

}  // namespace

Truth truth_by_length(Interpreter& in, const Value& value) {
  return truth_of(slots_of(in, value).length(in, value).integer != 0);
}

bool walk_itself(Interpreter&, const Value& iterable, Iteration& out) {
  out.source = iterable;
  return true;
}

void install_builtin_types(Interpreter& in) {
  in.types = kRows.data();
  make_classes(in);
  fill_object(in);
  fill_type(in);
  fill_descriptors(in);
  fill_functions_and_methods(in);
  fill_singletons(in);
  fill_int(in);
  fill_float(in);
  fill_complex(in);
  fill_str(in);
  fill_bytes(in);
  fill_list(in);
  fill_tuple(in);
  fill_range(in);
  fill_slice(in);
  fill_dict(in);
  fill_dict_view(in);
  fill_set(in);
  fill_iterator(in);
}

}  // namespace ckptlint::python
