// Sizes and budgets as accelerate reads them and as people write them.
#include "placement/budget_text.h"

#include <string>
#include <vector>

#include "catch.h"

namespace ckptlint {

TEST_CASE("sizes are read as accelerate reads them") {
  struct Row {
    const char* text;
    std::int64_t bytes;
  };
  const std::vector<Row> table = {
      {"1GiB", 1073741824}, {"1gib", 1073741824}, {"1Gib", 1073741824}, {"0.5MiB", 524288},
      {"2KiB", 2048},       {"1GB", 1000000000},  {"1Gb", 125000000},   {"1gB", 1000000000},
      {"1gb", 125000000},   {"8Mb", 1000000},     {"3KB", 3000},        {"3Kb", 375},
      {"1.9Kb", 237},       {" 1 KB", 1000},      {"1e3KB", 1000000},   {"1_000KB", 1000000},
      {"+2KB", 2000},       {".5KB", 500},        {"5.KB", 5000},       {"0GB", 0},
      {"-0.0KB", 0},        {"1e-400GB", 0},      {"0.0000001KB", 0},   {"1e10GiB", kMostBudget.in_eighths() / 8},
  };
  for (const Row& row : table) {
    INFO(row.text);
    const SizeText size = read_size(row.text);
    CHECK(size.problem == SizeProblem::kNone);
    CHECK(size.bytes == Bytes::whole(row.bytes));
  }
}

TEST_CASE("what accelerate does not read as a size") {
  for (const char* text : {"", "GB", "1TB", "1TiB", "1B", "12", "1 G B", "-1GB", "nanGB", "1__0GB", "_1GB", "1_GB",
                           "0x10GB", "1,5GB", "--1GB", "1e GB"}) {
    INFO(text);
    CHECK(read_size(text).problem == SizeProblem::kNotASize);
  }
  for (const char* text : {"infGB", "Infinity KiB", "-infMB", "1e400GB"}) {
    INFO(text);
    CHECK(read_size(text).problem == SizeProblem::kInfinite);
  }
}

TEST_CASE("budgets on the command line") {
  const auto budgets = parse_budgets("0=3GiB, cuda:1=500, cpu=16GB,disk=1KiB,mps=2");
  REQUIRE(budgets);
  CHECK(*budgets == std::vector<Budget>{{Device::accelerator(0), Bytes::whole(3221225472)},
                                        {Device::accelerator(1), Bytes::whole(500)},
                                        {Device::cpu(), Bytes::whole(16000000000)},
                                        {Device::disk(), Bytes::whole(1024)},
                                        {Device::mps(), Bytes::whole(2)}});
  for (const char* text : {"", "0", "0=", "=1GiB", "0=1GiB,", "0=1GiB,0=2GiB", "gpu=1GiB", "-1=1GiB",
                           "99999999999=1GiB", "0=1TB", "cuda:=1", "cuda:x=1", "0=1GiB;1=1GiB"}) {
    INFO(text);
    const auto refused = parse_budgets(text);
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().message.empty());
  }
}

TEST_CASE("sizes for people") {
  CHECK(human_size(Bytes::whole(0)) == "0 B");
  CHECK(human_size(Bytes::whole(640)) == "640 B");
  CHECK(human_size(Bytes::eighths(12)) == "1.5 B");
  CHECK(human_size(Bytes::whole(1024)) == "1 KiB");
  CHECK(human_size(Bytes::whole(6335076762)) == "5.9 GiB");
  CHECK(human_size(kMostBytes) == "1 PiB");
  CHECK(human_size(Bytes{} - Bytes::whole(2048)) == "-2 KiB");
}

}  // namespace ckptlint
