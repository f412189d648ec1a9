// The hash table behind dicts and sets of the evaluated language, which keeps the order of insertion.
#include "python/values/dict.h"

#include <cmath>
#include <cstring>

#include "python/values/bigint.h"
#include "python/values/symbols.h"

namespace ckptlint::python {
namespace {

// Tuples nested deeper than this, or with more elements (a tuple that holds another twice, many times over), hash alike
// and compare by identity: hostile input must exhaust neither the stack nor the clock.
struct Walk {
  int depth = 64;
  std::int64_t left = 4'000'000;

  bool enter(std::uint32_t elements) {
    left -= elements;
    return left > 0 && depth > 0 && depth-- > 0;
  }
  void leave() { ++depth; }
};

constexpr std::uint32_t kLinear = 8;  // entries that are searched one by one, without a table

std::uint32_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  return static_cast<std::uint32_t>(x ^ (x >> 32));
}

std::uint32_t hash_integer(std::int64_t value) { return mix(static_cast<std::uint64_t>(value)); }

// Numbers that are equal hash alike, whatever their types.
std::uint32_t hash_real(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (value >= -kLimit && value < kLimit && value == std::floor(value)) {
    return hash_integer(static_cast<std::int64_t>(value));
  }
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return mix(bits);
}

std::uint32_t hash_str(const Str* text) {
  if (text->hash != 0) return text->hash;
  return const_cast<Str*>(text)->hash = hash_text(text->view());
}

// Instances of subclasses of immutable builtins (enum members with a value type, str subclasses) are keys by their
// value.
const Value& key_of(const Value& value) {
  if (value.kind != Kind::kInstance) return value;
  const Value& payload = value.as<Instance>()->payload;
  switch (payload.kind) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kStr:
    case Kind::kBytes:
    case Kind::kBigInt:
    case Kind::kTuple:
      return payload;
    case Kind::kSet:
      return payload.as<Set>()->frozen ? payload : value;
    default:
      return value;
  }
}

std::uint32_t hash_at(const Value& any, Walk& walk) {
  const Value& key = key_of(any);
  switch (key.kind) {
    case Kind::kStr:
      return hash_str(key.as<Str>());
    case Kind::kBool:
    case Kind::kInt:
      return hash_integer(key.as_int());
    case Kind::kFloat:
      return hash_real(key.real);
    case Kind::kBigInt:
      return hash_real(key.as<BigInt>()->approximate);
    case Kind::kBytes:
      return hash_text(key.as<Bytes>()->data) ^ 0x1234567;
    case Kind::kTuple: {
      std::uint32_t h = 0x345678;
      if (!walk.enter(key.as<Tuple>()->count)) return h;
      for (const Value& item : *key.as<Tuple>()) h = mix((std::uint64_t{h} << 32) | hash_at(item, walk));
      walk.leave();
      return h;
    }
    case Kind::kSet: {
      std::uint32_t h = 0x5bd1e995;  // whatever the order of the elements
      for (const Dict::Entry& entry : key.as<Set>()->items->entries) h += entry.hash;
      return h;
    }
    case Kind::kRange:
      return hash_integer(key.as<Range>()->size());
    case Kind::kDtype:
      return 0x777 + static_cast<std::uint32_t>(key.as<DtypeObject>()->dtype);
    case Kind::kDevice:
      return hash_str(key.as<Device>()->type) ^ hash_integer(key.as<Device>()->index);
    case Kind::kBoundMethod:
      return hash_integer(key.as<BoundMethod>()->function.integer) ^
             hash_integer(key.as<BoundMethod>()->receiver.integer);
    case Kind::kMissing:
    case Kind::kNone:
    case Kind::kEllipsis:
    case Kind::kNotImplemented:
      return 0x9000 + static_cast<std::uint32_t>(key.kind);
    default:
      return hash_integer(key.integer);
  }
}

std::int32_t find_entry(const Dict* dict, const Value& key, std::uint32_t hash, Walk& walk);

bool equal_sets(const Set* a, const Set* b, Walk& walk) {
  if (a->items->live != b->items->live || !walk.enter(a->items->live)) return false;
  bool equal = true;
  for (const Dict::Entry& entry : a->items->entries) {
    if (!entry.key.missing() && find_entry(b->items, entry.key, entry.hash, walk) < 0) {
      equal = false;
      break;
    }
  }
  walk.leave();
  return equal;
}

bool equal_numbers(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) return a.as_int() == b.as_int();
  return compare_numbers(a, b) == NumberOrder::kEqual;
}

bool equal_texts(const Str* a, const Str* b) {
  if (a == b) return true;
  if (a->interned && b->interned) return false;
  return a->length == b->length && std::memcmp(a->data, b->data, a->length) == 0;
}

bool equal_at(const Value& left, const Value& right, Walk& walk) {
  const Value& a = key_of(left);
  const Value& b = key_of(right);
  const bool a_number = a.is_number() || a.is(Kind::kBigInt);
  if (a_number && (b.is_number() || b.is(Kind::kBigInt))) return a.same(b) || equal_numbers(a, b);
  if (a.kind != b.kind) return false;
  if (a.same(b)) return true;
  switch (a.kind) {
    case Kind::kStr:
      return equal_texts(a.as<Str>(), b.as<Str>());
    case Kind::kBytes:
      return a.as<Bytes>()->data == b.as<Bytes>()->data;
    case Kind::kTuple: {
      const Tuple* x = a.as<Tuple>();
      const Tuple* y = b.as<Tuple>();
      if (x->count != y->count || !walk.enter(x->count)) return false;
      bool equal = true;
      for (std::uint32_t i = 0; equal && i < x->count; ++i) equal = equal_at(x->items[i], y->items[i], walk);
      walk.leave();
      return equal;
    }
    case Kind::kSet:
      return a.as<Set>()->frozen && equal_sets(a.as<Set>(), b.as<Set>(), walk);
    case Kind::kRange: {
      const Range* x = a.as<Range>();
      const Range* y = b.as<Range>();
      const std::int64_t size = x->size();
      return size == y->size() && (size == 0 || (x->start == y->start && (size == 1 || x->step == y->step)));
    }
    case Kind::kDtype:
      return a.as<DtypeObject>()->dtype == b.as<DtypeObject>()->dtype;
    case Kind::kDevice:
      return a.as<Device>()->index == b.as<Device>()->index &&
             a.as<Device>()->type->view() == b.as<Device>()->type->view();
    case Kind::kBoundMethod: {
      const auto* x = a.as<BoundMethod>();
      const auto* y = b.as<BoundMethod>();
      return x->receiver.same(y->receiver) && x->function.same(y->function);
    }
    default:
      return false;
  }
}

constexpr std::int32_t kEmpty = -1;
constexpr std::int32_t kErased = -2;

std::uint32_t size_of_table(const Dict* dict) { return std::uint32_t{1} << dict->table_bits; }
std::uint32_t mask_of(const Dict* dict) { return size_of_table(dict) - 1; }

// The slot of the table that holds the key, or kNoSlot.
constexpr std::uint32_t kNoSlot = 0xffffffff;
std::uint32_t find_slot(const Dict* dict, const Value& key, std::uint32_t hash, Walk& walk) {
  const std::uint32_t mask = mask_of(dict);
  std::uint32_t slot = hash & mask;
  for (std::uint32_t step = 1;; slot = (slot + step++) & mask) {
    const std::int32_t entry = dict->table[slot];
    if (entry == kEmpty) return kNoSlot;
    if (entry == kErased) continue;
    const Dict::Entry& candidate = dict->entries[static_cast<std::size_t>(entry)];
    if (candidate.hash == hash && equal_at(candidate.key, key, walk)) return slot;
  }
}

std::int32_t find_entry(const Dict* dict, const Value& key, std::uint32_t hash, Walk& walk) {
  if (dict->live == 0) return -1;
  if (dict->table == nullptr) {
    for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
      const Dict::Entry& entry = dict->entries[i];
      if (entry.hash == hash && !entry.key.missing() && equal_at(entry.key, key, walk))
        return static_cast<std::int32_t>(i);
    }
    return -1;
  }
  const std::uint32_t slot = find_slot(dict, key, hash, walk);
  return slot == kNoSlot ? -1 : dict->table[slot];
}

std::int32_t find_entry(const Dict* dict, const Value& key, std::uint32_t hash) {
  Walk walk;
  return find_entry(dict, key, hash, walk);
}

// The same for text, which nearly all keys are: most are found by their address.
std::int32_t find_text(const Dict* dict, const Str* key, std::uint32_t hash) {
  const auto matches = [&](const Dict::Entry& entry) {
    if (entry.hash != hash) return false;
    if (entry.key.kind == Kind::kStr) return equal_texts(entry.key.as<Str>(), key);
    Walk walk;
    return equal_at(entry.key, Value::of(const_cast<Str*>(key)), walk);
  };
  if (dict->table == nullptr) {
    for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
      if (matches(dict->entries[i]) && !dict->entries[i].key.missing()) return static_cast<std::int32_t>(i);
    }
    return -1;
  }
  const std::uint32_t mask = mask_of(dict);
  std::uint32_t slot = hash & mask;
  for (std::uint32_t step = 1;; slot = (slot + step++) & mask) {
    const std::int32_t entry = dict->table[slot];
    if (entry == kEmpty) return -1;
    if (entry != kErased && matches(dict->entries[static_cast<std::size_t>(entry)])) return entry;
  }
}

void put_in_table(Dict* dict, std::uint32_t hash, std::uint32_t entry) {
  const std::uint32_t mask = mask_of(dict);
  std::uint32_t slot = hash & mask;
  for (std::uint32_t step = 1; dict->table[slot] != kEmpty; slot = (slot + step++) & mask) {
  }
  dict->table[slot] = static_cast<std::int32_t>(entry);
  ++dict->used;
}

// Drops erased entries and makes a table with room to grow.
void rebuild(Arena& arena, Dict* dict) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < dict->entries.count; ++i) {
    if (!dict->entries[i].key.missing()) dict->entries[kept++] = dict->entries[i];
  }
  dict->entries.count = kept;
  dict->used = 0;
  if (kept < kLinear) {
    dict->table = nullptr;
    return;
  }
  std::uint8_t bits = 5;
  while (std::uint64_t{1} << bits < std::uint64_t{kept} * 3) ++bits;
  if (dict->table == nullptr || bits > dict->table_bits) {
    dict->table = static_cast<std::int32_t*>(arena.allocate((std::size_t{1} << bits) * sizeof(std::int32_t)));
    dict->table_bits = bits;
  }
  std::memset(dict->table, 0xff, std::size_t{size_of_table(dict)} * sizeof(std::int32_t));
  for (std::uint32_t i = 0; i < kept; ++i) put_in_table(dict, dict->entries[i].hash, i);
}

Dict::Entry& insert(Arena& arena, Dict* dict, const Value& key, std::uint32_t hash, const Value& value) {
  const std::int32_t found = dict->live == 0          ? -1
                             : key.kind == Kind::kStr ? find_text(dict, key.as<Str>(), hash)
                                                      : find_entry(dict, key, hash);
  if (found >= 0) {
    Dict::Entry& entry = dict->entries[static_cast<std::size_t>(found)];
    entry.value = value;
    return entry;
  }
  if (dict->entries.count >= 0x1fffffff) throw BudgetExceeded{"memory"};
  const bool full = dict->table == nullptr
                        ? dict->entries.count >= kLinear
                        : std::uint64_t{dict->used + 1} * 3 > std::uint64_t{size_of_table(dict)} * 2 ||
                              dict->entries.count > 2 * dict->live + 64;
  if (full) rebuild(arena, dict);
  if (key.kind == Kind::kInstance) dict->instances = true;
  dict->entries.push(arena, {key, value, hash});
  ++dict->live;
  ++dict->added;
  if (dict->table != nullptr) put_in_table(dict, hash, dict->entries.count - 1);
  return dict->entries.back();
}

}  // namespace

std::uint32_t hash_value(const Value& key) {
  Walk walk;
  return hash_at(key, walk);
}

bool equal_keys(const Value& a, const Value& b) {
  Walk walk;
  return equal_at(a, b, walk);
}

bool hashable(const Value& key) {
  switch (key.kind) {
    case Kind::kList:
    case Kind::kDict:
    case Kind::kDictView:
    case Kind::kSlice:
      return false;
    case Kind::kSet:
      return key.as<Set>()->frozen;
    case Kind::kTuple:
      for (const Value& item : *key.as<Tuple>()) {
        // One level is what programs get wrong; deeper, identity serves.
        if (item.is(Kind::kList) || item.is(Kind::kDict) || (item.is(Kind::kSet) && !item.as<Set>()->frozen))
          return false;
      }
      return true;
    default:
      return true;
  }
}

Value* dict_find(Dict* dict, const Value& key) {
  if (dict->live == 0) return nullptr;
  if (key.kind == Kind::kStr) return dict_find(dict, key.as<Str>());
  const std::int32_t entry = find_entry(dict, key, hash_value(key));
  return entry < 0 ? nullptr : &dict->entries[static_cast<std::size_t>(entry)].value;
}

std::int32_t dict_index(const Dict* dict, const Str* key) {
  return dict->live == 0 ? -1 : find_text(dict, key, hash_str(key));
}

std::size_t dict_first_absent(const Dict* dict, std::span<const Str> texts) {
  const auto entry_of = [&](const Str& text) -> const Dict::Entry* {
    const std::int32_t entry = dict->table[text.hash & mask_of(dict)];
    return entry < 0 ? nullptr : &dict->entries[static_cast<std::size_t>(entry)];
  };
  const auto fetch = [&](const auto& place_of) {
    for (const Str& text : texts) {
      if (const void* place = place_of(text)) __builtin_prefetch(place);
    }
  };
  for (const Str& text : texts) (void)hash_str(&text);
  if (dict->table != nullptr) {
    fetch([&](const Str& text) { return &dict->table[text.hash & mask_of(dict)]; });
    fetch([&](const Str& text) { return entry_of(text); });
    const auto key_of_entry = [&](const Str& text) -> const Str* {
      const Dict::Entry* entry = entry_of(text);
      return entry != nullptr && entry->hash == text.hash && entry->key.is(Kind::kStr) ? entry->key.as<Str>() : nullptr;
    };
    fetch(key_of_entry);
    fetch([&](const Str& text) {
      const Str* key = key_of_entry(text);
      return key != nullptr ? key->data : nullptr;
    });
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (dict_index(dict, &texts[i]) < 0) return i;
  }
  return texts.size();
}

Value* dict_find(Dict* dict, const Str* key) {
  const std::int32_t entry = dict_index(dict, key);
  return entry < 0 ? nullptr : &dict->entries[static_cast<std::size_t>(entry)].value;
}

Dict::Entry& dict_set(Arena& arena, Dict* dict, const Value& key, const Value& value) {
  return insert(arena, dict, key, hash_value(key), value);
}

Dict::Entry& dict_set(Arena& arena, Dict* dict, Str* key, const Value& value) {
  return insert(arena, dict, Value::of(key), hash_str(key), value);
}

bool dict_erase(Dict* dict, const Value& key) {
  const std::uint32_t hash = hash_value(key);
  Walk walk;
  std::int32_t found = -1;
  if (dict->table == nullptr) {
    found = find_entry(dict, key, hash);
  } else if (const std::uint32_t slot = find_slot(dict, key, hash, walk); slot != kNoSlot) {
    found = dict->table[slot];
    dict->table[slot] = kErased;
  }
  if (found < 0) return false;
  dict->entries[static_cast<std::size_t>(found)] = Dict::Entry{};
  --dict->live;
  while (dict->entries.count != 0 && dict->entries.back().key.missing()) --dict->entries.count;
  return true;
}

void dict_clear(Dict* dict) {
  dict->entries.count = 0;
  dict->live = 0;
  dict->used = 0;
  dict->table = nullptr;
}

Dict* dict_copy(Arena& arena, const Dict* dict) {
  Dict* copy = arena.make<Dict>();
  copy->kind = Kind::kDict;
  copy->default_factory = dict->default_factory;
  copy->counter = dict->counter;
  copy->instances = dict->instances;
  copy->entries.reserve(arena, dict->live);
  for (const Dict::Entry& entry : dict->entries) {
    if (!entry.key.missing()) copy->entries.push(arena, entry);
  }
  copy->live = copy->entries.count;
  if (copy->live > kLinear) rebuild(arena, copy);
  return copy;
}

}  // namespace ckptlint::python
