// Writes the random device-map cases, a line each, which tests/record/device_maps.py then asks the libraries:
//
//   random_cases > CASES.jsonl
#include "placement/random_cases.h"

#include <iostream>

int main() {
  for (std::uint64_t number = 0; number < ckptlint::test::kRandomCases; ++number)
    std::cout << ckptlint::test::RandomCase(number).json() << "\n";
  return std::cout.flush().good() ? 0 : 1;
}
