// Asks in rounds: all that is open is sent at once; what was redirected or has to be tried again is open in the next.
#include "hub/client.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/escape.h"
#include "hub/activity.h"
#include "hub/answers.h"

namespace ckptlint {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostRedirects = 10;
constexpr int kMostTries = 6;
constexpr milliseconds kFirstWait(500);
constexpr std::uint64_t kErrorPage = 64 * 1024;
// Of a server that ignores ranges, so much is read to get to a part.
constexpr std::uint64_t kFarthest = 32u << 20;

// A question on its way to an answer.
struct Way {
  const HubQuestion* question;
  std::size_t place;
  std::string url;
  int redirects = 0;
  int tries = 0;
  std::map<std::string, std::string> headers;
};

bool may_pass(long status) { return status == 408 || status == 429 || (status >= 500 && status <= 504); }
bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string named(const std::string& url) { return quoted_name(url.substr(0, url.find_first_of("?#"))); }

// What went wrong on the way, for people.
std::string sentence_of(NoAnswer failure, const std::string& url, const std::string& why) {
  const std::string host = quoted_name(origin_of(url));
  switch (failure) {
    case NoAnswer::kUnresolved:
      return fmt::format("{} cannot be found: {}", host, printable(why));
    case NoAnswer::kUnreached:
      return fmt::format("{} cannot be reached: {}", host, printable(why));
    case NoAnswer::kUntrusted:
      return fmt::format("{} is not trusted: {}", host, printable(why));
    case NoAnswer::kRefused:
      return fmt::format("the proxy does not lead to {}: {}", host, printable(why));
    case NoAnswer::kSilent:
      return fmt::format("{} did not answer in time", host);
    case NoAnswer::kNonsense:
      return fmt::format("{} answers in a way that is not understood: {}", host, printable(why));
    default:
      return fmt::format("the connection to {} was cut: {}", host, printable(why));
  }
}

std::optional<std::uint64_t> number_in(const std::map<std::string, std::string>& headers, const char* name) {
  const auto header = headers.find(name);
  std::uint64_t number = 0;
  return header != headers.end() && RE2::FullMatch(header->second, "([0-9]{1,19})", &number) ? std::optional(number)
                                                                                             : std::nullopt;
}

// The part of the file that was asked for, of an answer that has a body; an error where it is something else.
std::optional<Error> take_part(const HubQuestion& question, HttpAnswer& answer, HubReply& reply) {
  const ByteRange& wanted = *question.range;
  if (answer.status == 206) {
    const auto header = answer.headers.find("content-range");
    const auto part = header == answer.headers.end() ? std::nullopt : content_range(header->second);
    const bool whole_part =
        part && part->part.begin == wanted.begin &&
        (part->part.end == wanted.end || (part->part.end < wanted.end && part->size == part->part.end));
    if (!whole_part || answer.stopped || answer.body.size() != part->part.end - part->part.begin)
      return Error{fmt::format("{} answers with other bytes than those that were asked for", named(reply.from))};
    reply.size = part->size;
  } else {  // the whole file, of which not much more than that was read
    reply.size = answer.stopped ? number_in(answer.headers, "content-length") : std::optional(answer.body.size());
    if (answer.body.size() < wanted.begin)
      return Error{fmt::format("{} has fewer bytes than the Hub says", named(reply.from))};
    answer.body = answer.body.substr(wanted.begin, wanted.end - wanted.begin);
  }
  reply.body = std::move(answer.body);
  return std::nullopt;
}

// What came of one request: a reply, or the question stays open for as long as `wait` says.
struct Outcome {
  std::optional<Result<HubReply>> reply;
  milliseconds wait{0};
};

HttpRequest request_for(const Way& way, const std::string& token) {
  const HubQuestion& question = *way.question;
  std::uint64_t most = question.most_bytes;
  // A server that ignores ranges sends the front of the file first.
  if (question.range) {
    const std::uint64_t length = question.range->end - question.range->begin;
    most = question.range->begin > kFarthest ? length : question.range->end;
  }
  return {way.url, token, question.range, std::max(most, kErrorPage), question.compressible};
}

Outcome redirect(Way& way, const HttpAnswer& answer) {
  const auto location = answer.headers.find("location");
  std::string to = location == answer.headers.end() ? "" : redirected(way.url, location->second);
  if (to.empty()) return {Error{fmt::format("{} leads to nowhere that can be followed", named(way.url))}, {}};
  if (++way.redirects > kMostRedirects)
    return {Error{fmt::format("{} leads from one address to the next without an end", named(way.question->url))}, {}};
  way.url = std::move(to);
  return {};
}

// Whether it is worth another try, which begins at the first address: where that leads may have been valid for a while.
bool try_again(Way& way, const HttpAnswer& answer, Clock::time_point deadline, milliseconds& wait) {
  const bool passes = answer.failure == NoAnswer::kNone
                          ? may_pass(answer.status)
                          : answer.failure != NoAnswer::kUntrusted && answer.failure != NoAnswer::kRefused &&
                                answer.failure != NoAnswer::kNonsense;
  if (!passes) return false;
  wait = asked_wait(answer.headers).value_or(std::chrono::seconds(0));
  if (wait.count() == 0) wait = kFirstWait * (1 << way.tries);
  if (++way.tries == kMostTries || Clock::now() + wait >= deadline) return false;
  way.url = way.question->url;
  way.redirects = 0;
  return true;
}

Outcome after(Way& way, HttpAnswer& answer, Clock::time_point deadline) {
  for (const auto& [name, value] : answer.headers) way.headers.insert_or_assign(name, value);
  if (answer.failure == NoAnswer::kNone && is_redirect(answer.status)) return redirect(way, answer);
  Outcome outcome;
  if (try_again(way, answer, deadline, outcome.wait)) return outcome;
  if (answer.failure != NoAnswer::kNone) return {Error{sentence_of(answer.failure, way.url, answer.why)}, {}};
  HubReply reply{answer.status, std::move(way.headers), {}, std::nullopt, way.url};
  const bool good = answer.status == 200 || answer.status == 206;
  if (good && way.question->range) {
    if (const auto failed = take_part(*way.question, answer, reply)) return {*failed, {}};
  } else if (good && (answer.stopped || answer.body.size() > way.question->most_bytes)) {
    return {Error{fmt::format("{} answers with more than {} bytes", named(way.url), way.question->most_bytes)}, {}};
  } else {
    reply.body = std::move(answer.body);
  }
  return {std::move(reply), {}};
}

}  // namespace

HubActivity& hub_activity() {
  static HubActivity activity;
  return activity;
}

HubClient::HubClient(HubSettings settings)
    : settings_(std::move(settings)),
      origin_(origin_of(settings_.endpoint)),
      deadline_(Clock::now() + settings_.total) {}

std::vector<Result<HubReply>> HubClient::ask(std::span<const HubQuestion> questions) {
  std::vector<Result<HubReply>> replies(questions.size(), Error{});
  std::vector<Way> open;
  for (std::size_t i = 0; i < questions.size(); ++i) open.push_back({&questions[i], i, questions[i].url, 0, 0, {}});
  while (!open.empty()) {
    std::vector<HttpRequest> requests;
    for (const Way& way : open) {
      const bool at_endpoint = origin_of(way.url) == origin_;
      requests.push_back(request_for(way, at_endpoint ? settings_.token : ""));
    }
    std::vector<HttpAnswer> answers = exchange(requests, settings_, deadline_);
    std::vector<Way> again;
    milliseconds wait(0);
    for (std::size_t i = 0; i < open.size(); ++i) {
      Outcome outcome = after(open[i], answers[i], deadline_);
      if (outcome.reply)
        replies[open[i].place] = std::move(*outcome.reply);
      else
        again.push_back(std::move(open[i]));
      wait = std::max(wait, outcome.wait);
    }
    open = std::move(again);
    if (!open.empty() && wait.count() > 0) std::this_thread::sleep_for(wait);
  }
  return replies;
}

}  // namespace ckptlint
