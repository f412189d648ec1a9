// `check --jobs`: models are checked at the same time, and nothing that is printed or written shows it.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"
#include "commands/check.h"
#include "golden.h"
#include "model_repo.h"

namespace ckptlint {
namespace {

namespace fs = std::filesystem;
using test::ModelRepo;

struct Run {
  int status = 0;
  std::string out;
  std::string err;
  friend bool operator==(const Run&, const Run&) = default;
};

Run run(CheckOptions options, int jobs) {
  options.output.jobs = jobs;
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_check(options, out, err);
  return {status, out.str(), err.str()};
}

// Models with findings of several rules, among them paths at which there is nothing, and one repo twice.
class Models {
 public:
  Models() {
    for (const char* folder : {"models/granite-switch-like", "rules/mismatched-shapes/bad_width",
                               "rules/token-out-of-range/bad_pad_token", "models/granite-switch-like"})
      repos_.push_back(std::make_unique<ModelRepo>(folder));
    options_.model.sources = {test::transformers_wheel()};
    options_.placement.max_memory = "0=16KiB,1=16KiB";
    options_.model.paths.emplace_back("nowhere");
    for (const auto& repo : repos_) options_.model.paths.push_back(repo->path());
    options_.model.paths.emplace_back("nowhere-else");
    options_.model.paths.push_back(repos_.front()->path());
  }

  const CheckOptions& options() const { return options_; }
  const std::vector<std::unique_ptr<ModelRepo>>& repos() const { return repos_; }

 private:
  std::vector<std::unique_ptr<ModelRepo>> repos_;
  CheckOptions options_;
};

TEST_CASE("Any number of jobs gives the same bytes, in the order of the paths") {
  const Models models;
  for (const char* format : {"text", "json", "sarif", "github"}) {
    INFO(format);
    CheckOptions options = models.options();
    options.output.format = format;
    const Run one = run(options, 1);
    CHECK(one.status == kNotAnalysed);
    CHECK(one.err.find("nowhere") < one.err.find("nowhere-else"));
    CHECK(one.out.find("unplaceable-top-level-tensor") != std::string::npos);
    CHECK(run(options, 4) == one);
  }
  CheckOptions options = models.options();
  options.unsafe_fixes = true;
  options.diff = true;
  const Run one = run(options, 1);
  CHECK(one.out.find("+++ ") != std::string::npos);
  CHECK(run(options, 4) == one);
  CHECK(run(options, 0) == one);
}

TEST_CASE("Options that one of the models gives no sense end all in the same words") {
  const Models models;
  CheckOptions options = models.options();
  options.placement.max_memory = "0=lots";
  const Run one = run(options, 1);
  CHECK(one.status == kNotAnalysed);
  CHECK(one.out.empty());
  CHECK(run(options, 4) == one);
}

// "REPO0" and so on for the folders, which differ from one set of models to the next.
std::string without_paths(const Models& models, std::string text) {
  std::size_t number = 0;
  for (const auto& repo : models.repos()) {
    const std::string name = "REPO" + std::to_string(number++);
    for (std::size_t at = text.find(repo->path()); at != std::string::npos; at = text.find(repo->path(), at))
      text.replace(at, repo->path().size(), name);
  }
  return text;
}

std::string texts_of(const Models& models) {
  std::string all;
  for (const auto& repo : models.repos()) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(repo->path())) {
      if (entry.is_regular_file()) paths.push_back(fs::relative(entry.path(), repo->path()));
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) all += path.string() + "\n" + repo->text(path.string()) + "\n";
  }
  return all;
}

TEST_CASE("Fixes are written as if there were one job, though two paths lie in one repo") {
  const Models alone;
  const Models together;
  CheckOptions options = alone.options();
  options.fix = options.unsafe_fixes = true;
  const Run one = run(options, 1);
  CHECK(one.err.find("fixed ") != std::string::npos);
  options.model.paths = together.options().model.paths;
  const Run four = run(options, 4);
  CHECK(four.status == one.status);
  CHECK(without_paths(together, four.out) == without_paths(alone, one.out));
  CHECK(without_paths(together, four.err) == without_paths(alone, one.err));
  CHECK(texts_of(together) == texts_of(alone));
}

#ifdef __linux__
// Whether a thread of this process runs. One that has been joined may be listed for a while: the kernel wakes who joins
// before it takes the thread off the list, and after it has marked it as ending (PF_EXITING in proc(5)'s `flags`).
bool runs(const fs::path& task) {
  constexpr unsigned kEnding = 0x4;
  std::ifstream file(task / "stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  std::istringstream fields(line.substr(line.rfind(')') + 1));  // the name before it may hold anything
  std::string state;
  std::string skipped;
  unsigned flags = 0;
  fields >> state;
  for (int before_flags = 0; before_flags < 5; ++before_flags) fields >> skipped;
  return fields >> flags && (flags & kEnding) == 0;
}

// The most threads that this process had while `options` were checked, beyond the two that look and wait.
std::size_t most_threads(const CheckOptions& options, int jobs) {
  std::atomic<bool> done = false;
  std::size_t most = 0;
  std::jthread looking([&] {
    while (!done) {
      std::error_code gone;  // a thread may end while it is listed
      std::size_t count = 0;
      for (fs::directory_iterator at("/proc/self/task", gone), end; !gone && at != end; at.increment(gone))
        count += runs(at->path()) ? 1 : 0;
      most = std::max(most, count);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  run(options, jobs);
  done = true;
  looking.join();
  return most - 2;
}

TEST_CASE("As many models as there are jobs are in flight at once") {
  const Models models;
  CheckOptions options = models.options();
  options.model.paths = {models.repos().front()->path()};
  const std::size_t alone = most_threads(options, 1);
  options.model.paths.resize(6, models.repos().front()->path());
  CHECK(most_threads(options, 1) == alone);
  CHECK(most_threads(options, 4) >= 4 * (alone + 1));
}
#endif

}  // namespace
}  // namespace ckptlint
