// What the evaluator answers to the programs of a file, a line each: "full" or "partial", a tab, the answer.
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
    bool partial = false;
    const std::string answer = ckptlint::python::answer_to(prelude + block.program, &partial);
    std::cout << (partial ? "partial" : "full") << "\t" << answer << "\n";
  }
}
