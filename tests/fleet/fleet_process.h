// `ckptlint check --stdin` as a process whose streams and children a test has in hand.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.h"

namespace ckptlint::test {

// Whether `is_so()` becomes true in good time.
template <typename Condition>
bool soon(const Condition& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

inline bool is_alive(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(in, text);
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

class FleetProcess {
 public:
  // In fixtures/, with no Python environment from which the library would come.
  explicit FleetProcess(const std::vector<std::string>& options = {}) {
    std::array<int, 2> in{}, out{};
    REQUIRE(pipe2(in.data(), O_CLOEXEC) == 0);
    REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
    std::vector<std::string> words = {CKPTLINT_PROGRAM, "check", "--stdin"};
    words.insert(words.end(), options.begin(), options.end());
    process_ = fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      char* none = nullptr;
      if (chdir(CKPTLINT_FIXTURES_DIR) == 0) execve(CKPTLINT_PROGRAM, arguments.data(), &none);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  FleetProcess(const FleetProcess&) = delete;
  FleetProcess& operator=(const FleetProcess&) = delete;
  ~FleetProcess() {
    end_input();
    end_output();
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
  }

  pid_t process() const { return process_; }
  void write(const std::string& text) const {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t size = ::write(in_, text.data() + at, text.size() - at);
      REQUIRE(size > 0);
      at += static_cast<std::size_t>(size);
    }
  }
  void end_input() {
    if (in_ >= 0) close(in_);
    in_ = -1;
  }
  void end_output() {
    if (out_ >= 0) close(out_);
    out_ = -1;
  }

  // The next line, waited for; nothing at the end.
  std::optional<nlohmann::json> answer() {
    std::size_t end;
    while ((end = kept_.find('\n')) == std::string::npos) {
      std::array<char, 1 << 16> block;
      pollfd polled{out_, POLLIN, 0};
      REQUIRE(poll(&polled, 1, 120'000) == 1);
      const ssize_t size = read(out_, block.data(), block.size());
      REQUIRE(size >= 0);
      if (size == 0) {
        CHECK(kept_.empty());
        return std::nullopt;
      }
      kept_.append(block.data(), static_cast<std::size_t>(size));
    }
    nlohmann::json answer = nlohmann::json::parse(kept_.substr(0, end));
    kept_.erase(0, end + 1);
    return answer;
  }
  std::vector<nlohmann::json> answers() {
    std::vector<nlohmann::json> all;
    while (auto next = answer()) all.push_back(std::move(*next));
    return all;
  }
  std::vector<nlohmann::json> answers_to(const std::string& text) {
    write(text);
    end_input();
    return answers();
  }

  // The processes that check items now.
  std::vector<pid_t> children() const {
    const std::string number = std::to_string(process_);
    std::ifstream in("/proc/" + number + "/task/" + number + "/children");
    std::vector<pid_t> all;
    for (pid_t child; in >> child;) all.push_back(child);
    return all;
  }
  // The first that there is, waited for.
  pid_t child() const {
    std::vector<pid_t> found;
    REQUIRE(soon([&] { return !(found = children()).empty(); }));
    return found.front();
  }

  // Of the whole process, waited for.
  int exit_status() {
    int status = 0;
    REQUIRE(waitpid(process_, &status, 0) == process_);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t process_ = -1;
  int in_ = -1, out_ = -1;
  std::string kept_;
};

}  // namespace ckptlint::test
