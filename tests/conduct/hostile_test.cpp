// Code that tries to keep the walk busy, or to end it: each is answered soon, and what stands beside it is found, or it
// is said that a limit was reached.
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "catch.h"
#include "conduct/conduct.h"

namespace ckptlint {
namespace {

std::string repeated(std::size_t times, const std::function<std::string(std::size_t)>& line) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += line(i);
  return text;
}

std::string repeated(std::size_t times, const std::string& line) {
  return repeated(times, [&](std::size_t) { return line; });
}

const std::vector<std::pair<std::string, std::string>>& bombs() {
  static const std::vector<std::pair<std::string, std::string>> kBombs = {
      {"lists in lists", "x = [1]\n" + repeated(20000, "x = [x, x]\n")},
      {"lists of what is not known", "x = [input()]\n" + repeated(20000, "x = [x, x, input()]\n")},
      {"dicts in dicts", "x = {1: input()}\n" + repeated(20000, "x = {1: x, 2: x}\n")},
      {"partials of partials", "import functools\nx = print\n" + repeated(5000, "x = functools.partial(x, x)\n")},
      {"modules of modules", "import torch\nx = torch\n" + repeated(5000, "x = torch.nn.ModuleList([x, x])\n")},
      {"a text that doubles", "x = 'xxxxxxxx'\n" + repeated(80, "x = x + x\n")},
      {"a text that is multiplied", "x = 'x' * 10 ** 12\n"},
      {"a number that is raised", "x = 10 ** 10 ** 10\ngetattr(torch, str(x))\n"},
      {"texts that run texts", "x = 'pass'\n" + repeated(200, "x = 'exec(' + repr(x) + ')'\nexec(x)\n")},
      {"a long text that is run often", "x = 'y = 1\\n' * 100000\n" + repeated(300, "exec(x)\n")},
      {"a text that runs itself", "x = 'exec(x)'\nexec(x)\n"},
      {"a loop without an end", "x = ''\nwhile True:\n    x += 'x'\nexec(x)\n"},
      {"a text that grows without an end", "x = 'x'\nwhile True:\n    x += x + 'x'\ngetattr(os, x)()\nexec(x)\n"},
      {"a list that grows without an end", "x = []\nwhile True:\n    x.append([1] * 1000)\nexec(x[0])\n"},
      {"a comprehension without an end", "import itertools\nx = [i for i in itertools.count()]\n"},
      {"a long comprehension", "x = [[i * j for i in range(10 ** 9)] for j in range(10 ** 9)]\n"},
      {"a function that calls itself", "def f(x):\n    return f(x + 'x')\n\n\nf('x')\n"},
      {"functions that hand themselves on", "def f(*x):\n    return f(f, x, f)\n\n\nf(f)\n"},
      {"classes in a circle", "class A:\n    pass\n\n\nclass B(A):\n    pass\n\n\nclass A(B):\n    pass\n\n\nA().x\n"},
      {"many branches", repeated(20000, "if input():\n    x = input()\nelse:\n    x = []\n")},
      {"many calls", "def f(x):\n    return x\n\n\n" + repeated(50000, "f(f)\n")},
      {"many functions", repeated(20000,
                                  [](std::size_t i) {
                                    return "def f" + std::to_string(i) + "(x):\n    return f" + std::to_string(i + 1) +
                                           "(x)\n\n\n";
                                  })},
      {"many classes", "class C0:\n    pass\n\n\n" + repeated(5000,
                                                              [](std::size_t i) {
                                                                const std::string before = std::to_string(i);
                                                                return "class C" + std::to_string(i + 1) + "(C" +
                                                                       before + "):\n    x = C" + before + "()\n\n\n";
                                                              })},
      {"a long chain of attributes", "x" + repeated(50000, ".a") + "()\n"},
      {"brackets in brackets", std::string(50000, '(') + std::string(50000, ')') + "\n"},
      {"additions", "x = 1" + repeated(50000, " + 1") + "\n"},
      {"texts that are not known", "x = input()\n" + repeated(5000, "x = x + 'x' + x\n") + "exec(x)\n"},
      {"lambdas in lambdas", "x = " + repeated(2000, "lambda: ") + "1\n"},
      {"functions in functions", repeated(90, [](std::size_t i) { return std::string(i, ' ') + "def f():\n"; }) +
                                     std::string(90, ' ') + "pass\n"},
      {"names that are not known", "import os\n" + repeated(20000, "getattr(os, input())()\n")},
      {"imports in a circle", "from . import modeling_x\nfrom .modeling_x import *\nmodeling_x.modeling_x.x\n"},
  };
  return kBombs;
}

TEST_CASE("No code keeps the walk from its end") {
  for (const auto& [name, text] : bombs()) {
    INFO(name);
    const std::clock_t start = std::clock();
    SourceFiles sources;
    const Known<Conduct> conduct =
        conduct_of(in_memory_tree({{"config.json", R"({"auto_map": {"AutoModel": "modeling_x.XModel"}})"},
                                   {"modeling_x.py", "import os\nos.system('id')\n" + text}}),
                   "", sources);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    CHECK(seconds < 10);
    if (seconds > 1) WARN(name << ": " << seconds << " s");
    REQUIRE(conduct);
    if (conduct->deeds.empty()) {
      CHECK(conduct->left_out == "`modeling_x.py` cannot be read as Python");  // of what is nested too deeply
      continue;
    }
    CHECK(conduct->deeds.front().name == "os.system");
  }
}

}  // namespace
}  // namespace ckptlint
