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

struct Twister : Instance {
  std::array<std::uint32_t, kWords> words;
  std::size_t at = kWords;
};

void fill(Twister& twister, std::uint32_t seed) {
  twister.words[0] = seed;
  for (std::size_t i = 1; i < kWords; ++i) {
    const std::uint32_t last = twister.words[i - 1];
    twister.words[i] = 1812433253U * (last ^ last >> 30) + static_cast<std::uint32_t>(i);
  }
}

// From any number of words, as a large seed has.
void fill(Twister& twister, const std::vector<std::uint32_t>& key) {
  auto& words = twister.words;
  fill(twister, 19650218U);
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

std::uint32_t next(Twister& twister) {
  auto& words = twister.words;
  if (twister.at == kWords) {
    for (std::size_t i = 0; i < kWords; ++i) {
      const std::uint32_t joined = (words[i] & 0x80000000U) | (words[(i + 1) % kWords] & 0x7fffffffU);
      words[i] = words[(i + kMiddle) % kWords] ^ joined >> 1 ^ ((joined & 1) != 0 ? 0x9908b0dfU : 0U);
    }
    twister.at = 0;
  }
  std::uint32_t word = words[twister.at++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680U;
  word ^= word << 15 & 0xefc60000U;
  return word ^ word >> 18;
}

// twister(words): a generator seeded with the 32-bit words of a number, the lowest first.
Value make_twister(Interpreter& in, const Arguments& arguments, const Value& type) {
  const auto [words] = bind<"words">(in, "twister", arguments);
  std::vector<std::uint32_t> key;
  for (const Value& word : in.collect(words)->items) key.push_back(static_cast<std::uint32_t>(in.to_int(word)));
  if (key.empty()) key.push_back(0);
  auto* made = in.arena.make<Twister>();
  made->kind = Kind::kInstance;
  made->type = type.as<Class>();
  fill(*made, key);
  return Value::of(static_cast<Object*>(made));
}

Value next_word(Interpreter& in, const Arguments& arguments, const Value& type) {
  const auto [twister] = bind<"twister">(in, "next_word", arguments);
  Instance* self = instance_of(in, twister, type.as<Class>());
  if (self == nullptr) in.raise_type_error("a twister is expected");
  return Value::of(static_cast<std::int64_t>(next(*static_cast<Twister*>(self))));
}

Value make_unknown(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [what] = bind<"what">(in, "unknown", arguments);
  return in.unknown(in.str(what));
}

}  // namespace

void install_random(Interpreter& in) {
  Module* module = in.native_module("_twister", false);
  Class* type = in.make_class("twister", {in.classes.object});
  type->construct = [](Interpreter& inner, const Arguments&, const Value&) {
    return inner.unknown("a generator of random numbers");  // `in.instance` would make too small a struct
  };
  in.define(module, "twister", make_twister, Value::of(type));
  in.define(module, "next_word", next_word, Value::of(type));
  in.define(module, "unknown", make_unknown);
  in.embedded_module("random", embedded_text("stdlib/random.py"), true);
}

}  // namespace ckptlint::python
