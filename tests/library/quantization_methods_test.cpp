// The table of quantization methods: what readers of it take for granted.
#include "ckptlint/quantization_methods.h"

#include <string>

#include "catch.h"
#include "library/host/embedded.h"

namespace ckptlint {
namespace {

TEST_CASE("quantization methods are found by name, in order, and have their texts") {
  std::string_view last;
  for (const QuantizationMethod& method : quantization_methods()) {
    INFO(std::string(method.name));
    CHECK(last < method.name);
    last = method.name;
    CHECK(quantization_method(method.name) == &method);
    if (!method.text.empty()) CHECK(!python::embedded_text(method.text).empty());
    CHECK((method.packs == QuantizationMethod::Packs::kNothing) == method.words.empty());
    CHECK(method_that_packs(method.packs) == (method.words.empty() ? nullptr : &method));
    // The axis that is packed matters where scales are counted by group, and only there.
    for (const QuantizedLayout& layout : method.layouts) {
      CHECK((layout.scales == QuantizedLayout::Scales::kOneAGroup) ==
            (method.packs != QuantizationMethod::Packs::kNothing));
    }
  }
  CHECK(quantization_method("none") == nullptr);
  CHECK(quantization_method("") == nullptr);
}

// A stored name then has one layout, whatever the order of the rows.
TEST_CASE("no name gives away two layouts of quantized weights") {
  for (const QuantizationMethod& method : quantization_methods()) {
    for (const QuantizedLayout& layout : method.layouts) {
      for (const QuantizationMethod& other : quantization_methods()) {
        for (const QuantizedLayout& another : other.layouts) {
          INFO(std::string(layout.marker) << " and " << std::string(another.marker));
          CHECK((layout.marker == another.marker ? layout.name == another.name
                                                 : !layout.marker.ends_with(another.marker)));
        }
      }
    }
  }
}

}  // namespace
}  // namespace ckptlint
