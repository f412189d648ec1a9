// The parts of this folder: a row of TypeSlots for each kind of value, and what puts the methods on each class.
#pragma once

#include "python/evaluate/type_slots.h"

namespace ckptlint::python {

extern const TypeSlots kMissingSlots, kNoneSlots, kEllipsisSlots, kNotImplementedSlots;     // none.cpp
extern const TypeSlots kBoolSlots, kIntSlots, kBigIntSlots;                                 // int.cpp
extern const TypeSlots kFloatSlots;                                                         // float.cpp
extern const TypeSlots kStrSlots;                                                           // str.cpp
extern const TypeSlots kBytesSlots;                                                         // bytes.cpp
extern const TypeSlots kTupleSlots;                                                         // tuple.cpp
extern const TypeSlots kListSlots;                                                          // list.cpp
extern const TypeSlots kDictSlots;                                                          // dict.cpp
extern const TypeSlots kDictViewSlots;                                                      // dict_view.cpp
extern const TypeSlots kSetSlots;                                                           // set.cpp
extern const TypeSlots kRangeSlots;                                                         // range.cpp
extern const TypeSlots kSliceSlots;                                                         // slice.cpp
extern const TypeSlots kIteratorSlots;                                                      // iterator.cpp
extern const TypeSlots kFunctionSlots, kNativeSlots, kBoundMethodSlots;                     // function.cpp
extern const TypeSlots kSuperSlots, kPropertySlots, kClassMethodSlots, kStaticMethodSlots;  // descriptor.cpp
extern const TypeSlots kClassSlots;                                                         // class.cpp
extern const TypeSlots kInstanceSlots;                                                      // instance.cpp
extern const TypeSlots kModuleSlots, kLazyImportSlots;                                      // module.cpp
extern const TypeSlots kTensorSlots, kDtypeSlots, kDeviceSlots;                             // tensor.cpp
extern const TypeSlots kUnknownSlots;                                                       // unknown.cpp

void fill_object(Interpreter& in);
void fill_type(Interpreter& in);
void fill_descriptors(Interpreter& in);
void fill_functions_and_methods(Interpreter& in);
void fill_singletons(Interpreter& in);
void fill_int(Interpreter& in);
void fill_float(Interpreter& in);
void fill_complex(Interpreter& in);
void fill_str(Interpreter& in);
void fill_bytes(Interpreter& in);
void fill_list(Interpreter& in);
void fill_tuple(Interpreter& in);
void fill_range(Interpreter& in);
void fill_slice(Interpreter& in);
void fill_dict(Interpreter& in);
void fill_dict_view(Interpreter& in);
void fill_set(Interpreter& in);
void fill_iterator(Interpreter& in);

// Slots that several kinds share.
Truth truth_by_length(Interpreter& in, const Value& value);
bool walk_itself(Interpreter& in, const Value& iterable, Iteration& out);

}  // namespace ckptlint::python
