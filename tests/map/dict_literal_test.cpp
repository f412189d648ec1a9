// Device maps and budgets as people paste them.
#include "input/dict_literal.h"

#include <string>

#include "catch.h"
#include "input/placement_request.h"

namespace ckptlint {
namespace {

std::string read_back(const std::string& text) {
  const auto items = parse_dict_literal(text, "the map");
  if (!items.ok()) return items.error().message;
  std::string all;
  for (const auto& [key, value, quoted] : *items) all += key + "=" + value + ";";
  return all;
}

Result<PlacementRequest> asked(const std::string& map, const std::string& memory = "") {
  PlacementOptions options;
  options.device_map = map;
  options.max_memory = memory;
  return placement_request(options, "", {});
}

// The one device of a map for the whole model.
std::string device_of(const std::string& map) {
  const Result<PlacementRequest> request = asked(map);
  if (!request.ok()) return request.error().message;
  if (request->by_hand.size() != 1 || !request->by_hand[0].first.empty()) return "no map for the whole model";
  return name_of(request->by_hand[0].second);
}

}  // namespace

TEST_CASE("a dict is read as people paste it") {
  CHECK(read_back(R"({"model": 0, "lm_head": "cpu"})") == "model=0;lm_head=cpu;");
  CHECK(read_back("{'': 0}") == "=0;");
  CHECK(read_back("device_map = {\n  'a.b': 0,  # first\n  \"c\": torch.device('cuda', 1),\n"
                  "  'd': torch.device('cpu'),\n}") == "a.b=0;c=cuda:1;d=cpu;");
  CHECK(read_back("{0: '24GiB', 'cpu': 1000}") == "0=24GiB;cpu=1000;");
  CHECK(read_back("{'a': 0, 'b': 1, 'a': 2}") == "a=2;b=1;");
  CHECK(read_back("{}").empty());
}

TEST_CASE("what is no dict of constants is refused") {
  CHECK(read_back("{'a': 0").starts_with("the map is no dict of names and devices: "));
  CHECK(read_back("[0]") == "the map is no dict of names and devices");
  CHECK(read_back("{'a': None}").starts_with("the map gives `a` the value `None`"));
  CHECK(read_back("{'a': f()}").starts_with("the map gives `a` the value `f()`"));
  CHECK(read_back("{**a}").starts_with("the map: `**a` on line 1 is not a constant key"));
}

TEST_CASE("a device stands for a map of the whole model") {
  for (const char* form : {"0", "cuda", "cuda:0", "{'': 0}", "{\"\": \"cuda:0\"}", "{'': torch.device('cuda', 0)}"}) {
    INFO(form);
    CHECK(device_of(form) == "0");
  }
  CHECK(device_of("cuda:1") == "1");
  CHECK(device_of("xpu:3") == "3");
  CHECK(device_of("cpu") == "cpu");
  CHECK(device_of("{'': 'cpu'}") == "cpu");
  CHECK(device_of("mps") == "mps");
  CHECK(device_of("{'': 'disk'}") == "disk");
  CHECK_FALSE(asked("disk").ok());  // torch knows no such device, and so from_pretrained takes it in a map alone
  CHECK_FALSE(asked("-1").ok());
  CHECK_FALSE(asked("meta").ok());
  CHECK_FALSE(asked("cuda:-1").ok());
  CHECK_FALSE(asked("{'': -1}").ok());
}

TEST_CASE("modes, and budgets in every unit") {
  CHECK(asked("balanced_low_0")->mode == MapMode::kBalancedLow0);
  const auto budget = [](const std::string& memory) {
    const Result<PlacementRequest> request = asked("auto", memory);
    return request.ok() && !request->budgets.empty() ? request->budgets[0].bytes.in_eighths() / 8 : -1;
  };
  CHECK(budget("{0: 12}") == 12);
  CHECK(budget("0=12") == 12);
  CHECK(budget("{0: '1GiB', 'cpu': 5}") == std::int64_t{1} << 30);
  CHECK(budget("{0: \"1.5MiB\"}") == 3 << 19);
  CHECK(budget("{'0': '2KiB'}") == 2048);  // JSON has no other keys
  CHECK(budget("{0: '2GB'}") == 2'000'000'000);
  CHECK(budget("{0: '2MB'}") == 2'000'000);
  CHECK(budget("{0: '2KB'}") == 2000);
  CHECK(budget("{0: '8Gb'}") == 1'000'000'000);
  CHECK(budget("{0: '0GB'}") == 0);
  CHECK_FALSE(asked("auto", "{0: '1TB'}").ok());
  // No device is named, and what fits on none goes to disk.
  CHECK(asked("auto", "{}")->budgets == std::vector<Budget>{{Device::disk(), Bytes{}}});
  CHECK(asked("auto", "{'cuda:0': '2KiB'}").error().message ==
        "`--max-memory`: max_memory knows no device `cuda:0`: write 0");
  CHECK(asked("auto", "{0: '12'}").error().message ==
        "`--max-memory`: `12` in quotes is no size to accelerate, which asks for a unit");
}

}  // namespace ckptlint
