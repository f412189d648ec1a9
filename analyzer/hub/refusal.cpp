// Says in a sentence what the Hub refuses, and what would help.
#include "hub/refusal.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "hub/answers.h"

namespace ckptlint {
namespace {

std::string header_of(const HubReply& reply, const char* name) {
  const auto header = reply.headers.find(name);
  return header == reply.headers.end() ? "" : header->second;
}

}  // namespace

Error refusal(const HubReply& reply, const HubSubject& subject) {
  const std::string code = header_of(reply, "x-error-code");
  const std::string message = header_of(reply, "x-error-message");
  const std::string repo = quoted_name(subject.name);
  const std::string what = subject.path.empty() ? repo : fmt::format("{} of {}", quoted_name(subject.path), repo);
  const std::string host = quoted_name(origin_of(reply.from));
  const char* const token = subject.with_token ? "the token that was sent gives no access to it"
                                               : "no token was sent: HF_TOKEN, or `hf auth login`, gives one";
  if (code == "GatedRepo" || (reply.status == 403 && message.find("gated") != std::string::npos))
    return {fmt::format("{} is gated: whoever reads it has to ask for access on its page first; {}", repo, token)};
  if (code == "RevisionNotFound")
    return {
        fmt::format("{} has no revision {}", repo, quoted_name(subject.revision.empty() ? "main" : subject.revision))};
  if (code == "EntryNotFound") return {fmt::format("{} has no file {}", repo, quoted_name(subject.path))};
  if (code == "RepoNotFound" || (reply.status == 401 && code.empty() && message.find("Invalid") == std::string::npos) ||
      (reply.status == 404 && subject.path.empty()))
    return {fmt::format("the Hub at {} has no model {}, or it is private; {}", host, repo, token)};
  if (code == "RepoDisabled" || message == "Access to this resource is disabled.")
    return {fmt::format("{} is disabled on the Hub", repo)};
  if (reply.status == 401) return {fmt::format("{} does not take the token that was sent", host)};
  if (reply.status == 403) return {fmt::format("{} forbids to read {}; {}", host, what, token)};
  if (reply.status == 404) return {fmt::format("{} is not there", what)};
  if (reply.status == 429) {
    const auto wait = asked_wait(reply.headers);
    return {fmt::format("{} was asked too often{}", host,
                        wait ? fmt::format(" and wants to be left alone for {} s", wait->count()) : "")};
  }
  if (reply.status == 416) return {fmt::format("{} is shorter than the Hub says", what)};
  return {fmt::format("{} answers with status {} when asked for {}", host, reply.status, what)};
}

}  // namespace ckptlint
