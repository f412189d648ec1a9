// A configuration of unknown origin, as one of one's own and as one that comes with a model; and a file of known
// findings.
#include <cstdint>
#include <string>

#include "check/suppressions_file.h"
#include "commands/configuration.h"
#include "settings/glob.h"
#include "settings/read_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const bool foreign : {false, true}) {
    const ckptlint::SettingsFile file{"ckptlint.toml", "/nowhere/model", foreign, false, "/nowhere"};
    const auto layer = ckptlint::read_settings(text, file, ckptlint::settings_schema());
    if (!layer.ok() && !layer.error().message.starts_with("ckptlint.toml:")) __builtin_trap();
    if (!layer.ok() || !foreign) continue;
    for (const ckptlint::Setting& setting : layer->settings) {
      if (setting.name == "source" && !setting.values.empty() && !setting.values[0].empty() &&
          setting.values[0] != "-" && !setting.values[0].starts_with("/nowhere"))
        __builtin_trap();
    }
  }
  (void)ckptlint::has_settings(text, {"pyproject.toml", "/nowhere", false, true, "/nowhere"}).ok();
  if (const auto glob = ckptlint::Glob::parse(text); glob.ok()) (void)glob->matches(text);
  const auto known = ckptlint::read_suppressions(text, "known.json");
  // What is written is what was read.
  if (known.ok() && !ckptlint::read_suppressions(ckptlint::text_of(*known), "known.json").ok()) __builtin_trap();
  return 0;
}
