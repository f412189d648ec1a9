// `ckptlint map` as people and programs see it: fixtures/placement/*.txt.
#include <sstream>
#include <string>

#include "catch.h"
#include "commands/map.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

struct Ran {
  int status;
  std::string out;
  std::string err;
};

Ran run(const MapOptions& options, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  const int status = run_map(options, in, out, err);
  return {status, out.str(), err.str()};
}

MapOptions on_decoder(const std::string& max_memory, const std::string& format = "text") {
  MapOptions options;
  options.model.graph = test::fixture_path("placement/decoder.json");
  options.placement.max_memory = max_memory;
  options.output.format = format;
  return options;
}

}  // namespace

TEST_CASE("the table, the map and what is lost") {
  MapOptions options = on_decoder("0=2850,1=10000,cpu=1MiB");
  options.placement.device_map = "sequential";
  options.no_split = "";
  const Ran lost = run(options);
  CHECK(lost.status == kFindings);
  test::check_golden("placement/lost.txt", lost.out);
  options.trace = true;
  test::check_golden("placement/trace.txt", run(options).out);

  options = on_decoder("0=2850,1=10000,cpu=1MiB");
  const Ran whole = run(options);
  CHECK(whole.status == kNothingFound);
  test::check_golden("placement/whole_blocks.txt", whole.out);
}

TEST_CASE("a crash of the library is a finding") {
  MapOptions options = on_decoder("0=2850,3=10000");
  options.placement.device_map = "balanced_low_0";
  const Ran crash = run(options);
  CHECK(crash.status == kFindings);
  test::check_golden("placement/crash.txt", crash.out);
}

TEST_CASE("spilling and what the libraries warn about") {
  const Ran spilled = run(on_decoder("0=500,1=900,cpu=1200"));
  CHECK(spilled.status == kNothingFound);
  test::check_golden("placement/spill.txt", spilled.out);
}

TEST_CASE("without budgets, all equal ones are looked at") {
  MapOptions options = on_decoder("");
  options.no_split = "";
  const Ran lost = run(options);
  CHECK(lost.status == kFindings);
  test::check_golden("placement/witness.txt", lost.out);
  options.no_split.reset();
  const Ran whole = run(options);
  CHECK(whole.status == kNothingFound);
  test::check_golden("placement/witness_whole_blocks.txt", whole.out);
  options.output.format = "json";
  test::check_golden("placement/witness.json", run(options).out);
}

TEST_CASE("a map that works, to paste") {
  MapOptions options = on_decoder("0=3000,1=3000");
  options.suggest = true;
  const Ran suggested = run(options);
  CHECK(suggested.status == kNothingFound);
  test::check_golden("placement/suggest.txt", suggested.out);
  options.output.format = "json";
  test::check_golden("placement/suggest.json", run(options).out);
}

TEST_CASE("maps for programs") {
  test::check_golden("placement/map.json", run(on_decoder("0=2850,1=10000,cpu=1MiB", "json")).out);
  test::check_golden("placement/map.py.txt", run(on_decoder("0=2850,1=10000,cpu=1MiB", "python")).out);
}

TEST_CASE("a map is drawn, with what is lost, cut and tied, and without anything that runs") {
  MapOptions options = on_decoder("0=2850,1=10000,cpu=1MiB", "svg");
  options.placement.device_map = "sequential";
  options.no_split = "";
  const Ran lost = run(options);
  CHECK(lost.status == kFindings);
  test::check_golden("placement/lost.svg", lost.out);
  CHECK(lost.out.find("<script") == std::string::npos);
  CHECK(lost.out.find("href") == std::string::npos);
  options = on_decoder("0=2850,1=10000,cpu=1MiB", "svg");
  test::check_golden("placement/map.svg", run(options).out);
  // A block that is to stay whole, on two devices.
  options = on_decoder("0=500,1=900,cpu=1200", "svg");
  options.placement.device_map =
      R"({"model.embed": 0, "model.layers.0.up": 0, "model.layers.0.down": 1, "model.layers.0.norm": 1, "model.layers.1": 1,)"
      R"("model.layers.2": 1, "model.layers.3": 1, "lm_head": 1})";
  const Ran cut = run(options);
  CHECK(cut.out.find("class=\"block cut\"") != std::string::npos);
  CHECK(cut.out.find("class=\"over\"") != std::string::npos);
  // The picture in README.md.
  options = {};
  options.model.paths = {test::fixture_path("models/granite-switch-like")};
  options.model.sources = {test::transformers_wheel()};
  options.placement.max_memory = "0=16KiB,1=16KiB";
  options.output.format = "svg";
  test::check_golden("formats/map.svg", run(options).out);
  // Of a question without one map there is nothing to draw.
  CHECK(run(on_decoder("", "svg")).err.find("a drawing is of one map") != std::string::npos);
}

TEST_CASE("a given map that leaves something out") {
  MapOptions options = on_decoder("0=5000");
  options.placement.device_map = R"({"model.embed": 0, "model.layers": "cuda:0"})";
  const Ran given = run(options);
  CHECK(given.status == kFindings);
  test::check_golden("placement/given.txt", given.out);
}

TEST_CASE("cases are answered a line each") {
  MapOptions options;
  options.cases = "-";
  options.placement.accelerate = "1.15.0";
  options.model.transformers = "5.23.0";
  options.output.format = "jsonl";
  const std::string path = test::fixture_path("placement/decoder.json");
  const std::string line =
      R"({"flavour":"accelerate","device_map":"sequential","max_memory":{"0":2850,"1":10000},"graph":")" + path +
      "\"}\n";
  const Ran answered = run(options, line + "\n" + line);
  CHECK(answered.status == kNothingFound);
  CHECK(answered.err.empty());
  const std::size_t end = answered.out.find('\n');
  REQUIRE(end != std::string::npos);
  CHECK(answered.out.substr(0, end + 1) == answered.out.substr(end + 1));
  CHECK(answered.out.starts_with(R"({"balanced_memory":[[0,2850],[1,10000]],"device_map":[["model.embed",0],)"));
  CHECK(answered.out.find(R"("unplaced":["model.layers.2.layer_scalar"])") != std::string::npos);

  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string("{}"),
        std::string(R"({"max_memory":{},"graph":"absent.json"})"), std::string(R"({"max_memory":{"0":[]},"graph":{}})"),
        std::string(R"({"max_memory":{},"device_map":"fast","graph":{}})"),
        std::string(R"({"max_memory":{},"dtype":"float99","graph":{}})")}) {
    INFO(bad);
    const Ran refused = run(options, line + bad + "\n");
    CHECK(refused.status == kNotAnalysed);
    CHECK(refused.err.starts_with("ckptlint: "));
    CHECK(refused.err.find('\n') == refused.err.size() - 1);
    CHECK(refused.out.find("\n{\"refused\":\"") != std::string::npos);
  }
  // What is refused ends nothing.
  const Ran both = run(options, "{\n" + line);
  CHECK(both.status == kNotAnalysed);
  CHECK(both.out.find("{\"balanced_memory\"") != std::string::npos);
}

TEST_CASE("Python's infinities end no run of cases") {
  MapOptions options;
  options.cases = "-";
  const std::string rest = R"("parameters":[["weight","float32",[2],null]],"modules":[["","Root",null]]}})";
  const std::string graph = R"("graph":{"class":"Root","config":{"limit":-Infinity,"scale":NaN},)" + rest;
  const Ran answered = run(options, R"({"max_memory":{"0":100},)" + graph + "\n");
  CHECK(answered.status == kNothingFound);
  CHECK(answered.out == R"({"balanced_memory":[[0,100]],"device_map":[["weight",0]],"unplaced":[]})"
                        "\n");
  const Ran refused = run(options, R"({"max_memory":{"0":Infinity},)" + graph + "\n");
  CHECK(refused.status == kNotAnalysed);
  CHECK(refused.err.find("neither a finite number nor a string") != std::string::npos);
}

TEST_CASE("modes and releases side by side") {
  MapOptions options = on_decoder("0=2850,1=10000,cpu=1MiB");
  options.no_split = "";
  options.compare = "auto,sequential,balanced_low_0";
  const Ran modes = run(options);
  CHECK(modes.status == kFindings);
  test::check_golden("placement/compare_modes.txt", modes.out);
  options.compare = "accelerate=1.1.1,accelerate=1.15.0,transformers=4.57.6";
  test::check_golden("placement/compare_releases.txt", run(options).out);
  options.output.format = "json";
  test::check_golden("placement/compare.json", run(options).out);
  options = on_decoder("");
  options.compare = "auto,sequential,transformers=5.12.0";
  test::check_golden("placement/compare_witness.txt", run(options).out);
  options.compare = "fast";
  CHECK(run(options).err ==
        "ckptlint: `--compare`: `fast` is no mode, and neither accelerate=VERSION nor transformers=VERSION\n");
}

TEST_CASE("wrong usage is one sentence") {
  MapOptions nothing;
  CHECK(run(nothing).status == kNotAnalysed);
  CHECK(run(nothing).err == "ckptlint: `map` takes one PATH, or --graph\n");
  CHECK(run(on_decoder("0=6TB")).status == kNotAnalysed);
  CHECK(run(on_decoder("0=6GB", "xml")).err ==
        "ckptlint: `map` has no format `xml`; it has text, json, python, svg and html, and jsonl with --cases\n");
  MapOptions suggest = on_decoder("");
  suggest.suggest = true;
  CHECK(run(suggest).err == "ckptlint: `map --suggest` needs --max-memory: the devices to fill\n");
  MapOptions absent;
  absent.cases = test::fixture_path("placement/absent.jsonl");
  CHECK(run(absent).status == kNotAnalysed);
}

}  // namespace ckptlint
