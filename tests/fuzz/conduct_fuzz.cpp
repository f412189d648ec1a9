// A repo's code of unknown origin: what it would do is followed to an end, or as far as the limits allow.
#include <cstdint>
#include <string>

#include "base/file_tree.h"
#include "conduct/conduct.h"

using namespace ckptlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  SourceFiles sources;
  (void)conduct_of(
      in_memory_tree({{"config.json", R"({"auto_map": {"AutoModel": "modeling_x.XModel"}, "way": "system"})"},
                      {"modeling_x.py", text},
                      {"helper.py", "from .modeling_x import *\n" + text}}),
      "", sources);
  return 0;
}
