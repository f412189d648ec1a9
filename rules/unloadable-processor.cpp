// Reports that the processor cannot be loaded.
#include <fmt/format.h>

#include "ckptlint/rule.h"

namespace ckptlint {
namespace {

void check_unloadable_processor(const Model& model, Findings& out) {
  const CallEnd& end = model.companions.processor->end;
  if (end.raises.empty()) return;
  Finding& finding = out.emplace_back();
  finding.message = fmt::format("`{}` raises {}", end.call, end.raises);
  finding.labels.push_back(Label::stored(end.file.empty() ? "processor_config.json" : end.file, "", ""));
  if (!end.place.empty()) finding.notes.push_back("raised in the code that loads it" + end.place);
}

}  // namespace

extern const Rule unloadable_processor = {
    .name = "unloadable-processor",
    .family = Family::kCompanions,
    .severity = Severity::kError,
    .needs = Facts::kProcessor,
    .summary = "the processor of images, videos or sounds cannot be loaded by this release",
    .why =
        "The weights load, and what prepares their input does not: the call ends in an exception. The class that a file "
        "names may be of another release, or a file that it asks for is not there.",
    .example = "preprocessor_config.json: \"image_processor_type\": \"NoSuchImageProcessor\"",
    .remedy =
        "Save the processor again with the release that people use (`processor.save_pretrained`), and publish every file "
        "that it writes.",
    .references = "`AutoProcessor` and `ProcessorMixin.from_pretrained` of transformers.",
    .check = check_unloadable_processor,
};

}  // namespace ckptlint
