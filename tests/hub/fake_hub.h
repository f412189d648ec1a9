// A Hub that is not there: two servers on this machine, of which the second has the large files, and faults by script.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ckptlint::test {

// A file whose bytes behind `front` are zero, up to `size`.
struct FakeFile {
  FakeFile(const char* text) : FakeFile(std::string(text)) {}
  FakeFile(std::string text) : front(std::move(text)), size(front.size()) {}
  FakeFile(std::string text, std::uint64_t whole, bool large_file = true)
      : front(std::move(text)), size(whole), large(large_file) {}

  std::string front;
  std::uint64_t size = 0;
  bool large = false;  // served by the second server, behind a redirect
};

// What is answered instead of the truth.
struct Fault {
  int status = 0;  // 0: the true one
  std::map<std::string, std::string> headers{};
  std::optional<std::string> body{};
  int times = 1000000;               // then the truth
  bool reset = false;                // the connection ends before an answer
  std::optional<std::size_t> cut{};  // so many bytes of the body, and the connection ends
  bool ignores_range = false;
  bool silent = false;   // nothing is answered, and the connection stays open
  bool endless = false;  // a body without an end
  bool drips = false;    // a byte now and then
  int shifted = 0;       // the range that is answered begins so many bytes later
};

struct SeenRequest {
  bool elsewhere = false;  // by the second server
  bool as_proxy = false;   // which the whole address was told
  std::string target;      // "/org/name/resolve/..."
  std::string range;
  std::string authorization;
  std::size_t body = 0;  // bytes that were sent
};

class FakeHub {
 public:
  FakeHub();
  ~FakeHub();
  FakeHub(const FakeHub&) = delete;
  FakeHub& operator=(const FakeHub&) = delete;

  // The address for HF_ENDPOINT, which this sets together with folders for the caches.
  const std::string& endpoint() const { return endpoint_; }

  static constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
  void add_repo(const std::string& name, std::map<std::string, FakeFile> files);
  void rename(const std::string& old_name, const std::string& name);
  // How the list of files is told: without sizes it takes the tree, in pages of so many files.
  void list_without_sizes(std::size_t page) { page_ = page; }
  // For requests whose target contains the text.
  void script(const std::string& part, Fault fault);
  void clear_script();

  std::vector<SeenRequest> seen() const;
  void forget_seen();

 private:
  struct Reply;
  void serve(int listener, bool elsewhere);
  void talk(int connection, bool elsewhere);
  Reply reply(const std::string& target, const std::map<std::string, std::string>& headers, bool elsewhere);
  Reply listing(const std::string& name, bool elsewhere);
  Reply tree(const std::string& name, const std::string& target);
  Reply file(const std::string& target, bool elsewhere);

  std::map<std::string, std::map<std::string, FakeFile>> repos_;
  std::map<std::string, std::string> renamed_;
  std::size_t page_ = 0;
  std::vector<std::pair<std::string, Fault>> script_;
  std::vector<SeenRequest> seen_;
  mutable std::mutex mutex_;
  std::string endpoint_, elsewhere_;
  int listeners_[2] = {-1, -1};
  std::atomic<bool> ends_{false};
  std::vector<std::thread> threads_;
};

}  // namespace ckptlint::test
