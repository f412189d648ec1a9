// Stored numbers as doubles.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/byte_source.h"
#include "base/checked.h"
#include "base/escape.h"
#include "base/little_endian.h"
#include "checkpoint/checkpoint.h"

namespace ckptlint {
namespace {

// A float of fewer than 32 bits: sign, exponent, mantissa from the top.
struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  enum { kIeee, kFn, kFnuz } specials;  // kFn: no infinities, NaN is all ones; kFnuz: NaN is minus zero
};

double decoded(std::uint32_t code, const SmallFloat& kind) {
  const std::uint32_t mantissa = code & ((1u << kind.mantissa_bits) - 1);
  const auto exponent = static_cast<int>((code >> kind.mantissa_bits) & ((1u << kind.exponent_bits) - 1));
  const bool negative = (code >> (kind.mantissa_bits + kind.exponent_bits)) != 0;
  const int top = (1 << kind.exponent_bits) - 1;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (kind.specials == SmallFloat::kFnuz && negative && exponent == 0 && mantissa == 0) return kNan;
  if (kind.specials == SmallFloat::kFn && exponent == top && mantissa == (1u << kind.mantissa_bits) - 1) return kNan;
  double value = 0;
  if (kind.specials == SmallFloat::kIeee && exponent == top) {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity() : kNan;
  } else if (exponent == 0) {
    value = std::ldexp(mantissa, 1 - kind.bias - kind.mantissa_bits);
  } else {
    value = std::ldexp(mantissa + (1u << kind.mantissa_bits), exponent - kind.bias - kind.mantissa_bits);
  }
  return negative ? -value : value;
}

template <typename T>
double as(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<double>(value);
}

// One element from its bytes; NaN for types that have_values() refuses.
double element(Dtype dtype, std::string_view bytes) {
  const auto code = static_cast<std::uint32_t>(little_endian(bytes));
  switch (dtype) {
    case Dtype::kFloat64:
      return as<double>(bytes);
    case Dtype::kFloat32:
      return as<float>(bytes);
    case Dtype::kFloat16:
      return decoded(code, {5, 10, 15, SmallFloat::kIeee});
    case Dtype::kBfloat16:
      return decoded(code, {8, 7, 127, SmallFloat::kIeee});
    case Dtype::kFloat8E4m3fn:
      return decoded(code, {4, 3, 7, SmallFloat::kFn});
    case Dtype::kFloat8E5m2:
      return decoded(code, {5, 2, 15, SmallFloat::kIeee});
    case Dtype::kFloat8E4m3fnuz:
      return decoded(code, {4, 3, 8, SmallFloat::kFnuz});
    case Dtype::kFloat8E5m2fnuz:
      return decoded(code, {5, 2, 16, SmallFloat::kFnuz});
    case Dtype::kFloat8E8m0fnu:
      return code == 0xff ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, static_cast<int>(code) - 127);
    case Dtype::kInt64:
      return as<std::int64_t>(bytes);
    case Dtype::kInt32:
      return as<std::int32_t>(bytes);
    case Dtype::kInt16:
      return as<std::int16_t>(bytes);
    case Dtype::kInt8:
      return as<std::int8_t>(bytes);
    case Dtype::kUint64:
      return as<std::uint64_t>(bytes);
    case Dtype::kUint32:
      return as<std::uint32_t>(bytes);
    case Dtype::kUint16:
      return as<std::uint16_t>(bytes);
    case Dtype::kUint8:
      return as<std::uint8_t>(bytes);
    case Dtype::kBool:
      return code != 0 ? 1 : 0;
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

bool has_values(const StoredTensor& tensor) {
  switch (tensor.dtype) {
    case Dtype::kComplex32:
    case Dtype::kComplex64:
    case Dtype::kComplex128:
    case Dtype::kFloat4:
    case Dtype::kFloat4E2m1fnX2:
    case Dtype::kFloat6E2m3:
    case Dtype::kFloat6E3m2:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<std::vector<double>> stored_values(const FileTree& repo, const Checkpoint& checkpoint,
                                          const StoredTensor& tensor, std::uint64_t max_elements) {
  const auto fail = [&](std::string_view why) {
    return Error{fmt::format("cannot read the value of {}: {}", quoted_name(tensor.name), why)};
  };
  const auto elements = element_count(checkpoint.shape(tensor));
  if (!elements || *elements > max_elements) return fail(fmt::format("it has more than {} elements", max_elements));
  if (!has_values(tensor)) return fail(fmt::format("it is {}", tensor.type_name));
  if (!tensor.direct) return fail("its bytes do not lie in the file as they are");
  const auto size = static_cast<std::uint64_t>(bits(tensor.dtype) / 8);
  if (tensor.bytes() != *elements * size) return fail("its bytes do not match its shape");
  const Shard& shard = checkpoint.shard(tensor.shard);
  const Result<ByteSource> source = repo.open(shard.path);
  if (!source) return source.error();
  const Result<std::string> bytes = source->read(tensor.begin, tensor.bytes());
  if (!bytes) return bytes.error();
  std::vector<double> values;
  values.reserve(*elements);
  for (std::uint64_t i = 0; i < *elements; ++i) {
    values.push_back(element(tensor.dtype, std::string_view(*bytes).substr(i * size, size)));
  }
  return values;
}

}  // namespace ckptlint
