// Code that a model repo brings along: what of it cannot be known is said, and what the code itself refuses is its
// error.
#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "graph/build.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

struct Answer {
  std::string failure;  // the error of the model's own code, or why there is no answer
  std::vector<std::string> modules;
  std::vector<std::string> partial;
  std::vector<std::string> absent;
  std::vector<std::string> demanded;
};

struct Options {
  std::string torch{};
  std::vector<std::string> assume{};
  std::map<std::string, std::string> files{};     // beside modeling.py
  std::map<std::string, std::string> packages{};  // a source beside transformers
  std::vector<SourceTree> sources{};              // others beside it
};

constexpr const char* kConfig = R"({
  "model_type": "mine", "architectures": ["Mine"],
  "auto_map": {"AutoConfig": "modeling.MineConfig", "AutoModel": "modeling.Mine"}})";
constexpr const char* kHead = R"(
import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

class MineConfig(PretrainedConfig):
    model_type = "mine"
)";

// The graph of a repo whose modeling.py is `code`, which defines Mine.
Answer answer_to(const std::string& code, const Options& options = {}) {
  Result<std::vector<SourceTree>> sources =
      open_source(CKPTLINT_THIRD_PARTY_DIR "/transformers-5.23.0-py3-none-any.whl");
  REQUIRE(sources);
  std::map<std::string, std::string> files = options.files;
  files["config.json"] = kConfig;
  files["modeling.py"] = kHead + code;
  GraphRequest request;
  request.repo = in_memory_tree(files);
  request.sources = *sources;
  if (!options.packages.empty()) request.sources.push_back({in_memory_tree(options.packages), "", "", false, false});
  request.sources.insert(request.sources.end(), options.sources.begin(), options.sources.end());
  request.torch = options.torch;
  request.assume = options.assume;
  const Result<BuiltGraph> built = build_graph(request);
  Answer answer;
  if (!built) {
    answer.failure = built.error().message;
    return answer;
  }
  if (built->failure) answer.failure = built->failure->what;
  for (const Module& module : built->graph.modules) answer.modules.push_back(module.name);
  for (const Partial& part : built->graph.partial) answer.partial.push_back(part.what);
  answer.absent = built->absent_packages;
  answer.demanded = built->demanded_packages;
  return answer;
}

// A Mine whose constructor is `body`, eight spaces in.
std::string with_body(const std::string& imports, const std::string& body) {
  return imports + R"(
class Mine(PreTrainedModel):
    config_class = MineConfig

    def __init__(self, config):
        super().__init__(config)
)" + body;
}

using Lines = std::vector<std::string>;

TEST_CASE("what a class of an absent package makes may be a module") {
  const std::string code = with_body("from mamba_ssm import Mamba\n", R"(
        self.mixer = Mamba(16)
        self.head = nn.Linear(2, 2)
)");
  const Answer answer = answer_to(code);
  CHECK(answer.failure.empty());
  CHECK(answer.partial == Lines{"the attribute mixer of a Mine is mamba_ssm.Mamba"});
  CHECK(answer.absent.empty());
  CHECK(answer.demanded == Lines{"mamba_ssm"});
}

TEST_CASE("a class with a base of an absent package may have modules that nobody sees") {
  const std::string code = with_body("import fancy\n\nclass Block(fancy.Base):\n    pass\n", R"(
        self.block = Block()
)");
  const Answer answer = answer_to(code);
  CHECK(answer.failure.empty());
  REQUIRE(answer.partial.size() == 1);
  CHECK(answer.partial[0] == "the attribute block of a Mine is Block");
}

TEST_CASE("unknown code that is given a module may change it") {
  const Answer answer = answer_to(with_body("import lora\n", R"(
        self.head = nn.Linear(2, 2)
        lora.wrap(self.head)
)"));
  CHECK(answer.failure.empty());
  CHECK(answer.partial == Lines{"a Linear is given to lora.wrap, which is not known"});
}

TEST_CASE("functions of absent packages, kept for the forward pass, are no modules") {
  const Answer answer = answer_to(with_body("from flash_attn import flash_attn_func\nimport einops\n", R"(
        self.attention = flash_attn_func
        self.rearrange = einops.rearrange
)"));
  CHECK(answer.failure.empty());
  CHECK(answer.partial.empty());
}

TEST_CASE("a compiled module of a package that is given is there, and nothing is known of it") {
  Options options;
  options.packages = {{"quick/__init__.py", "from quick import core\nfrom quick.plain import Head\n"},
                      {"quick/plain.py", "from torch import nn\n\nclass Head(nn.Linear):\n    pass\n"},
                      {"quick/core.cpython-311-x86_64-linux-gnu.so", "\x7f"}};
  const Answer answer = answer_to(with_body("import quick\n", R"(
        self.head = quick.Head(2, 2)
        self.block = quick.core.Block()
)"),
                                  options);
  CHECK(answer.failure.empty());
  CHECK(answer.modules == Lines{"", "head"});
  CHECK(answer.partial == Lines{"the attribute block of a Mine is quick.core.Block"});
  options.packages.erase("quick/core.cpython-311-x86_64-linux-gnu.so");
  CHECK(
      answer_to(with_body("import quick\n", "        self.head = quick.Head(2, 2)\n"), options).failure ==
      "ImportError: cannot import name 'core' from partially initialized module 'quick' (most likely due to a circular "
      "import)");
}

TEST_CASE("a source may be a plain module, or a namespace package") {
  const test::ScratchFolder folder;
  folder.write("plain/heads.py", "from torch import nn\n\nclass Head(nn.Linear):\n    pass\n");
  folder.write("names/space/blocks.py", "from torch import nn\n\nclass Block(nn.Linear):\n    pass\n");
  folder.write("empty/README", "");
  Options options;
  for (const char* name : {"plain", "names"}) {
    const Result<std::vector<SourceTree>> opened = open_source(folder.path(name));
    REQUIRE(opened);
    options.sources.insert(options.sources.end(), opened->begin(), opened->end());
  }
  const Answer answer = answer_to(with_body("import heads\nfrom space import blocks\n", R"(
        self.head = heads.Head(2, 2)
        self.block = blocks.Block(2, 2)
)"),
                                  options);
  CHECK(answer.failure.empty());
  CHECK(answer.partial.empty());
  CHECK(answer.modules == Lines{"", "head", "block"});
  CHECK_FALSE(open_source(folder.path("empty")));
}

TEST_CASE("--assume makes a package that the code insists on present") {
  const std::string code = with_body(R"(
try:
    import einops
except ImportError:
    einops = None
)",
                                     R"(
        if einops is None:
            raise RuntimeError("einops is needed")
)");
  CHECK(answer_to(code).failure == "RuntimeError: einops is needed");
  CHECK(answer_to(code).absent == Lines{"einops"});
  CHECK(answer_to(code, {.assume = {"einops"}}).failure.empty());
}

TEST_CASE("--torch is the version that the code sees") {
  const std::string code = with_body("from packaging import version\n", R"(
        if version.parse(torch.__version__) >= version.parse("2.5"):
            self.new = nn.Identity()
        else:
            self.old = nn.Identity()
)");
  CHECK(answer_to(code).modules == Lines{"", "new"});
  CHECK(answer_to(code, {.torch = "2.4.1+cpu"}).modules == Lines{"", "old"});
  CHECK(answer_to(code, {.torch = "two"}).failure == "`two` is not a version of torch");
}

TEST_CASE("a property that raises AttributeError hands over to the module's __getattr__") {
  const Answer answer = answer_to(with_body("", R"(
        self.kind

    @property
    def kind(self):
        return self.inner.kind
)"));
  CHECK(answer.failure == "AttributeError: 'Mine' object has no attribute 'kind'");
}

TEST_CASE("a file that the repo lacks is no absent package") {
  const Answer answer = answer_to(with_body("from .layers import Block\n", R"(
        self.block = Block()
)"));
  CHECK(answer.failure == "FileNotFoundError: [Errno 2] No such file or directory: 'repo/layers.py'");
  // The library copies the files that relative imports name before any of them is run.
  const Answer guarded = answer_to(with_body(R"(
try:
    from .kernels import fast
except ImportError:
    fast = None
)",
                                             "        self.fast = fast\n"));
  CHECK(guarded.failure == "FileNotFoundError: [Errno 2] No such file or directory: 'repo/kernels.py'");
}

TEST_CASE("a file of the repo that fails to import fails again") {
  const std::string code = with_body(R"(
try:
    from .broken import x
except ImportError:
    pass
from .broken import y
)",
                                     "        pass\n");
  CHECK(answer_to(code, {.files = {{"broken.py", "x = 1\nraise ImportError('no')\ny = 2\n"}}}).failure ==
        "ImportError: no");
}

TEST_CASE("sets of names are walked as under PYTHONHASHSEED=0") {
  const Answer answer = answer_to(with_body("", R"(
        for kind in set(["sliding_attention", "full_attention", "linear_attention"]):
            self.add_module(kind, nn.Identity())
)"));
  CHECK(answer.modules == Lines{"", "linear_attention", "full_attention", "sliding_attention"});
}

}  // namespace
}  // namespace ckptlint
