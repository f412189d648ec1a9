// What is read from given sources of accelerate and transformers about buffers on a split.
#include "input/library_sources.h"

#include <string>
#include <vector>

#include "catch.h"
#include "input/placement_request.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

// What the splits of the library look like; `split` stands at each of them.
std::string modeling(const std::string& split) {
  return "def infer_auto_device_map(model):\n"
         "    modules_to_treat = (\n"
         "        list(model.named_parameters(recurse=False))\n"
         "        + list(model.named_children())\n"
         "        + list(model.named_buffers(recurse=False))\n"
         "    )\n"
         "    tied_module_children = " +
         split + "tied_module_children\n    modules_children = " + split + "modules_children\n";
}

const char* const kPlain = "list(module.named_parameters(recurse=False)) + ";
const char* const kKeeping =
    "list(module.named_parameters(recurse=False)) + list(module.named_buffers(recurse=False)) + ";

PlacementRequest asked(const std::string& accelerate, const std::string& transformers = "",
                       const std::vector<SourceTree>& sources = {}) {
  PlacementOptions options;
  options.accelerate = accelerate;
  const Result<PlacementRequest> request = placement_request(options, transformers, sources);
  REQUIRE(request.ok());
  return *request;
}

}  // namespace

TEST_CASE("whether accelerate keeps buffers on a split is read from its source, whatever its version") {
  for (const char* layout : {"accelerate", "src/accelerate", "."}) {
    INFO(layout);
    test::ScratchFolder scratch;
    const std::string package = layout;
    scratch.write(package + "/__init__.py", "__version__ = \"1.3.0.dev0\"\n");
    scratch.write(package + "/utils/modeling.py", modeling(kPlain));
    const PlacementRequest plain = asked(scratch.path());
    CHECK(plain.accelerate == LibraryVersion{1, 3, 0});
    CHECK(plain.accelerate_asked);
    CHECK_FALSE(plain.libraries.split_keeps_buffers);
    CHECK_FALSE(plain.libraries.takes_sets_of_classes);
    scratch.write(package + "/utils/modeling.py", modeling(kKeeping));
    CHECK(asked(scratch.path()).libraries.split_keeps_buffers);
  }
}

TEST_CASE("a source that splits in some other way is not taken for one of the two") {
  test::ScratchFolder scratch;
  scratch.write("accelerate/__init__.py", "__version__ = '1.15.0'\n");
  const std::string other = modeling("list(module.named_buffers(recurse=False)) + ");
  for (const std::string& text : {other, modeling(kPlain) + other, modeling(kKeeping) + modeling(kPlain)}) {
    scratch.write("accelerate/utils/modeling.py", text);
    const Result<AccelerateSource> source = read_accelerate(scratch.path());
    REQUIRE_FALSE(source.ok());
    CHECK(source.error().message.find("which is not simulated") != std::string::npos);
  }
  CHECK_FALSE(read_accelerate(scratch.path() + "/nothing").ok());
}

TEST_CASE("transformers' own functions are read, too") {
  const auto tree = [](const std::string& text) {
    return std::vector<SourceTree>{{in_memory_tree({{"transformers/integrations/accelerate.py", text}}), "", "", true}};
  };
  CHECK_FALSE(asked("", "5.23.0", tree(modeling(kPlain))).libraries.own_split_keeps_buffers);
  CHECK(asked("", "5.23.0", tree(modeling(kKeeping))).libraries.own_split_keeps_buffers);
  CHECK_FALSE(asked("", "4.57.6", tree(modeling(kKeeping))).libraries.own_split_keeps_buffers);
  CHECK_FALSE(asked("", "5.23.0").libraries.own_split_keeps_buffers);
}

}  // namespace ckptlint
