// Lists a repo of the Hub, and fetches its files or their fronts when they are read.
#include "hub/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "base/escape.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "hub/cache.h"
#include "hub/client.h"
#include "hub/refusal.h"

namespace ckptlint {
namespace {

constexpr std::uint64_t kLongestList = 64u << 20;
constexpr std::size_t kMostPages = 500;
constexpr std::uint64_t kLittle = 4096, kLeast = 64 * 1024;
constexpr std::uint64_t kMostBytes = 2048ull << 20;  // that one repo may take

// The network side of a repo: which files it has, and bytes of them.  One thread at a time is let in.
class Remote {
 public:
  Remote(HubClient client, HubListing listing, std::string revision)
      : client_(std::move(client)),
        cache_(client_.settings(), listing.name),
        listing_(std::move(listing)),
        revision_(std::move(revision)),
        fronts_(listing_.files.size()) {}

  const HubListing& listing() const { return listing_; }
  std::string shared_file(std::size_t file) const { return cache_.shared_file(listing_.files[file], listing_.commit); }

  // Bytes [begin, end) of a file; what was fetched with them is kept.
  Result<std::string> bytes(std::size_t file, std::uint64_t begin, std::uint64_t end) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Segments& known = segments(file);
    if (auto found = known.find(begin, end)) return std::move(*found);
    const std::uint64_t size = *listing_.files[file].size;
    // Where the front is there, what follows it.  Who reads little will read on.
    const std::uint64_t from = begin <= known.front.size() ? known.front.size() : begin;
    const std::uint64_t more = end - begin < kLittle ? std::max<std::uint64_t>(kLeast, known.front.size() / 2) : 0;
    const std::uint64_t until = std::min(size, std::max(end, from + more));
    if (const auto failed = fetch({{file, {from, until}}})) return *failed;
    if (auto found = known.find(begin, end)) return std::move(*found);
    return lose(fmt::format("{} has fewer bytes than the Hub says", shown(file)));
  }

  // All of a file.  Where the list has the SHA-256 of it, it has to be that file.
  Result<std::string> whole(std::size_t file) {
    const HubFile& row = listing_.files[file];
    Result<std::string> text = bytes(file, 0, *row.size);
    if (!text.ok() || row.blob.empty() || !row.large) return text;
    const bool listed = sha256_hex(*text) == row.blob;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!listed) return lose(fmt::format("{} is not the file that the Hub lists: its hash is another", shown(file)));
    return text;
  }

  // Fronts of files, all under way together.
  void expect(std::span<const std::pair<std::size_t, std::uint64_t>> fronts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::pair<std::size_t, ByteRange>> missing;
    for (const auto& [file, length] : fronts) {
      const std::uint64_t end = std::min(length, *listing_.files[file].size), known = segments(file).front.size();
      if (end > known && shared_file(file).empty()) missing.push_back({file, {known, end}});
    }
    if (!missing.empty()) fetch(missing);
  }

  std::optional<Error> lost() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lost_;
  }

 private:
  // What is known of a file's bytes.
  struct Segments {
    std::string front;
    std::vector<std::pair<std::uint64_t, std::string>> others;  // by where they begin
    bool looked_up = false;                                     // in the cache

    std::optional<std::string> find(std::uint64_t begin, std::uint64_t end) const {
      if (end <= front.size()) return front.substr(begin, end - begin);
      for (const auto& [at, bytes] : others) {
        if (begin >= at && end - at <= bytes.size()) return bytes.substr(begin - at, end - begin);
      }
      return std::nullopt;
    }
  };

  Segments& segments(std::size_t file) {
    Segments& known = fronts_[file];
    if (std::exchange(known.looked_up, true)) return known;
    if (auto front = cache_.front(listing_.files[file]); front && front->size() <= *listing_.files[file].size)
      known.front = std::move(*front);
    return known;
  }

  std::string shown(std::size_t file) const {
    return fmt::format("{} of {}", quoted_name(listing_.files[file].path), quoted_name(listing_.name));
  }

  Error lose(std::string why) {
    if (!lost_) lost_ = Error{std::move(why)};
    return *lost_;
  }

  std::string url(std::size_t file) const {
    return fmt::format("{}/{}/resolve/{}/{}", client_.settings().endpoint, listing_.name, listing_.commit,
                       percent_encoded(listing_.files[file].path, true));
  }

  // The first error, which is then lost_.
  std::optional<Error> fetch(const std::vector<std::pair<std::size_t, ByteRange>>& parts) {
    if (lost_) return lost_;
    if (client_.settings().offline)
      return lose(
          fmt::format("{} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it", shown(parts.front().first)));
    std::vector<HubQuestion> questions;
    for (const auto& [file, range] : parts) {
      const bool all = range.begin == 0 && range.end == *listing_.files[file].size;
      questions.push_back({url(file), all ? std::nullopt : std::optional(range), range.end, false});
      if (range.end > kMostBytes || (fetched_ += range.end - range.begin) > kMostBytes)
        return lose(
            fmt::format("more than {} bytes of {} would have to be fetched", kMostBytes, quoted_name(listing_.name)));
    }
    std::vector<Result<HubReply>> replies = client_.ask(questions);
    for (std::size_t i = 0; i < parts.size(); ++i) take(parts[i].first, parts[i].second, replies[i]);
    return lost_;
  }

  // Puts what came into its place; what did not come is lost.
  void take(std::size_t file, const ByteRange& range, Result<HubReply>& reply) {
    if (!reply.ok()) {
      lose(fmt::format("{} cannot be fetched: {}", shown(file), reply.error().message));
      return;
    }
    if (reply->status != 200 && reply->status != 206) {
      lose(refusal(*reply, {listing_.name, revision_, listing_.files[file].path, !client_.settings().token.empty()})
               .message);
      return;
    }
    const auto commit = reply->headers.find("x-repo-commit");
    if (commit != reply->headers.end() && commit->second != listing_.commit) {
      lose(fmt::format("{} is answered from another commit, {}", shown(file), quoted_name(commit->second)));
      return;
    }
    const bool other_size = reply->size && *reply->size != *listing_.files[file].size;
    if (other_size || reply->body.size() != range.end - range.begin) {
      lose(fmt::format("{} has another size than the Hub lists", shown(file)));
      return;
    }
    Segments& known = fronts_[file];
    if (range.begin == known.front.size()) {
      known.front += reply->body;
      cache_.keep_front(listing_.files[file], known.front);
    } else {
      known.others.emplace_back(range.begin, std::move(reply->body));
    }
  }

  mutable std::mutex mutex_;
  HubClient client_;
  HubCache cache_;
  const HubListing listing_;
  const std::string revision_;
  std::vector<Segments> fronts_;
  std::uint64_t fetched_ = 0;
  std::optional<Error> lost_;
};

class RemoteFile final : public FetchedBytes {
 public:
  RemoteFile(std::shared_ptr<Remote> remote, std::size_t file) : remote_(std::move(remote)), file_(file) {}

  std::uint64_t size() const override { return *remote_->listing().files[file_].size; }
  Result<std::string> fetch(std::uint64_t offset, std::uint64_t length) const override {
    if (length == 0) return std::string();
    return length == size() ? remote_->whole(file_) : remote_->bytes(file_, offset, offset + length);
  }

 private:
  std::shared_ptr<Remote> remote_;
  std::size_t file_;
};

class HubTree final : public FileTree {
 public:
  // `folder` of the repo becomes the root.
  HubTree(std::shared_ptr<Remote> remote, const std::string& folder) : remote_(std::move(remote)) {
    const std::string lead = folder.empty() ? "" : folder + "/";
    std::vector<std::pair<std::string, std::uint64_t>> entries;
    const std::vector<HubFile>& files = remote_->listing().files;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i].path.starts_with(lead)) entries.emplace_back(files[i].path.substr(lead.size()), i);
    }
    paths_ = PathIndex(std::move(entries));
  }

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    const auto file = paths_.find(path);
    if (!file) return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
    const std::uint64_t size = *remote_->listing().files[*file].size;
    if (size > max_bytes)
      return Error{fmt::format("cannot read {}: it has {} bytes, more than {}", quoted_name(path), size, max_bytes)};
    const Result<ByteSource> source = open(path);
    return source.ok() ? source->read(0, size) : Result<std::string>(source.error());
  }
  bool is_file(std::string_view path) const override { return paths_.find(path).has_value(); }
  bool is_folder(std::string_view path) const override { return paths_.is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return paths_.list(folder); }
  // Nobody edits files of a cache.
  std::string real_path(std::string_view) const override { return ""; }

  Result<ByteSource> open(std::string_view path) const override {
    const auto file = paths_.find(path);
    if (!file) return Error{fmt::format("cannot read {}: no such file", quoted_name(path))};
    if (const std::string shared = remote_->shared_file(*file); !shared.empty()) return open_file(shared, path);
    return ByteSource(std::make_shared<RemoteFile>(remote_, *file), std::string(path));
  }

  void expect(std::span<const ExpectedRead> reads) const override {
    std::vector<std::pair<std::size_t, std::uint64_t>> fronts;
    for (const ExpectedRead& each : reads) {
      const auto file = paths_.find(each.path);
      const bool too_long = file && each.bytes == kWholeFile && *remote_->listing().files[*file].size > kMaxTextBytes;
      if (file && !too_long) fronts.emplace_back(*file, each.bytes);
    }
    remote_->expect(fronts);
  }

  std::optional<Error> lost() const override { return remote_->lost(); }

 private:
  std::shared_ptr<Remote> remote_;
  PathIndex paths_;
};

// Asks for lists of files.
class Lister {
 public:
  Lister(HubClient& client, const HubAddress& address)
      : client_(client), address_(address), cache_(client.settings(), address.name) {}

  Result<HubListing> listing() {
    if (client_.settings().offline) return without_network();
    // What a commit has does not change.
    if (auto kept = kept_list(); kept && kept->commit == revision()) return std::move(*kept);
    const std::string path =
        fmt::format("/api/models/{}/revision/{}", address_.name, percent_encoded(revision(), false));
    const auto text = ask(client_.settings().endpoint + path + "?blobs=true");
    if (!text.ok()) return text.error();
    Result<HubListing> listing = read_listing(text->body);
    if (!listing.ok()) return not_understood(listing.error().message);
    // A repo may have another name by now; the old one leads to it.
    if (!is_repo_name(listing->name)) listing->name = address_.name;
    if (!listing->has_sizes) {
      if (const auto failed = add_sizes(*listing)) return *failed;
      return listing;
    }
    cache_.keep_list(revision(), text->body);
    return listing;
  }

 private:
  std::string revision() const { return address_.revision.empty() ? "main" : address_.revision; }

  Error not_understood(const std::string& why) const {
    return {fmt::format("the Hub's answer about {} is not understood: {}", quoted_name(address_.name), why)};
  }

  // A reply with status 200.
  Result<HubReply> ask(const std::string& url) {
    const HubQuestion question{url, std::nullopt, kLongestList, true};
    std::vector<Result<HubReply>> replies = client_.ask({&question, 1});
    Result<HubReply>& reply = replies.front();
    if (!reply.ok())
      return Error{
          fmt::format("{} cannot be read from the Hub: {}", quoted_name(address_.name), reply.error().message)};
    if (reply->status == 200) return std::move(reply);
    return refusal(*reply, {address_.name, address_.revision, "", !client_.settings().token.empty()});
  }

  // Of a Hub that does not list sizes with the files.
  std::optional<Error> add_sizes(HubListing& listing) {
    std::string url = fmt::format("{}/api/models/{}/tree/{}?recursive=true", client_.settings().endpoint, listing.name,
                                  listing.commit);
    std::vector<HubFile> files;
    for (std::size_t page = 0; !url.empty(); ++page) {
      if (page == kMostPages) return not_understood(fmt::format("its list has more than {} pages", kMostPages));
      const Result<HubReply> reply = ask(url);
      if (!reply.ok()) return reply.error();
      Result<std::vector<HubFile>> rows = read_tree_page(reply->body);
      if (!rows.ok()) return not_understood(rows.error().message);
      std::move(rows->begin(), rows->end(), std::back_inserter(files));
      const auto link = reply->headers.find("link");
      const std::string next = link == reply->headers.end() ? "" : next_page(link->second);
      url = next.empty() ? "" : redirected(reply->from, next);
      if (!next.empty() && origin_of(url) != origin_of(client_.settings().endpoint))
        return not_understood("its list goes on at another host");
    }
    listing.files = std::move(files);
    const bool sized = std::all_of(listing.files.begin(), listing.files.end(),
                                   [](const HubFile& file) { return file.size.has_value(); });
    if (!sized) return not_understood("it lists files without a size");
    return std::nullopt;
  }

  // What the Hub said last.
  std::optional<HubListing> kept_list() const {
    const auto text = cache_.list(revision());
    if (!text) return std::nullopt;
    Result<HubListing> listing = read_listing(*text);
    if (!listing.ok() || !listing->has_sizes) return std::nullopt;
    if (!is_repo_name(listing->name)) listing->name = address_.name;
    return std::move(*listing);
  }

  Result<HubListing> without_network() const {
    if (auto kept = kept_list()) return std::move(*kept);
    return Error{fmt::format(
        "HF_HUB_OFFLINE forbids to ask the Hub which files {} has at revision {}, and it was not asked before; {} without "
        "hf:// is what lies in the local cache",
        quoted_name(address_.name), quoted_name(revision()), quoted_name(address_.name))};
  }

  HubClient& client_;
  const HubAddress& address_;
  HubCache cache_;
};

}  // namespace

Result<HubRepo> open_hub(const HubAddress& address) {
  Result<HubSettings> settings = hub_settings();
  if (!settings.ok()) return settings.error();
  HubClient client(std::move(*settings));
  Result<HubListing> listing = Lister(client, address).listing();
  if (!listing.ok()) return listing.error();
  HubRepo repo{nullptr, "", listing->name, listing->commit};
  const auto remote = std::make_shared<Remote>(std::move(client), std::move(*listing), address.revision);
  auto tree = std::make_shared<HubTree>(remote, "");
  std::string folder = address.path;
  if (tree->is_file(address.path)) {
    const std::size_t slash = address.path.rfind('/');
    folder = slash == std::string::npos ? "" : address.path.substr(0, slash);
    repo.entry = address.path.substr(slash == std::string::npos ? 0 : slash + 1);
  } else if (!tree->is_folder(address.path)) {
    return Error{fmt::format("{} has neither a folder nor a file {} at commit {}", quoted_name(repo.name),
                             quoted_name(address.path), repo.commit)};
  }
  repo.tree = folder.empty() ? tree : std::make_shared<HubTree>(remote, folder);
  return repo;
}

}  // namespace ckptlint
