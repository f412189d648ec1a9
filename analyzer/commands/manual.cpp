// `ckptlint manual`: the manual page in man(7), made from the tables that --help prints.
#include <fmt/format.h>

#include <ostream>
#include <string>

#include "ckptlint/version.h"
#include "commands/command.h"
#include "commands/overview.h"
#include "commands/own_options.h"
#include "input/options.h"

namespace ckptlint {
namespace {

// Text that roff takes as it is: dashes that can be searched for, and no line that is a request.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
  }
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

void write_command(const Command& command, std::ostream& out) {
  OptionTable table;
  (void)command.prepare(table);
  out << fmt::format(".SS {} {}\n{}.\n", roff(command.name), roff(command.arguments), roff(command.summary));
  for (const OptionRow& row : table.rows()) {
    out << fmt::format(".TP\n.BR \\-\\-{}", roff(row.name));
    if (row.taken) out << fmt::format(" \\fR=\\fI{}\\fR", roff(row.taken->name));
    out << "\n" << roff(row.meaning) << "\n";
  }
}

int write_manual(std::ostream& out) {
  out << fmt::format(".TH CKPTLINT 1 \"\" \"ckptlint {}\"\n.SH NAME\nckptlint \\- {}\n", kVersion, roff(kPurpose));
  out << ".SH SYNOPSIS\n";
  for (const Command* each : commands()) {
    if (each != commands().front()) out << ".br\n";
    out << fmt::format(".B ckptlint\n{} {}\n", roff(each->name), roff(each->arguments));
  }
  out << ".SH DESCRIPTION\n";
  for (const std::string_view paragraph : kDescription) out << ".PP\n" << roff(paragraph) << "\n";
  out << ".SH COMMANDS\n";
  for (const Command* each : commands()) write_command(*each, out);
  out << ".SH OPTIONS OF EVERY COMMAND\n";
  OptionTable table;
  OwnOptions own;
  add_own_options(table, own);
  for (const OptionRow& row : table.rows())
    out << fmt::format(".TP\n.B \\-\\-{}\n{}\n", roff(row.name), roff(row.meaning));
  out << ".SH EXIT STATUS\n";
  for (const StatusRow& row : kStatuses)
    out << fmt::format(".TP\n.B {}\n{}\n", static_cast<int>(row.status), roff(row.meaning));
  out << ".SH ENVIRONMENT\n";
  for (const VariableRow& row : kVariables) out << fmt::format(".TP\n.B {}\n{}\n", roff(row.name), roff(row.meaning));
  out << ".SH FILES\n.TP\n.I ~/.cache/ckptlint/sources\nwheels that\n.B ckptlint sources add\nfetched\n";
  return kNothingFound;
}

std::function<int(const Streams&)> prepare_manual(OptionTable&) {
  return [](const Streams& streams) { return write_manual(streams.out); };
}

}  // namespace

extern const Command manual_command;
constexpr Command manual_command{"manual", "", "print the manual page, which `man -l` shows", prepare_manual};

}  // namespace ckptlint
