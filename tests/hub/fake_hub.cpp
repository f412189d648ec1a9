// Speaks just enough HTTP/1.1: a thread a connection, one request after the other.
#include "hub/fake_hub.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "catch.h"

namespace ckptlint::test {

namespace {

using Headers = std::map<std::string, std::string>;

int listen_somewhere(std::string& address) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
  REQUIRE(listen(listener, 64) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&place), &size) == 0);
  address = fmt::format("http://127.0.0.1:{}", ntohs(place.sin_port));
  return listener;
}

bool has_input(int descriptor, const std::atomic<bool>& ends) {
  while (!ends) {
    pollfd waiting{descriptor, POLLIN, 0};
    if (poll(&waiting, 1, 20) > 0) return true;
  }
  return false;
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string blob_of(const FakeFile& file) {
  std::string text = file.front;
  // Of what nobody reads whole, any name will do.
  if (file.size < (1u << 20)) text.resize(file.size, '\0');
  const std::string hash = sha256_hex(text);
  return file.large ? hash : hash.substr(0, 40);
}

}  // namespace

// A body is `text` of which `range` is sent, or zeros behind it up to `size`.
struct FakeHub::Reply {
  int status = 200;
  Headers headers;
  std::string text;
  std::uint64_t size = 0;  // of the whole body, where it is a file
  bool is_file = false;
};

FakeHub::FakeHub() {
  listeners_[0] = listen_somewhere(endpoint_);
  listeners_[1] = listen_somewhere(elsewhere_);
  threads_.emplace_back([this] { serve(listeners_[0], false); });
  threads_.emplace_back([this] { serve(listeners_[1], true); });
}

FakeHub::~FakeHub() {
  ends_ = true;
  // Threads of connections are made by those of listeners, which end first.
  threads_[0].join();
  threads_[1].join();
  for (std::size_t i = 2; i < threads_.size(); ++i) threads_[i].join();
  for (const int listener : listeners_) close(listener);
}

void FakeHub::add_repo(const std::string& name, std::map<std::string, FakeFile> files) {
  const std::lock_guard<std::mutex> lock(mutex_);
  repos_[name] = std::move(files);
}
void FakeHub::rename(const std::string& old_name, const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  renamed_[old_name] = name;
}
void FakeHub::script(const std::string& part, Fault fault) {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_.emplace_back(part, std::move(fault));
}
void FakeHub::clear_script() {
  const std::lock_guard<std::mutex> lock(mutex_);
  script_.clear();
}
std::vector<SeenRequest> FakeHub::seen() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}
void FakeHub::forget_seen() {
  const std::lock_guard<std::mutex> lock(mutex_);
  seen_.clear();
}

void FakeHub::serve(int listener, bool elsewhere) {
  while (has_input(listener, ends_)) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    threads_.emplace_back([this, connection, elsewhere] {
      talk(connection, elsewhere);
      close(connection);
    });
  }
}

void FakeHub::talk(int connection, bool elsewhere) {
  std::string input;
  while (true) {
    std::size_t end = 0;
    while ((end = input.find("\r\n\r\n")) == std::string::npos) {
      char block[4096];
      if (!has_input(connection, ends_)) return;
      const ssize_t size = recv(connection, block, sizeof block, 0);
      if (size <= 0) return;
      input.append(block, static_cast<std::size_t>(size));
    }
    std::string head = input.substr(0, end + 2);
    input.erase(0, end + 4);
    const std::string line = head.substr(0, head.find("\r\n"));
    head.erase(0, line.size() + 2);
    Headers headers;
    for (std::size_t at = 0; at < head.size();) {
      const std::size_t next = head.find("\r\n", at), colon = head.find(": ", at);
      if (colon < next) {
        std::string name = head.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        headers[name] = head.substr(colon + 2, next - colon - 2);
      }
      at = next + 2;
    }
    std::string target = line.substr(4, line.rfind(' ') - 4);
    // As a proxy it is told the whole address.
    const bool as_proxy = target.starts_with("http://");
    if (as_proxy) target.erase(0, std::min(target.find('/', std::string("http://").size()), target.size()));

    Fault fault;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (auto& [part, each] : script_) {
        const bool other_server = each.status >= 300 && each.status < 400 && elsewhere;
        if (target.find(part) == std::string::npos || each.times == 0 || other_server) continue;
        fault = each;
        --each.times;
        break;
      }
    }
    Reply made = reply(target, headers, elsewhere);
    if (fault.status != 0) made = {fault.status, {}, "", 0, false};
    for (const auto& [name, value] : fault.headers) made.headers[name] = value;
    if (fault.body) {
      made.text = *fault.body;
      made.is_file = false;
    }
    std::uint64_t begin = 0, stop = made.is_file ? made.size : made.text.size();
    if (const auto range = headers.find("range");
        made.is_file && made.status == 200 && range != headers.end() && !fault.ignores_range) {
      unsigned long long first = 0, last = 0;
      std::sscanf(range->second.c_str(), "bytes=%llu-%llu", &first, &last);
      if (first >= made.size) {
        made = {416, {{"Content-Range", fmt::format("bytes */{}", made.size)}}, "", 0, false};
        stop = 0;
      } else {
        begin = std::min<std::uint64_t>(first + fault.shifted, made.size - 1);
        stop = std::min<std::uint64_t>(last + 1, made.size);
        made.status = 206;
        made.headers["Content-Range"] = fmt::format("bytes {}-{}/{}", begin, stop - 1, made.size);
      }
    }
    SeenRequest seen{elsewhere,
                     as_proxy,
                     target,
                     headers.count("range") ? headers["range"] : "",
                     headers.count("authorization") ? headers["authorization"] : "",
                     0};
    const bool sends = !fault.reset && !fault.silent;
    std::uint64_t length = sends ? stop - begin : 0;
    if (fault.cut) length = std::min<std::uint64_t>(length, *fault.cut);
    seen.body = length;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      seen_.push_back(seen);
    }
    if (fault.reset) return;
    if (fault.silent) {
      has_input(connection, ends_);
      return;
    }
    std::string answer = fmt::format("HTTP/1.1 {} Whatever\r\n", made.status);
    if (!fault.endless) answer += fmt::format("Content-Length: {}\r\n", stop - begin);
    for (const auto& [name, value] : made.headers) answer += name + ": " + value + "\r\n";
    if (!send_all(connection, answer + "\r\n")) return;
    const std::string zeros(1 << 16, '\0');
    for (std::uint64_t at = begin; at < begin + length && !ends_;) {
      const std::string_view piece =
          at < made.text.size()
              ? std::string_view(made.text).substr(at, std::min<std::uint64_t>(begin + length - at, 1 << 16))
              : std::string_view(zeros).substr(0, std::min<std::uint64_t>(begin + length - at, 1 << 16));
      if (!send_all(connection, fault.drips ? piece.substr(0, 1) : piece)) return;
      if (fault.drips) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      at += fault.drips ? 1 : piece.size();
    }
    while (fault.endless && !ends_) {
      if (!send_all(connection, zeros)) return;
    }
    if (fault.cut || fault.endless) return;
  }
}

FakeHub::Reply FakeHub::reply(const std::string& target, const Headers&, bool elsewhere) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string models = "/api/models/";
  if (target.starts_with(models)) {
    for (const auto& [old_name, name] : renamed_) {
      if (target.starts_with(models + old_name + "/"))
        return {307, {{"Location", models + name + target.substr(models.size() + old_name.size())}}, "", 0, false};
    }
    for (const char* kind : {"/revision/", "/tree/"}) {
      const std::size_t at = target.find(kind);
      if (at == std::string::npos) continue;
      const std::string name = target.substr(models.size(), at - models.size());
      if (!repos_.contains(name)) return {401, {{"X-Error-Code", "RepoNotFound"}}, "", 0, false};
      const std::string revision =
          target.substr(at + std::string(kind).size(), target.find('?') - at - std::string(kind).size());
      if (revision != "main" && revision != kCommit && revision != "refs%2Fpr%2F1")
        return {404, {{"X-Error-Code", "RevisionNotFound"}}, "", 0, false};
      return std::string(kind) == "/tree/" ? tree(name, target) : listing(name, page_ == 0);
    }
  }
  return file(target, elsewhere);
}

FakeHub::Reply FakeHub::listing(const std::string& name, bool with_sizes) {
  nlohmann::json siblings = nlohmann::json::array();
  for (const auto& [path, each] : repos_[name]) {
    nlohmann::json row = {{"rfilename", path}};
    if (with_sizes) {
      row["size"] = each.size;
      row["blobId"] = blob_of(each).substr(0, 40);
      if (each.large) row["lfs"] = {{"sha256", blob_of(each)}, {"size", each.size}, {"pointerSize", 130}};
    }
    siblings.push_back(row);
  }
  return {200, {}, nlohmann::json{{"id", name}, {"sha", kCommit}, {"siblings", siblings}}.dump(), 0, false};
}

FakeHub::Reply FakeHub::tree(const std::string& name, const std::string& target) {
  const std::size_t cursor = target.find("cursor=");
  const std::size_t first = cursor == std::string::npos ? 0 : std::stoul(target.substr(cursor + 7));
  nlohmann::json rows = nlohmann::json::array();
  std::size_t at = 0;
  for (const auto& [path, each] : repos_[name]) {
    if (at >= first && at < first + page_) {
      nlohmann::json row = {
          {"type", "file"}, {"path", path}, {"size", each.size}, {"oid", blob_of(each).substr(0, 40)}};
      if (each.large) row["lfs"] = {{"oid", blob_of(each)}, {"size", each.size}, {"pointerSize", 130}};
      rows.push_back(row);
    }
    ++at;
  }
  Reply made{200, {}, rows.dump(), 0, false};
  if (first + page_ < repos_[name].size())
    made.headers["Link"] = fmt::format("<{}{}?recursive=true&cursor={}>; rel=\"next\"", endpoint_,
                                       target.substr(0, target.find('?')), first + page_);
  return made;
}

FakeHub::Reply FakeHub::file(const std::string& target, bool elsewhere) {
  const std::string marker = fmt::format("/resolve/{}/", kCommit);
  const std::string direct = "/direct/";
  const std::size_t at = target.find(marker);
  const bool is_direct = target.starts_with(direct);
  if (at == std::string::npos && !is_direct) return {404, {{"X-Error-Code", "EntryNotFound"}}, "", 0, false};
  const std::string whole = is_direct ? target.substr(direct.size()) : target.substr(1);
  const std::size_t split = is_direct ? whole.find("//") : at - 1;
  const auto repo = repos_.find(whole.substr(0, split));
  if (repo == repos_.end()) return {401, {{"X-Error-Code", "RepoNotFound"}}, "", 0, false};
  const std::string path =
      is_direct ? whole.substr(split + 2, whole.find('?') - split - 2) : target.substr(at + marker.size());
  const auto found = repo->second.find(path);
  if (found == repo->second.end()) return {404, {{"X-Error-Code", "EntryNotFound"}}, "", 0, false};
  // As on the Hub: large files are elsewhere, small ones at another path of the same host.
  if (!is_direct) {
    const std::string to = (found->second.large ? elsewhere_ : "") + direct + repo->first + "//" + path;
    return {
        found->second.large ? 302 : 307, {{"Location", to + "?signed=1"}, {"X-Repo-Commit", kCommit}}, "", 0, false};
  }
  if (elsewhere != found->second.large) return {404, {}, "", 0, false};
  return {200, {}, found->second.front, found->second.size, true};
}

}  // namespace ckptlint::test
