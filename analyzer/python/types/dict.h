// dict: what its views and the library share with it.
#pragma once

#include "python/evaluate/interpreter.h"

namespace ckptlint::python {

// receiver[key] of a dict or an instance of a subclass: __missing__, default factories and counters included.
Value dict_item(Interpreter& in, const Value& receiver, const Value& key);
// receiver[key] = value.
void put_item(Interpreter& in, Dict* dict, const Value& key, const Value& value);
// The next key and value of a walk over a dict; null at the end.  Raises RuntimeError where entries came or went.
const Dict::Entry* next_entry(Interpreter& in, Iteration& iteration, const Dict* dict);

// dict(positional, **keywords) into an existing dict, as dict.update() does.
void update_dict(Interpreter& in, const Value& receiver, const Value& from);
bool is_mapping(Interpreter& in, const Value& value);

Value make_view(Interpreter& in, Dict* dict, ViewKind kind);
Value dict_reversed(Interpreter& in, const Arguments& arguments, const Value& data);  // of views, too

}  // namespace ckptlint::python
