// Subscripts: reading, writing and deleting.
#include <fmt/format.h>

#include <limits>

#include "python/evaluate/containers.h"
#include "python/evaluate/dunder.h"
#include "python/evaluate/nesting.h"
#include "python/values/limits.h"
#include "python/values/text.h"

namespace ckptlint::python {
namespace {

// A bound of a slice as an integer; numbers out of range count as their end of the range.
std::int64_t slice_part(Interpreter& in, const Value& value) {
  if (unwrap(value).is(Kind::kBigInt)) {
    return unwrap(value).as<BigInt>()->approximate < 0 ? std::numeric_limits<std::int64_t>::min() + 1
                                                       : std::numeric_limits<std::int64_t>::max();
  }
  if (!unwrap(value).is_integral() && !value.is(Kind::kTensor) && !value.is(Kind::kInstance)) {
    in.raise_type_error("slice indices must be integers or None or have an __index__ method");
  }
  return in.to_int(value);
}

std::int64_t clamped(std::int64_t position, std::int64_t length, bool forward) {
  if (position < 0) {
    position = position < -length ? -1 : position + length;
    return position < 0 ? (forward ? 0 : -1) : position;
  }
  return position < length ? position : (forward ? length : length - 1);
}

Value new_tuple(Interpreter& in, Value* items, std::int64_t count, bool is_size) {
  Tuple* made = in.arena.make<Tuple>();
  made->kind = Kind::kTuple;
  made->items = items;
  made->count = static_cast<std::uint32_t>(count);
  made->is_size = is_size;
  return Value::of(made);
}

Value sliced_items(Interpreter& in, const Value* items, const SliceBounds& bounds, const Value& like) {
  in.step(static_cast<std::uint64_t>(bounds.count) / 4);
  if (like.is(Kind::kList)) {
    List* made = in.list(static_cast<std::size_t>(bounds.count));
    for (std::int64_t i = 0; i < bounds.count; ++i) made->items.push(in.arena, items[bounds.start + i * bounds.step]);
    return Value::of(made);
  }
  Value* out = in.arena.array<Value>(static_cast<std::size_t>(bounds.count));
  for (std::int64_t i = 0; i < bounds.count; ++i) out[i] = items[bounds.start + i * bounds.step];
  return new_tuple(in, out, bounds.count, like.as<Tuple>()->is_size);
}

std::string sliced_text(std::string_view text, const SliceBounds& bounds) {
  if (bounds.step == 1) return std::string(text_between(text, bounds.start, bounds.start + bounds.count));
  std::string out;
  if (is_ascii(text)) {
    for (std::int64_t i = 0; i < bounds.count; ++i)
      out += text[static_cast<std::size_t>(bounds.start + i * bounds.step)];
    return out;
  }
  std::vector<std::string_view> characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = character_bytes(text[at]);
    characters.push_back(text.substr(at, bytes));
    at += bytes;
  }
  for (std::int64_t i = 0; i < bounds.count; ++i) {
    out += characters[static_cast<std::size_t>(bounds.start + i * bounds.step)];
  }
  return out;
}

Value range_item(Interpreter& in, const Range* range, const Value& key) {
  const std::int64_t size = range->size();
  if (!key.is(Kind::kSlice)) {
    return Value::of(range->start + sequence_index(in, key, size, "range object") * range->step);
  }
  const auto bounds = slice_bounds(in, key.as<Slice>(), size);
  if (!bounds) return unknown_part(key.as<Slice>());
  Range* made = in.arena.make<Range>();
  made->kind = Kind::kRange;
  // The end may lie one step outside what fits; it is then only ever compared.
  const auto at = [&](std::int64_t position) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(range->start) +
                                     static_cast<std::uint64_t>(position) * static_cast<std::uint64_t>(range->step));
  };
  made->start = at(bounds->start);
  made->stop = at(bounds->stop);
  if (__builtin_mul_overflow(range->step, bounds->step, &made->step)) in.raise_value_error("range step out of range");
  return Value::of(made);
}

[[noreturn]] void raise_not_subscriptable(Interpreter& in, const Value& object) {
  in.raise_type_error(fmt::format("'{}' object is not subscriptable", in.type_name(object)));
}

[[noreturn]] void raise_unsupported(Interpreter& in, const Value& object, const char* what) {
  in.raise_type_error(fmt::format("'{}' object {}", in.type_name(object), what));
}

Value class_item(Interpreter& in, const Value& object, const Value& key) {
  if (const Value answer = try_dunder(in, object, in.sym.__getitem__, {key}); !answer.missing()) return answer;
  Class* type = object.as<Class>();
  if (const Value* found = in.class_lookup(type, in.sym.__class_getitem__)) {
    // A plain function is a class method here even without the decorator.
    if (found->is(Kind::kFunction)) return in.call(*found, {object, key});
    return in.call(in.bind_to(*found, object, type), {key});
  }
  if (type->native || type->has_unknown_base) {
    return in.hooks.generic_alias != nullptr ? in.hooks.generic_alias(in, object, key) : object;
  }
  in.raise_type_error(fmt::format("type '{}' is not subscriptable", type->name->view()));
}

void set_slice(Interpreter& in, List* list, const Slice* slice, const Value& value) {
  const List* given = in.collect(value);
  // The new elements may be the list itself.
  const std::vector<Value> fresh(given->items.begin(), given->items.end());
  const auto bounds = slice_bounds(in, slice, list->items.count);
  if (!bounds) return in.note_partial("a list is written at a position that is not known");
  if (bounds->step != 1) {
    if (static_cast<std::int64_t>(fresh.size()) != bounds->count) {
      in.raise_value_error(fmt::format("attempt to assign sequence of size {} to extended slice of size {}",
                                       fresh.size(), bounds->count));
    }
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      list->items[static_cast<std::size_t>(bounds->start + static_cast<std::int64_t>(i) * bounds->step)] = fresh[i];
    }
    return;
  }
  in.step(list->items.count / 4);
  const std::vector<Value> tail(list->items.begin() + bounds->start + bounds->count, list->items.end());
  list->items.count = static_cast<std::uint32_t>(bounds->start);
  for (const Value& item : fresh) list->items.push(in.arena, item);
  for (const Value& item : tail) list->items.push(in.arena, item);
}

void delete_slice(Interpreter& in, List* list, const Slice* slice) {
  const auto bounds = slice_bounds(in, slice, list->items.count);
  if (!bounds) return in.note_partial("a list is shortened at a position that is not known");
  if (bounds->count == 0) return;
  in.step(list->items.count / 4);
  std::vector<bool> gone(list->items.count);
  for (std::int64_t i = 0; i < bounds->count; ++i)
    gone[static_cast<std::size_t>(bounds->start + i * bounds->step)] = true;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < list->items.count; ++i) {
    if (!gone[i]) list->items[kept++] = list->items[i];
  }
  list->items.count = kept;
}

}  // namespace

std::optional<SliceBounds> slice_bounds(Interpreter& in, const Slice* slice, std::int64_t length) {
  if (!unknown_part(slice).missing()) return std::nullopt;
  const auto absent = [](const Value& part) { return part.missing() || part.is_none(); };
  SliceBounds bounds;
  if (!absent(slice->step)) bounds.step = slice_part(in, slice->step);
  if (bounds.step == 0) in.raise_value_error("slice step cannot be zero");
  const bool forward = bounds.step > 0;
  bounds.start =
      absent(slice->start) ? (forward ? 0 : length - 1) : clamped(slice_part(in, slice->start), length, forward);
  bounds.stop = absent(slice->stop) ? (forward ? length : -1) : clamped(slice_part(in, slice->stop), length, forward);
  const Range range{{Kind::kRange}, bounds.start, bounds.stop, bounds.step};
  bounds.count = range.size();
  return bounds;
}

Value unknown_part(const Slice* slice) {
  for (const Value* part : {&slice->start, &slice->stop, &slice->step}) {
    if (part->unknown()) return *part;
    if (part->is(Kind::kTensor) && tensor_scalar(part->as<Tensor>()).missing()) return *part;
  }
  return {};
}

std::int64_t sequence_index(Interpreter& in, const Value& key, std::int64_t length, const char* type) {
  const Value& plain = unwrap(key);
  if (plain.is(Kind::kBigInt)) in.raise(in.exception("IndexError"), "cannot fit 'int' into an index-sized integer");
  Value found;
  if (!plain.is_integral() && !key.is(Kind::kTensor) && !in.find_attribute(key, in.sym.__index__, found)) {
    const std::string_view name = type;
    const std::string given = in.type_name(key);
    if (name == "string") in.raise_type_error(fmt::format("string indices must be integers, not '{}'", given));
    in.raise_type_error(
        fmt::format("{} indices must be integers or slices, not {}", name.substr(0, name.find(' ')), given));
  }
  const std::int64_t index = in.to_int(key);
  const std::int64_t position = index < 0 ? index + length : index;
  if (position < 0 || position >= length) {
    const bool named = std::string_view(type) != "bytes";
    in.raise(in.exception("IndexError"), named ? fmt::format("{} index out of range", type) : "index out of range");
  }
  return position;
}

Value Interpreter::item(const Value& object, const Value& key) {
  switch (object.kind) {
    case Kind::kUnknown:
      return object;
    case Kind::kTensor:
      return hooks.tensor_item == nullptr ? unknown("an element of a tensor")
                                          : hooks.tensor_item(*this, object.as<Tensor>(), key);
    case Kind::kInstance: {
      const Nesting nesting(*this);
      const Value answer = try_dunder(*this, object, sym.__getitem__, {key});
      if (!answer.missing()) return answer;
      if (may_have_dunder(object)) return unknown("an element of an instance of a class with an unknown base");
      raise_not_subscriptable(*this, object);
    }
    case Kind::kClass:
      return class_item(*this, object, key);
    case Kind::kNative:
      return object;  // Optional[int], Callable[..., int]: the parameters change nothing here
    default:
      break;
  }
  if (key.unknown()) return key;
  const bool slice = key.is(Kind::kSlice);
  switch (object.kind) {
    case Kind::kDict:
      return dict_item(*this, object, key);
    case Kind::kList: {
      auto& items = object.as<List>()->items;
      if (key.is(Kind::kInt) && key.integer >= 0 && key.integer < items.count)
        return items[static_cast<std::size_t>(key.integer)];
      if (!slice) return items[static_cast<std::size_t>(sequence_index(*this, key, items.count, "list"))];
      const auto bounds = slice_bounds(*this, key.as<Slice>(), items.count);
      return bounds ? sliced_items(*this, items.items, *bounds, object) : unknown_part(key.as<Slice>());
    }
    case Kind::kTuple: {
      const Tuple* tuple = object.as<Tuple>();
      if (!slice) return tuple->items[sequence_index(*this, key, tuple->count, "tuple")];
      const auto bounds = slice_bounds(*this, key.as<Slice>(), tuple->count);
      return bounds ? sliced_items(*this, tuple->items, *bounds, object) : unknown_part(key.as<Slice>());
    }
    case Kind::kStr: {
      const std::string_view text = object.as<Str>()->view();
      const std::int64_t length = text_length(text);
      if (!slice) {
        const std::int64_t at = sequence_index(*this, key, length, "string");
        return character(*this, text_between(text, at, at + 1));
      }
      const auto bounds = slice_bounds(*this, key.as<Slice>(), length);
      return bounds ? string(sliced_text(text, *bounds)) : unknown_part(key.as<Slice>());
    }
    case Kind::kBytes: {
      const std::string_view data = object.as<Bytes>()->data;
      const auto length = static_cast<std::int64_t>(data.size());
      if (!slice)
        return Value::of(std::int64_t{
            static_cast<unsigned char>(data[static_cast<std::size_t>(sequence_index(*this, key, length, "bytes"))])});
      const auto bounds = slice_bounds(*this, key.as<Slice>(), length);
      if (!bounds) return unknown_part(key.as<Slice>());
      std::string out;
      for (std::int64_t i = 0; i < bounds->count; ++i)
        out += data[static_cast<std::size_t>(bounds->start + i * bounds->step)];
      return bytes_value(*this, out);
    }
    case Kind::kRange:
      return range_item(*this, object.as<Range>(), key);
    default:
      raise_not_subscriptable(*this, object);
  }
}

void Interpreter::set_item(const Value& object, const Value& key, const Value& value) {
  switch (object.kind) {
    case Kind::kUnknown:
      return;
    case Kind::kTensor:
      if (hooks.tensor_set_item != nullptr) hooks.tensor_set_item(*this, object.as<Tensor>(), key, value);
      return;
    case Kind::kInstance: {
      const Nesting nesting(*this);
      if (!try_dunder(*this, object, sym.__setitem__, {key, value}).missing() || may_have_dunder(object)) return;
      raise_unsupported(*this, object, "does not support item assignment");
    }
    case Kind::kDict:
      require_hashable(*this, key);
      if (key.unknown()) note_partial("a dict is written under a key that is not known");
      dict_set(arena, object.as<Dict>(), stored_key(*this, object.as<Dict>(), key), value);
      return;
    case Kind::kList: {
      List* list = object.as<List>();
      if (key.unknown()) return note_partial("a list is written at a position that is not known");
      if (key.is(Kind::kSlice)) return set_slice(*this, list, key.as<Slice>(), value);
      const std::int64_t at = sequence_index(*this, key, list->items.count, "list assignment");
      list->items[static_cast<std::size_t>(at)] = value;
      return;
    }
    default:
      if (!try_dunder(*this, object, sym.__setitem__, {key, value}).missing()) return;
      raise_unsupported(*this, object, "does not support item assignment");
  }
}

void Interpreter::delete_item(const Value& object, const Value& key) {
  switch (object.kind) {
    case Kind::kUnknown:
      return;
    case Kind::kInstance: {
      const Nesting nesting(*this);
      if (!try_dunder(*this, object, sym.__delitem__, {key}).missing() || may_have_dunder(object)) return;
      raise_unsupported(*this, object, "doesn't support item deletion");
    }
    case Kind::kDict: {
      Dict* dict = object.as<Dict>();
      require_hashable(*this, key);
      if (key.unknown()) return note_partial("a key that is not known is deleted");
      if (!dict_erase(dict, stored_key(*this, dict, key))) raise_key_error(*this, key);
      return;
    }
    case Kind::kList: {
      List* list = object.as<List>();
      if (key.unknown()) return note_partial("a list is shortened at a position that is not known");
      if (key.is(Kind::kSlice)) return delete_slice(*this, list, key.as<Slice>());
      const std::int64_t at = sequence_index(*this, key, list->items.count, "list assignment");
      step(list->items.count / 8);
      list->items.erase(static_cast<std::size_t>(at));
      return;
    }
    default:
      if (!try_dunder(*this, object, sym.__delitem__, {key}).missing()) return;
      raise_unsupported(*this, object, "doesn't support item deletion");
  }
}

}  // namespace ckptlint::python
