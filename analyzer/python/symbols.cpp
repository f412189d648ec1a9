#include "python/symbols.h"

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

Str* Symbols::intern(std::string_view text) {
  const auto found = table_.find(text);
  if (found != table_.end()) return found->second;
  if (text.size() > 0xffffffffU) throw BudgetExceeded{"memory"};
  Str* str = arena_.make<Str>();
  const std::string_view kept = arena_.copy(text);
  str->kind = Kind::kStr;
  str->hash = hash_text(kept);
  str->length = static_cast<std::uint32_t>(kept.size());
  str->data = kept.data();
  str->interned = true;
  table_.emplace(kept, str);
  return str;
}

KnownSymbols::KnownSymbols(Symbols& symbols) {
#define X(name) name = symbols.intern(#name);
  CKPTLINT_SYMBOLS(X)
#undef X
}

}  // namespace ckptlint::python
