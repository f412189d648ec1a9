// Bytes into lines, and lines into items.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "catch.h"
#include "fleet/item.h"
#include "fleet/line_reader.h"

namespace ckptlint {
namespace {

// "3:text", or "3!" for one that is too long.
std::vector<std::string> lines_of(const std::string& bytes, std::size_t chunk, std::size_t longest) {
  LineReader reader(longest);
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = reader.next())
      lines.push_back(std::to_string(line->number) + (line->too_long ? "!" : ":" + line->text));
  };
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    reader.add(std::string_view(bytes).substr(at, chunk));
    take();
  }
  reader.end();
  take();
  return lines;
}

TEST_CASE("Lines are the same however their bytes come") {
  struct Row {
    std::string bytes;
    std::vector<std::string> lines;
  };
  const std::string nul("a\0b", 3);
  for (const Row& row : {Row{"", {}},
                         {"\n", {"1:"}},
                         {"a", {"1:a"}},
                         {"a\nb\n", {"1:a", "2:b"}},
                         {"a\n\nb", {"1:a", "2:", "3:b"}},
                         {"12345\n123456\n1", {"1:12345", "2!", "3:1"}},
                         {"123456789012345678901234567890\nb\n", {"1!", "2:b"}},
                         {"a\n123456789012345678901234567890", {"1:a", "2!"}},
                         {nul + "\n", {"1:" + nul}}}) {
    for (std::size_t chunk = 1; chunk < 9; ++chunk) {
      INFO(row.bytes << " by " << chunk);
      CHECK(lines_of(row.bytes, chunk, 5) == row.lines);
    }
  }
}

// "id path [arg|arg]", or "id: why"
std::string told(const std::string& line) {
  Asker asker;
  const Result<Item> item = read_item(line, asker);
  if (!item.ok()) return asker.id + ": " + item.error().message;
  std::string args;
  for (const std::string& arg : item->args) args += (args.empty() ? "" : "|") + arg;
  return fmt::format("{} {} [{}]", asker.id, item->path, args);
}

TEST_CASE("Items are read strictly, and ids are kept as they are written") {
  const std::string form = R"({"id": ..., "path": ..., "args": [...]})";
  const std::string no_json = "the line is no JSON object such as " + form + ": it goes wrong at byte ";
  struct Row {
    std::string line, told;
  };
  for (const Row& row : {
           Row{R"({"id": 7, "path": "a"})", "7 a []"},
           {R"( {"args":["--dtype","float16"],"path":"a b","id":"x\u00e9"} )", R"("x\u00e9" a b [--dtype|float16])"},
           {R"({"id": -1.50e+3, "path": "a", "args": []})", "-1.50e+3 a []"},
           {R"({"id": 123456789012345678901234567890, "path": "a"})", "123456789012345678901234567890 a []"},
           {R"({"id": true, "path": "\u00e9"})", "true é []"},
           {R"({"id": null, "path": "a"})", "null a []"},
           {R"({"path": "a"})", "null a []"},
           {"{\"id\": 7, \"path\": \"a\"}\r", "7 a []"},
           {"", "null: the line is blank, and no item: " + form},
           {" \t\r", "null: the line is blank, and no item: " + form},
           {"{", "null: " + no_json + "1"},
           {"7", "null: " + no_json + "0"},
           {R"({"id": 7, "path": "a"} x)", "7: " + no_json + "23"},
           {R"({"id": 7, "path": "a")", "7: " + no_json + "21"},
           {std::string("{\"id\": 7, \"path\": \"a\0b\"}", 24), "7: " + no_json + "20"},
           {"{\"id\": \"\xff\", \"path\": \"a\"}", "null: " + no_json + "8"},
           {R"({"path": "a\u0000b", "id": 7})", "7: the item has a `path` with a NUL in it"},
           {R"({"path": 3, "id": 7})", "7: the item has a `path` that is no text"},
           {R"({"id": 7})", "7: the item has no `path`"},
           {R"({"id": [1], "path": "a"})", "null: the item has an `id` that is no text, number, true, false or null"},
           {R"({"path": "a", "args": "--zero3", "id": 7})", "7: the item has `args` that are no list of texts"},
           {R"({"path": "a", "args": ["x", {"y": [1]}], "id": 7})", "7: the item has an argument that is no text"},
           {R"({"path": "a", "path": "b", "id": 7})", "7: the item has `path` twice"},
           {R"({"id": 6, "path": "a", "id": 7})", "7: the item has `id` twice"},
           {R"({"pth": {"a": []}, "id": 7})", "7: the item has `pth`, which no item has: " + form},
       }) {
    INFO(row.line);
    CHECK(told(row.line) == row.told);
  }
}

TEST_CASE("Answers are one line each") {
  Asker asker{"\"a\"", 3};
  CHECK(answer_line(asker, failed_members(Cause::kTime, "a\n\"b\"")) ==
        R"({"id": "a", "line": 3, "status": "failed", "cause": "time", "why": "a\n\"b\""})"
        "\n");
}

}  // namespace
}  // namespace ckptlint
