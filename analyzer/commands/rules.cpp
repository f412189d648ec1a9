#include "commands/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/escape.h"
#include "ckptlint/rule.h"
#include "report/report.h"

namespace ckptlint {

int run_rules(const RulesOptions& options, std::ostream& out, std::ostream& err) {
  if (options.output.format == "json") {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Rule* rule : rules()) {
      list.push_back({{"name", rule->name},
                      {"severity", name_of(rule->severity)},
                      {"summary", rule->summary},
                      {"why", rule->why},
                      {"example", rule->example},
                      {"remedy", rule->remedy},
                      {"references", rule->references}});
    }
    out << list.dump(1) << "\n";
    return kNothingFound;
  }
  if (options.output.format != "text") {
    err << fmt::format("ckptlint: `rules` has no format {}; it has text and json\n",
                       quoted_name(options.output.format));
    return kNotAnalysed;
  }
  std::size_t widest = 0;
  for (const Rule* rule : rules()) widest = std::max(widest, rule->name.size());
  for (const Rule* rule : rules())
    out << fmt::format("{:<{}}  {:<7}  {}\n", rule->name, widest, name_of(rule->severity), rule->summary);
  return kNothingFound;
}

}  // namespace ckptlint
