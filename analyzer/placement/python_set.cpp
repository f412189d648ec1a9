#include "placement/python_set.h"

#include <bit>
#include <cstring>
#include <string>

#include "base/utf8.h"

namespace ckptlint {
namespace {

struct SipState {
  std::uint64_t v0 = 0x736f6d6570736575, v1 = 0x646f72616e646f6d, v2 = 0x6c7967656e657261, v3 = 0x7465646279746573;

  void round() {
    v0 += v1, v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0, v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1, v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2, v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

std::uint64_t little_endian(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

std::uint64_t siphash13(std::string_view data) {
  SipState state;
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) state.absorb(little_endian(data.data() + at, 8));
  state.absorb((std::uint64_t{data.size()} << 56) | little_endian(data.data() + at, data.size() - at));
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

// The characters as CPython stores them: as wide as the widest needs.
std::string stored_form(std::string_view text) {
  std::u32string characters;
  char32_t widest = 0;
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    const char32_t c = step.valid ? step.code_point : static_cast<unsigned char>(text[0]);
    characters.push_back(c);
    widest = std::max(widest, c);
    text.remove_prefix(step.length);
  }
  const std::size_t width = widest < 0x100 ? 1 : widest < 0x10000 ? 2 : 4;
  std::string bytes;
  bytes.reserve(characters.size() * width);
  for (const char32_t c : characters) {
    for (std::size_t i = 0; i < width; ++i) bytes.push_back(static_cast<char>((c >> (8 * i)) & 0xff));
  }
  return bytes;
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The slots that CPython looks at for a hash, in its order: short runs, then a jump that mixes in the upper bits.
template <typename Visit>
void probe(std::uint64_t hash, std::size_t mask, Visit&& visit) {
  constexpr std::size_t kLinearProbes = 9;
  constexpr int kPerturbShift = 5;
  std::size_t i = hash & mask;
  for (std::uint64_t perturb = hash;;) {
    const std::size_t run = i + kLinearProbes <= mask ? kLinearProbes : 0;
    for (std::size_t j = i; j <= i + run; ++j) {
      if (visit(j)) return;
    }
    perturb >>= kPerturbShift;
    i = (i * 5 + 1 + perturb) & mask;
  }
}

}  // namespace

std::uint64_t python_hash(std::string_view text) {
  if (text.empty()) return 0;
  const std::uint64_t hash = is_ascii(text) ? siphash13(text) : siphash13(stored_form(text));
  return hash == ~std::uint64_t{0} ? ~std::uint64_t{1} : hash;  // -1 means "error" to CPython
}

void PythonSet::add(std::string_view text, std::uint32_t index, std::uint64_t hash) {
  const std::size_t mask = table_.size() - 1;
  bool added = false;
  probe(hash, mask, [&](std::size_t at) {
    Slot& slot = table_[at];
    if (slot.taken) return slot.hash == hash && slot.text == text;
    if (slot.deleted) return false;
    slot = {hash, text, index, true, false};
    return added = true;
  });
  if (!added) return;
  ++fill_, ++used_;
  if (fill_ * 5 >= mask * 3) resize(used_ > 50000 ? used_ * 2 : used_ * 4);
}

void PythonSet::resize(std::size_t at_least) {
  std::size_t size = kSmallest;
  while (size <= at_least) size *= 2;
  std::vector<Slot> old(size);
  old.swap(table_);
  for (const Slot& from : old) {
    if (!from.taken) continue;
    probe(from.hash, size - 1, [&](std::size_t at) {
      if (table_[at].taken) return false;
      table_[at] = from;
      return true;
    });
  }
  fill_ = used_;
}

const PythonSet::Slot* PythonSet::find(std::string_view text, std::uint64_t hash) const {
  const Slot* found = nullptr;
  probe(hash, table_.size() - 1, [&](std::size_t at) {
    const Slot& slot = table_[at];
    if (!slot.taken && !slot.deleted) return true;
    if (!slot.taken || slot.hash != hash || slot.text != text) return false;
    found = &slot;
    return true;
  });
  return found;
}

std::vector<std::uint32_t> PythonSet::order() const {
  std::vector<std::uint32_t> indexes;
  indexes.reserve(used_);
  for (const Slot& slot : table_) {
    if (slot.taken) indexes.push_back(slot.index);
  }
  return indexes;
}

PythonSet PythonSet::difference(const PythonSet& all, const PythonSet& without) {
  PythonSet result;
  if (all.used_ / 4 <= without.used_) {
    for (const Slot& slot : all.table_) {
      if (slot.taken && without.find(slot.text, slot.hash) == nullptr) result.add(slot.text, slot.index, slot.hash);
    }
    return result;
  }
  // The copy: one resize at the start if the members would crowd the smallest table, and a table of equal size is
  // copied slot by slot.
  if (all.used_ * 5 >= (kSmallest - 1) * 3) result.resize(all.used_ * 2);
  if (result.table_.size() == all.table_.size() && all.fill_ == all.used_) {
    result.table_ = all.table_;
    result.fill_ = result.used_ = all.used_;
  } else {
    for (const Slot& slot : all.table_) {
      if (slot.taken) result.add(slot.text, slot.index, slot.hash);
    }
  }
  for (const Slot& slot : without.table_) {
    if (!slot.taken) continue;
    const Slot* found = result.find(slot.text, slot.hash);
    if (found == nullptr) continue;
    Slot& gone = result.table_[static_cast<std::size_t>(found - result.table_.data())];
    gone.taken = false;
    gone.deleted = true;
    --result.used_;
  }
  return result;
}

}  // namespace ckptlint
