// What the evaluator answers to the programs of a file, a line each: "full", or "partial: " and what is not known; a
// tab; the answer.
//
//     program_answers PRELUDE PROGRAMS > PROGRAMS.answers       (random_programs.py says what for)
#include <fstream>
#include <iostream>
#include <iterator>

#include "library/blocks.h"

namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "program_answers PRELUDE PROGRAMS\n";
    return 2;
  }
  const std::string prelude = text_of(arguments[1]);
  for (const ckptlint::python::ProgramBlock& block : ckptlint::python::blocks_of(text_of(arguments[2]))) {
    std::string unknown;
    const std::string answer = ckptlint::python::answer_to(prelude + block.program, &unknown);
    std::cout << (unknown.empty() ? "full" : "partial: " + ckptlint::python::escaped_lines(unknown)) << "\t" << answer
              << "\n";
  }
}
