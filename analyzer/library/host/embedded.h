// The Python text that analyzer/library/host/embed.cmake built into the program.
#pragma once

#include <string_view>

namespace ckptlint::python {

// The text of analyzer/library/<path> ("torch/conv.py"), which lives as long as the program; empty where there is none.
std::string_view embedded_text(std::string_view path);

}  // namespace ckptlint::python
