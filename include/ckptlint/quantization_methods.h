// Every quantization method that something is known of: one row says what its weights look like in a file, what of it
// was compared with the library, and what else depends on its name.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ckptlint {

// The tensors that stand for one quantized weight.
struct QuantizedLayout {
  enum class Values : std::uint8_t { kAny, kOneByte, kUint32 };            // kOneByte: fp8, int8, uint8
  enum class Scales : std::uint8_t { kNotKnown, kOneAGroup, kOneABlock };  // `group_size`, or `weight_block_size`

  std::string_view marker;                // a name that ends so gives it away; the rest is the module's
  std::string_view name;                  // "GPTQ or AWQ", "bitsandbytes, 4 bit", ...: for people
  std::array<std::string_view, 3> parts;  // after the module's name: the values first, then scales; empty ones are none
  Values values = Values::kAny;           // what the values must be, where others use the same names for other things
  Scales scales = Scales::kNotKnown;      // how many there are, by the config
  bool scales_all_fp8 = false;            // in a checkpoint that has such weights, fp8 values without scales lack them
};

struct QuantizationMethod {
  enum class Packs : std::uint8_t {
    kNothing,
    kInputs,
    kOutputs
  };  // the axis along which a 32-bit word has many values

  std::string_view name;  // `quant_method` of a config
  // The Python text that describes its layers, of those in analyzer/library; "": transformers' own code says it all.
  std::string_view text{};
  std::span<const QuantizedLayout> layouts{};
  Packs packs = Packs::kNothing;
  std::string_view
      words{};  // what such words are called for people, with any `packs`: the names in the file are shared
  // Whether reports of from_pretrained on its checkpoints were compared with the library's, by major release.
  bool compared_with_4 = false, compared_with_5 = false;
  bool compared_with_diffusers = false;
  // Its layers have other parameters, so that plain weights have no place in them.  Others quantize as they load.
  bool has_own_parameters = false;
  std::string_view plain_format{};  // but not with this `format`, or with none; empty: whatever the format
  // The member of its config that lists what stays plain, as far as the config has none yet.
  std::string_view skip_list = "modules_to_not_convert";
  bool packs_by_status = false;  // its config has a `quantization_status`, and "compressed" alone is of packed values
  std::string_view own_file{};   // in which its tool leaves the config that from_pretrained does not read
  std::string_view read_by{};    // a clause: which other programs its checkpoints are for
};

// What the last component of a tensor's name says of quantization.
enum class PartKind : std::uint8_t {
  kNone,        // nothing: "weight", "bias", "experts"
  kWeight,      // a part of a quantized weight: its packed values, scales, zero points, ...
  kActivation,  // a scale or zero point of what a layer takes in or gives out, or of a key cache
};
PartKind part_kind(std::string_view leaf);

// Every method, sorted by name.
std::span<const QuantizationMethod> quantization_methods();
// The method of that name, or null.
const QuantizationMethod* quantization_method(std::string_view name);
// The method whose words have many values along that axis, or null.
const QuantizationMethod* method_that_packs(QuantizationMethod::Packs axis);

}  // namespace ckptlint
