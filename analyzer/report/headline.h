// What the forms for people have in common: colours, links, and the line that says what was found in a model.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "report/report.h"

namespace ckptlint {

// The text in a colour of the terminal ("1;31"), where the style has colours.
std::string painted(const ReportStyle& style, std::string_view text, std::string_view code);
std::string_view color_of(Severity severity);

// The text as a link to the file on disk (OSC 8), where the style has links and the file a path.
std::string linked(const ReportStyle& style, const SourceFile& file, std::string_view text);

// "1 note", "2 notes"; a plural that is no "s" is given.
std::string counted(std::size_t count, std::string_view word, std::string_view plural = "");

// "2 errors, 1 remark; 1 with a fix, shown by --diff"; empty where nothing was found.
std::string counts_of(const Findings& findings);

// The same, or what it means that there is nothing; "not analysed: why".
std::string verdict_of(const ModelReport& model);

// One line, without its break: the path and what was found, unless what was not checked has to be said before that
// nothing was.
std::string headline(const ModelReport& model, const ReportStyle& style);

}  // namespace ckptlint
