// The tensor types of GGUF by their numbers: names, and how many bytes a block of elements takes.
#include "checkpoint/gguf_types.h"

namespace ckptlint {

std::optional<GgufType> gguf_type(std::uint32_t number) {
  const auto packed = [](std::string_view name, std::uint64_t elements, std::uint64_t bytes) {
    return GgufType{name, Dtype::kUint8, elements, bytes};
  };
  const auto plain = [](std::string_view name, Dtype dtype) {
    return GgufType{name, dtype, 1, static_cast<std::uint64_t>(bits(dtype) / 8)};
  };
  switch (number) {
    case 0:
      return plain("F32", Dtype::kFloat32);
    case 1:
      return plain("F16", Dtype::kFloat16);
    case 2:
      return packed("Q4_0", 32, 18);
    case 3:
      return packed("Q4_1", 32, 20);
    case 6:
      return packed("Q5_0", 32, 22);
    case 7:
      return packed("Q5_1", 32, 24);
    case 8:
      return packed("Q8_0", 32, 34);
    case 9:
      return packed("Q8_1", 32, 40);
    case 10:
      return packed("Q2_K", 256, 84);
    case 11:
      return packed("Q3_K", 256, 110);
    case 12:
      return packed("Q4_K", 256, 144);
    case 13:
      return packed("Q5_K", 256, 176);
    case 14:
      return packed("Q6_K", 256, 210);
    case 15:
      return packed("Q8_K", 256, 292);
    case 16:
      return packed("IQ2_XXS", 256, 66);
    case 17:
      return packed("IQ2_XS", 256, 74);
    case 18:
      return packed("IQ3_XXS", 256, 98);
    case 19:
      return packed("IQ1_S", 256, 50);
    case 20:
      return packed("IQ4_NL", 32, 18);
    case 21:
      return packed("IQ3_S", 256, 110);
    case 22:
      return packed("IQ2_S", 256, 82);
    case 23:
      return packed("IQ4_XS", 256, 136);
    case 24:
      return plain("I8", Dtype::kInt8);
    case 25:
      return plain("I16", Dtype::kInt16);
    case 26:
      return plain("I32", Dtype::kInt32);
    case 27:
      return plain("I64", Dtype::kInt64);
    case 28:
      return plain("F64", Dtype::kFloat64);
    case 29:
      return packed("IQ1_M", 256, 56);
    case 30:
      return plain("BF16", Dtype::kBfloat16);
    case 34:
      return packed("TQ1_0", 256, 54);
    case 35:
      return packed("TQ2_0", 256, 66);
    case 39:
      return packed("MXFP4", 32, 17);
    case 40:
      return packed("NVFP4", 64, 36);
    case 41:
      return packed("Q1_0", 128, 18);
    default:
      return std::nullopt;
  }
}

}  // namespace ckptlint
