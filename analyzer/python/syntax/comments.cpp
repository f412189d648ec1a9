// Walks over strings and brackets to find what is a comment, and where logical lines end.
#include "python/syntax/comments.h"

#include <algorithm>
#include <string>

namespace ckptlint::python {
namespace {

class CommentScanner {
 public:
  explicit CommentScanner(std::string_view text) : text_(text) {}

  std::vector<Comment> comments() {
    while (at_ < text_.size()) {
      switch (const char c = text_[at_]) {
        case '\n':
          end_line();
          break;
        case '#':
          take_comment();
          break;
        case '"':
        case '\'':
          begin_statement();
          skip_text();
          break;
        case '\\':
          begin_statement();
          skip_escaped();
          break;
        default:
          if (c == '(' || c == '[' || c == '{') ++depth_;
          if (c == ')' || c == ']' || c == '}') depth_ = std::max(depth_ - 1, 0);
          if (c != ' ' && c != '\t' && c != '\r' && c != '\f') begin_statement();
          ++at_;
      }
    }
    end_statement();
    return std::move(found_);
  }

 private:
  void begin_statement() {
    if (statement_line_ == 0) statement_line_ = line_;
    has_code_ = true;
  }

  void next_line() {
    ++at_;
    ++line_;
    line_begin_ = at_;
  }

  void end_line() {
    if (depth_ == 0) end_statement();
    next_line();
  }

  void end_statement() {
    if (statement_line_ != 0) {
      for (; open_ < found_.size(); ++open_) {
        found_[open_].first_line = statement_line_;
        found_[open_].last_line = line_;
      }
    }
    open_ = found_.size();
    statement_line_ = 0;
  }

  void take_comment() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    Comment comment;
    comment.text = text_.substr(at_, end - at_);
    if (comment.text.ends_with('\r')) comment.text.remove_suffix(1);
    comment.line = comment.first_line = comment.last_line = line_;
    comment.column = static_cast<std::uint32_t>(at_ - line_begin_) + 1;
    comment.before_code = !has_code_;
    found_.push_back(comment);
    at_ = end;
  }

  // A backslash and what it stands before, which may be the end of a line.
  void skip_escaped() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n')
      next_line();
    else if (at_ < text_.size())
      ++at_;
  }

  // From an opening quote to behind the closing one, or to the end of the line where one is missing.
  void skip_text() {
    const char quote = text_[at_];
    const bool triple = text_.substr(at_, 3) == std::string_view(std::string(3, quote));
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!triple) return;
        next_line();
      } else if (c == '\\') {
        skip_escaped();
      } else if (c == quote && (!triple || text_.substr(at_, 3) == std::string_view(std::string(3, quote)))) {
        at_ += triple ? 3 : 1;
        return;
      } else {
        ++at_;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t statement_line_ = 0;  // in which the statement at hand begins; 0: none has
  int depth_ = 0;
  bool has_code_ = false;
  std::vector<Comment> found_;
  std::size_t open_ = 0;  // from here on, comments of the statement at hand
};

}  // namespace

std::vector<Comment> comments_in(std::string_view text) { return CommentScanner(text).comments(); }

}  // namespace ckptlint::python
