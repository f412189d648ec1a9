// Reads the variables that terminals and people set.
#include "commands/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace ckptlint {
namespace {

constexpr std::size_t kWidest = 118, kNarrowest = 40;

std::string_view environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// Set to something that is not a no.
bool is_asked(const char* name) {
  const std::string_view value = environment_variable(name);
  return !value.empty() && value != "0";
}

bool shows_color(std::string_view when, bool is_terminal) {
  if (when != "auto") return when == "always";
  if (!environment_variable("NO_COLOR").empty()) return false;
  if (is_asked("FORCE_COLOR") || is_asked("CLICOLOR_FORCE")) return true;
  return is_terminal && environment_variable("CLICOLOR") != "0" && environment_variable("TERM") != "dumb";
}

// Terminals do not say so themselves; these are known to.
bool opens_links() {
  if (!environment_variable("FORCE_HYPERLINK").empty()) return is_asked("FORCE_HYPERLINK");
  for (const char* name : {"KITTY_WINDOW_ID", "WT_SESSION", "DOMTERM", "KONSOLE_VERSION", "WEZTERM_PANE"}) {
    if (!environment_variable(name).empty()) return true;
  }
  constexpr std::array<std::string_view, 6> kPrograms = {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby"};
  if (std::find(kPrograms.begin(), kPrograms.end(), environment_variable("TERM_PROGRAM")) != kPrograms.end())
    return true;
  constexpr std::array<std::string_view, 5> kTerminals = {"xterm-kitty", "alacritty", "foot", "contour",
                                                          "xterm-ghostty"};
  if (std::find(kTerminals.begin(), kTerminals.end(), environment_variable("TERM")) != kTerminals.end()) return true;
  // Terminals made of GNOME's library, from 0.50 on.
  return std::atoi(std::string(environment_variable("VTE_VERSION")).c_str()) >= 5000;
}

// As the C library looks for the character set of the locale.
bool is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment_variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace

Terminal terminal_of_output(std::string_view when) {
  Terminal terminal;
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  terminal.color = shows_color(when, is_terminal);
  terminal.links = terminal.color && is_terminal && opens_links();
  terminal.blocks = is_terminal && is_utf8();
  winsize size{};
  if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
    terminal.width = std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidest);
  return terminal;
}

bool error_is_terminal() { return isatty(STDERR_FILENO) == 1 && environment_variable("TERM") != "dumb"; }

}  // namespace ckptlint
