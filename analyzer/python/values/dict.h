// Operations of Dict.  Keys that are strings, numbers, None, tuples of those, or objects by identity need no evaluator;
// instances with their own __eq__ are compared by identity unless they carry a builtin payload (enum members, str
// subclasses), which compares by its value.
#pragma once

#include <span>

#include "python/values/value.h"

namespace ckptlint::python {

std::uint32_t hash_value(const Value& key);
bool equal_keys(const Value& a, const Value& b);
bool hashable(const Value& key);  // lists, dicts and sets are not

Value* dict_find(Dict* dict, const Value& key);  // null where absent
Value* dict_find(Dict* dict, const Str* interned_key);
std::int32_t dict_index(const Dict* dict, const Str* key);  // of the entry; -1 where absent
// The number of the first text that is no key; that of all where each is one. Looks for all at once, so that memory
// answers for one while it is asked for the others: of a large dict, each part of an entry is far from the next.
std::size_t dict_first_absent(const Dict* dict, std::span<const Str> texts);
// The entry, which stays where it is until the next one is added.
Dict::Entry& dict_set(Arena& arena, Dict* dict, const Value& key, const Value& value);
Dict::Entry& dict_set(Arena& arena, Dict* dict, Str* key, const Value& value);
bool dict_erase(Dict* dict, const Value& key);
void dict_clear(Dict* dict);
Dict* dict_copy(Arena& arena, const Dict* dict);

}  // namespace ckptlint::python
