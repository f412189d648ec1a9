// The hashes of text, bytes and numbers as CPython 3.11 computes them under PYTHONHASHSEED=0 (SipHash-1-3, and
// numbers modulo 2**61 - 1).
#include "base/python_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
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

std::uint64_t word_of(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

std::uint64_t siphash13(std::string_view data) {
  SipState state;
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) state.absorb(word_of(data.data() + at, 8));
  state.absorb((std::uint64_t{data.size()} << 56) | word_of(data.data() + at, data.size() - at));
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

constexpr std::uint64_t kError = ~std::uint64_t{0};  // -1 means "error" to CPython: such a hash is another

std::uint64_t not_error(std::uint64_t hash, std::uint64_t instead) { return hash == kError ? instead : hash; }

constexpr int kModulusBits = 61;
constexpr std::uint64_t kModulus = (std::uint64_t{1} << kModulusBits) - 1;

// -value where `negative`, as an unsigned number.
std::uint64_t with_sign(std::uint64_t value, bool negative) { return negative ? ~value + 1 : value; }

}  // namespace

std::uint64_t python_hash_bytes(std::string_view data) {
  return data.empty() ? 0 : not_error(siphash13(data), kError - 1);
}

std::uint64_t python_hash(std::string_view text) {
  return is_ascii(text) ? python_hash_bytes(text) : python_hash_bytes(stored_form(text));
}

std::uint64_t python_hash(std::int64_t value) {
  const bool negative = value < 0;
  const std::uint64_t magnitude = with_sign(static_cast<std::uint64_t>(value), negative);
  return not_error(with_sign(magnitude % kModulus, negative), kError - 1);
}

std::uint64_t python_hash(double value) {
  constexpr std::uint64_t kInfinity = 314159;
  if (std::isinf(value)) return with_sign(kInfinity, value < 0);
  int exponent = 0;
  double rest = std::frexp(std::fabs(value), &exponent);
  // The fraction 28 bits at a time, each step a rotation modulo 2**61 - 1.
  constexpr int kStep = 28;
  std::uint64_t hash = 0;
  while (rest != 0) {
    hash = ((hash << kStep) & kModulus) | (hash >> (kModulusBits - kStep));
    rest = std::ldexp(rest, kStep);
    exponent -= kStep;
    const auto whole = static_cast<std::uint64_t>(rest);
    rest -= static_cast<double>(whole);
    hash += whole;
    if (hash >= kModulus) hash -= kModulus;
  }
  const int turn = exponent >= 0 ? exponent % kModulusBits : kModulusBits - 1 - ((-1 - exponent) % kModulusBits);
  hash = ((hash << turn) & kModulus) | (hash >> (kModulusBits - turn));
  return not_error(with_sign(hash, value < 0), kError - 1);
}

void PythonTupleHash::add(std::uint64_t element) {
  state_ += element * 0xC2B2AE3D27D4EB4F;
  state_ = std::rotl(state_, 31) * 0x9E3779B185EBCA87;
  ++count_;
}

std::uint64_t PythonTupleHash::value() const {
  return not_error(state_ + (count_ ^ (0x27D4EB2F165667C5 ^ 3527539)), 1546275796);
}

void PythonFrozensetHash::add(std::uint64_t element) {
  state_ ^= ((element ^ 89869747) ^ (element << 16)) * 3644798167;
  ++count_;
}

std::uint64_t PythonFrozensetHash::value() const {
  std::uint64_t hash = state_ ^ ((count_ + 1) * 1927868237);
  hash ^= (hash >> 11) ^ (hash >> 25);
  hash = hash * 69069 + 907133923;
  return not_error(hash, 590923713);
}

}  // namespace ckptlint
