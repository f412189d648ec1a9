// The table of interned strings.
#include "python/values/symbols.h"

#include <utility>

namespace ckptlint::python {

std::uint32_t hash_text(std::string_view text) {
  std::uint64_t h = 0x9e3779b97f4a7c15ULL ^ text.size();
  const char* data = text.data();
  std::size_t left = text.size();
  while (left >= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    h = (h ^ word) * 0xff51afd7ed558ccdULL;
    h ^= h >> 32;
    data += 8;
    left -= 8;
  }
  std::uint64_t tail = 0;
  if (left != 0) std::memcpy(&tail, data, left);
  h = (h ^ tail) * 0xc4ceb9fe1a85ec53ULL;
  h ^= h >> 29;
  const auto folded = static_cast<std::uint32_t>(h ^ (h >> 32));
  return folded == 0 ? 1 : folded;  // 0 means "not computed yet" in Str::hash
}

Symbols::Symbols(Arena& arena, std::size_t slots) : arena_(arena), table_(slots, nullptr) {}

// The slot of a text that is not there yet, or of its string.
std::size_t Symbols::slot_of(const Table& table, std::string_view text, std::uint32_t hash) {
  const std::size_t mask = table.size() - 1;
  std::size_t at = hash & mask;
  while (table[at] != nullptr && (table[at]->hash != hash || table[at]->view() != text)) at = (at + 1) & mask;
  return at;
}

void Symbols::begin_layer() {
  if (!below_.empty()) return;
  below_ = std::exchange(table_, Table(kSlotsOfLayer, nullptr));
  count_ = 0;
}

void Symbols::grow() {
  const Table old = std::exchange(table_, Table(table_.size() * 2, nullptr));
  for (Str* each : old) {
    if (each != nullptr) table_[slot_of(table_, each->view(), each->hash)] = each;
  }
}

Str* Symbols::intern(std::string_view text) {
  if (text.size() > 0xffffffffU) throw BudgetExceeded{"memory"};
  const std::uint32_t hash = hash_text(text);
  if (!below_.empty()) {
    if (Str* known = below_[slot_of(below_, text, hash)]; known != nullptr) return known;
  }
  std::size_t slot = slot_of(table_, text, hash);
  if (table_[slot] != nullptr) return table_[slot];
  if (2 * ++count_ > table_.size()) {
    grow();
    slot = slot_of(table_, text, hash);
  }
  Str* str = arena_.make<Str>();
  const std::string_view kept = arena_.copy(text);
  str->kind = Kind::kStr;
  str->hash = hash;
  str->length = static_cast<std::uint32_t>(kept.size());
  str->data = kept.data();
  str->interned = true;
  table_[slot] = str;
  return str;
}

KnownSymbols::KnownSymbols(Symbols& symbols) {
#define X(name) name = symbols.intern(#name);
  CKPTLINT_SYMBOLS(X)
#undef X
}

}  // namespace ckptlint::python
