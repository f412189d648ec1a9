// Code that would hang, exhaust or break a Python: it ends in one sentence, inside the budgets.
#include <chrono>
#include <string>

#include "catch.h"
#include "graph/build.h"

namespace ckptlint {
namespace {

struct Answer {
  std::string sentence;
  double seconds = 0;
};

// What comes of a repo whose modeling.py is `code`; "built" where it builds after all.
Answer answer_to(const std::string& code) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-5.23.0-py3-none-any.whl");
  REQUIRE(sources);
  GraphRequest request;
  request.repo = in_memory_tree({{"config.json", R"({"model_type": "mine", "architectures": ["Mine"], "auto_map": {
                                    "AutoConfig": "modeling.MineConfig", "AutoModel": "modeling.Mine"}})"},
                                 {"modeling.py", code}});
  request.sources = *sources;
  request.steps = 20'000'000;  // a tenth of what users get: an endless loop ends like any other
  const auto started = std::chrono::steady_clock::now();
  const Result<BuiltGraph> built = build_graph(request);
  Answer answer;
  answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  answer.sentence = !built ? built.error().message : built->failure ? built->failure->what : "built";
  return answer;
}

// The body of the constructor, eight spaces in.
std::string with_body(const std::string& body) {
  return R"(
import re
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

class MineConfig(PretrainedConfig):
    model_type = "mine"

class Mine(PreTrainedModel):
    config_class = MineConfig

    def __init__(self, config):
        super().__init__(config)
)" + body;
}

bool mentions(const std::string& sentence, const std::string& what) { return sentence.find(what) != std::string::npos; }

// The evaluator's own budget is 60 s, for slow machines; what sanitizers add is no matter of the code.
#ifdef __SANITIZE_ADDRESS__
constexpr double kMostSeconds = 300;
#else
constexpr double kMostSeconds = 75;
#endif

TEST_CASE("loops and recursion without an end") {
  for (const char* body : {
           "        while True:\n            pass\n",
           "        x = 0\n        while True:\n            x += 1\n",
           "        for i in range(10 ** 18):\n            pass\n",
           "        import itertools\n        for i in itertools.count():\n            pass\n",
           "        x = [0]\n        for i in x:\n            x.append(i)\n",
           "        def f(n):\n            return f(n - 1) + f(n - 2)\n        f(10 ** 9)\n",
           "        f = lambda: f()\n        f()\n",
       }) {
    INFO(body);
    const Answer answer = answer_to(with_body(body));
    const bool refused = mentions(answer.sentence, "than the limit allows") || mentions(answer.sentence, "Recursion");
    INFO(answer.sentence);
    CHECK(refused);
    CHECK(answer.seconds < kMostSeconds);
  }
}

TEST_CASE("values larger than any machine") {
  for (const char* body : {
           "        self.x = 10 ** 10 ** 10\n",
           "        self.x = 1 << (1 << 60)\n",
           "        self.x = 'a' * 10 ** 12\n",
           "        self.x = [0] * 10 ** 12\n",
           "        self.x = list(range(10 ** 15))\n",
           "        self.x = '{:>1000000000000}'.format(1)\n",
           "        self.x = '%1000000000d' % 1\n",
           "        x = 'ab'\n        for i in range(100):\n            x += x\n",
           "        x = [1]\n        for i in range(100):\n            x = [x, x]\n        self.x = str(x)\n",
           "        x = ()\n        for i in range(10 ** 5):\n            x = (x,)\n        self.x = {x: 1}\n",
           "        import torch\n        self.x = nn.Parameter(torch.zeros(*([2 ** 20] * 60)))\n",
       }) {
    INFO(body);
    const Answer answer = answer_to(with_body(body));
    INFO(answer.sentence);
    CHECK(answer.seconds < kMostSeconds);
    CHECK_FALSE(answer.sentence.empty());
  }
}

TEST_CASE("a disk that is filled") {
  const auto made = [](const std::string& line) { return "        import os, pathlib\n" + line; };
  const Answer too_long = answer_to(with_body(made("        os.makedirs('/' + 'a/' * 200000)\n")));
  INFO(too_long.sentence);
  CHECK(mentions(too_long.sentence, "File name too long"));
  CHECK(too_long.seconds < kMostSeconds);
  for (
      const char* body : {
          "        for i in range(10 ** 9):\n            os.makedirs('/%d/' % i + 'a/' * 2000)\n",
          "        for i in range(10 ** 9):\n            os.mkdir('/' + 'a' * 200 + str(i))\n",
          "        for i in range(10 ** 9):\n            pathlib.Path('/x%d' % i).touch()\n",
          "        x = b'a' * 10 ** 8\n        for i in range(10 ** 9):\n            pathlib.Path('/x%d' % i).write_bytes(x)\n",
          "        for i in range(10 ** 4):\n            os.mkdir('/x%d' % i)\n"
          "        while True:\n            os.listdir('/')\n",
      }) {
    INFO(body);
    const Answer answer = answer_to(with_body(made(body)));
    INFO(answer.sentence);
    CHECK(mentions(answer.sentence, "than the limit allows"));
    CHECK(answer.seconds < kMostSeconds);
  }
}

TEST_CASE("regular expressions that try everything") {
  const Answer answer = answer_to(with_body("        self.x = re.match(r'(a+)+$', 'a' * 64 + 'b') is None\n"));
  CHECK(answer.seconds < kMostSeconds);
  CHECK_FALSE(answer.sentence.empty());
}

TEST_CASE("classes that answer for themselves") {
  const char* tricks[] = {
      "class Meta(type):\n    def __call__(cls, *a, **k):\n        return cls(*a, **k)\nclass A(metaclass=Meta):\n    "
      "pass\nA()\n",
      "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nA().y\n",
      "class A:\n    def __eq__(self, other):\n        return self == other\nA() == A()\n",
      "class A:\n    def __hash__(self):\n        return hash(self)\n{A(): 1}\n",
      "class A:\n    def __iter__(self):\n        return iter(self)\nlist(A())\n",
      "class A:\n    def __len__(self):\n        return -1\nlen(A())\n",
      "class A:\n    __slots__ = property(lambda self: self.__slots__)\nA().__slots__\n",
  };
  for (const char* trick : tricks) {
    INFO(trick);
    const Answer answer = answer_to(std::string(trick) + with_body("        pass\n"));
    INFO(answer.sentence);
    CHECK(answer.seconds < kMostSeconds);
  }
}

// Objects whose insides are attributes, made without them or with others in their place.
TEST_CASE("objects that are not whole") {
  for (
      const char* trick : {
          "import random, copy\nfor x in [copy.deepcopy(random.Random(3)) for _ in range(300)]:\n    x.random()\n",
          "import random\nr = random.Random(3)\nr._twister[624] = -1\nr._twister[0] = 1 << 62\nr.random()\n",
          "import random\nr = random.Random(3)\nr._twister[624] = 'x'\nr.random()\n",
          "import random\nr = random.Random(3)\nr._twister.clear()\nr.random()\n",
          "import contextlib, copy\n@contextlib.contextmanager\ndef g(): yield 1\nwith copy.deepcopy(g()): pass\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\nwith object.__new__(type(g())): pass\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\nc = g()\nc.gen = 5\nwith c: pass\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\nc = g()\nc.func = c.args = 5\nc(g)()\n",
          "import contextlib\n@contextlib.contextmanager\ndef g():\n    for x in It(): pass\n    yield 1\n"
          "class It:\n    def __iter__(self): return self\n    def __next__(self):\n"
          "        try: c.__exit__(ValueError, ValueError(), None)\n        except Exception: pass\n"
          "        raise StopIteration\nc = g()\nc.__enter__()\n",
          "class O: pass\nx = O()\nfrom torch import nn\nx.__class__ = nn.Linear\nx.weight = nn.Linear(2, 2).weight\nrepr(x)\n",
          "eval(object.__new__(type(compile('1', 'x', 'eval'))))\n",
          "c = compile('1', 'x', 'eval')\nfor k in list(vars(c)): setattr(c, k, 5)\neval(c)\n",
          "c = compile('1', 'x', 'eval')\nvars(c).clear()\neval(c)\n",
          "object.__new__(complex) + 1\n",
          "z = complex(1, 2)\ndel z.real\nz + 1\n",
          "z = complex(1, 2)\nz.real = 'x'\nz + 1\n",
          "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): pass\n"
          "del A.__abstractmethods__\nA()\n",
          "import abc, random\nx = random.random()\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): pass\n"
          "A.__abstractmethods__ = x\nA()\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\ntype(g()).__enter__()\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\ntype(g()).__exit__()\n",
          "import contextlib\n@contextlib.contextmanager\ndef g(): yield 1\ntype(g()).__call__(5, g)()\n",
          "from torch import nn\nclass M(dict, nn.Module): pass\nm = M()\nm.register_buffer('x', None)\nm.y = nn.Linear(2, 2)\nrepr(m)\n",
          "from torch import nn\nclass M(dict): pass\nm = M()\nnn.Module.register_buffer(m, 'x', None)\n",
          "def g(): yield 1\ntype(g()).__next__()\n",
          "def g(): yield 1\ntype(g()).send()\n",
          "import hashlib\ntype(hashlib.sha256()).hexdigest()\n",
          "import ast\nast.Import = 3\nast.parse('import x')\n",
          "import ast\ndel ast.If\nast.parse('if a:\\n  import x')\n",
          "import hashlib\ntype(hashlib.sha256()).update(5, b'x')\n",
          "import hashlib\ntype(hashlib.sha256()).hexdigest(5)\n",
          "import hashlib\nobject.__new__(type(hashlib.sha256())).update(b'x')\n",
          "def g(): yield 1\ng().throw(5)\n",
          "def g(): yield 1\nobject.__new__(type(g())).send(1)\n",
          "def g(): yield 1\nnext(object.__new__(type(g())))\n",
          "def g(): yield 1\nobject.__new__(type(g())).throw(ValueError)\n",
          "h = (y for x in [1, 2] for y in h)\nlist(h)\n",
      }) {
    INFO(trick);
    const Answer answer = answer_to(trick + with_body("        pass\n"));
    INFO(answer.sentence);
    CHECK(answer.sentence.size() < 500);
    CHECK(answer.seconds < 10);
  }
}

TEST_CASE("text that is no program") {
  const std::string programs[] = {
      std::string("x = '\xff\xfe'\n\xc3\x28 = 1\n"),
      std::string("x = 1\0y = 2\n", 12),
      std::string(200000, '('),
      std::string(200000, '[') + std::string(200000, ']'),
      "x = " + std::string(100000, '-') + "1\n",
      "x = 1" +
          [] {
            std::string sum;
            for (int i = 0; i < 50000; ++i) sum += " + 1";
            return sum;
          }() +
          "\n",
      [] {
        std::string nested;
        for (int i = 0; i < 3000; ++i) nested += std::string(static_cast<std::size_t>(i), ' ') + "if True:\n";
        return nested + std::string(3000, ' ') + "pass\n";
      }(),
      "f'" + std::string(5000, '{') + "1" + std::string(5000, '}') + "'\n",
  };
  for (const std::string& program : programs) {
    INFO(program.substr(0, 40));
    const Answer answer = answer_to(program + with_body("        pass\n"));
    INFO(answer.sentence.substr(0, 200));
    CHECK(answer.seconds < kMostSeconds);
    CHECK(answer.sentence.size() < 2000);
  }
}

TEST_CASE("a file of a million lines") {
  std::string code;
  for (int i = 0; i < 1000000; ++i) code += "x = 1\n";
  const Answer answer = answer_to(code + with_body("        self.head = nn.Linear(2, 2)\n"));
  INFO(answer.sentence);
  CHECK(answer.seconds < kMostSeconds);
}

// Each statement asks for what those before it made of a name: what is looked through for that must not grow with them.
TEST_CASE("a file of 400,000 statements that rest on one another") {
  std::string same = "x = 0\n";
  std::string others = "x0 = 0\n";
  for (int i = 1; i <= 400000; ++i) same += "x = x + 1\n";
  for (int i = 1; i <= 400000; ++i) others += "if True: x" + std::to_string(i) + " = x" + std::to_string(i - 1) + "\n";
  for (const std::string& code : {same, others}) {
    const Answer answer = answer_to(code + with_body("        self.head = nn.Linear(2, 2)\n"));
    INFO(code.substr(0, 40));
    CHECK(answer.sentence == "built");
    CHECK(answer.seconds < kMostSeconds);
  }
}

}  // namespace
}  // namespace ckptlint
