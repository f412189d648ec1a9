// What from_pretrained of models of diffusers reported (tests/record/diffusers_loads.py picked the cases).
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catch.h"
#include "golden.h"
#include "loading/recorded_diffusers_loads.h"
#include "recorded_rows.h"
#include "release_wheels.h"

namespace ckptlint {
namespace {

using nlohmann::json;

void check_release(const std::string& version, const std::string& transformers, std::size_t least) {
  const std::vector<SourceTree> sources = test::diffusers_sources(version, transformers);
  std::vector<json> rows = test::recorded_rows("diffusers/loads-" + version + ".jsonl.gz");
  std::erase_if(rows, [](const json& row) { return row.value("auto", false); });
  REQUIRE(rows.size() >= least);
  if (sources.empty()) {
    WARN("not tried: the wheel of diffusers " << version << " is not there");
    return;
  }
  test::check_loads(rows, sources, version);
}

TEST_CASE("Loads of models of diffusers 0.42.1 are reported as it reports them") {
  check_release("0.42.1", "5.23.0", 700);
}

TEST_CASE("Loads of models of diffusers 0.36.0 are reported as it reports them") {
  check_release("0.36.0", "4.57.6", 350);
}

TEST_CASE("Loads of models of diffusers 0.30.3 are reported as it reports them") {
  check_release("0.30.3", "4.57.6", 100);
}

TEST_CASE("Loads of models of diffusers 0.31.0 are reported as it reports them") {
  check_release("0.31.0", "4.57.6", 10);
}

}  // namespace
}  // namespace ckptlint
