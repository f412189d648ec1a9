// The generator behind random: the Mersenne twister with 19937 bits of state, so that a seed gives what it gives in
// Python.
#include <array>
#include <cstdint>
#include <vector>

#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"

namespace ckptlint::python {
namespace {

constexpr std::size_t kWords = 624;
constexpr std::size_t kMiddle = 397;

using Words = std::array<std::uint32_t, kWords>;

void fill(Words& words, std::uint32_t seed) {
  words[0] = seed;
  for (std::size_t i = 1; i < kWords; ++i) {
    const std::uint32_t last = words[i - 1];
    words[i] = 1812433253U * (last ^ last >> 30) + static_cast<std::uint32_t>(i);
  }
}

// From any number of words, as a large seed has.
void fill(Words& words, const std::vector<std::uint32_t>& key) {
  fill(words, 19650218U);
  std::size_t i = 1, j = 0;
  const auto wrap = [&] {
    if (++i < kWords) return;
    words[0] = words[kWords - 1];
    i = 1;
  };
  for (std::size_t k = std::max(kWords, key.size()); k > 0; --k) {
    words[i] = (words[i] ^ (words[i - 1] ^ words[i - 1] >> 30) * 1664525U) + key[j] + static_cast<std::uint32_t>(j);
    wrap();
    if (++j == key.size()) j = 0;
  }
  for (std::size_t k = kWords - 1; k > 0; --k) {
    words[i] = (words[i] ^ (words[i - 1] ^ words[i - 1] >> 30) * 1566083941U) - static_cast<std::uint32_t>(i);
    wrap();
  }
  words[0] = 0x80000000U;
}

void twist(Words& words) {
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint32_t joined = (words[i] & 0x80000000U) | (words[(i + 1) % kWords] & 0x7fffffffU);
    words[i] = words[(i + kMiddle) % kWords] ^ joined >> 1 ^ ((joined & 1) != 0 ? 0x9908b0dfU : 0U);
  }
}

std::uint32_t tempered(std::uint32_t word) {
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680U;
  word ^= word << 15 & 0xefc60000U;
  return word ^ word >> 18;
}

// The state is a list, so that it is copied as any is: the words, and behind them how many have been given out.
// Evaluated code can reach it.
constexpr std::uint32_t kState = kWords + 1;

List* state_of(const Value& twister) {
  List* state = twister.is(Kind::kList) ? twister.as<List>() : nullptr;
  if (state == nullptr || state->items.count != kState) return nullptr;
  for (const Value& item : state->items) {
    if (!item.is(Kind::kInt)) return nullptr;
  }
  return state;
}

// twister(words): a generator seeded with the 32-bit words of a number, the lowest first.
Value make_twister(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [words] = bind<"words">(in, "twister", arguments);
  std::vector<std::uint32_t> key;
  for (const Value& word : in.collect(words)->items) key.push_back(static_cast<std::uint32_t>(in.to_int(word)));
  if (key.empty()) key.push_back(0);
  Words filled;
  fill(filled, key);
  List* state = in.list(kState);
  for (const std::uint32_t word : filled) state->items.push(in.arena, Value::of(std::int64_t{word}));
  state->items.push(in.arena, Value::of(static_cast<std::int64_t>(kWords)));
  return Value::of(state);
}

Value next_word(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [twister] = bind<"twister">(in, "next_word", arguments);
  List* state = state_of(twister);
  if (state == nullptr) in.raise_type_error("a twister is expected");
  Value* const items = state->items.items;
  auto at = static_cast<std::uint64_t>(items[kWords].integer);
  if (at >= kWords) {
    Words words;
    for (std::size_t i = 0; i < kWords; ++i) words[i] = static_cast<std::uint32_t>(items[i].integer);
    twist(words);
    for (std::size_t i = 0; i < kWords; ++i) items[i] = Value::of(std::int64_t{words[i]});
    at = 0;
  }
  items[kWords] = Value::of(static_cast<std::int64_t>(at + 1));
  return Value::of(std::int64_t{tempered(static_cast<std::uint32_t>(items[at].integer))});
}

Value make_unknown(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [what] = bind<"what">(in, "unknown", arguments);
  return in.unknown(in.str(what));
}

}  // namespace

void install_random(Interpreter& in) {
  Module* module = in.native_module("_twister", false);
  in.define(module, "twister", make_twister);
  in.define(module, "next_word", next_word);
  in.define(module, "unknown", make_unknown);
  in.embedded_module("random", embedded_text("stdlib/random.py"), true);
}

}  // namespace ckptlint::python
