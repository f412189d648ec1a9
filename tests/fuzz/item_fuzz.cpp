// Lines of unknown origin, as they come in on standard input, and what is answered to those that are no items.
#include <cstdint>
#include <string>

#include "base/json_cursor.h"
#include "fleet/item.h"
#include "fleet/line_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckptlint;
  constexpr std::size_t kLongest = 4096;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LineReader reader(kLongest);
  const std::size_t half = size / 2;
  const auto take = [&] {
    while (const auto line = reader.next()) {
      if (line->text.size() > kLongest || line->text.find('\n') != std::string::npos) __builtin_trap();
      Asker asker{"null", line->number};
      const Result<Item> item = read_item(line->text, asker);
      const std::string answer =
          answer_line(asker, failed_members(Cause::kLine, item.ok() ? item->path : item.error().message));
      // One line of JSON, whatever came in.
      if (answer.find('\n') != answer.size() - 1) __builtin_trap();
      JsonCursor cursor(answer);
      if (!cursor.skip_value() || cursor.next() != JsonToken::kEnd) __builtin_trap();
    }
  };
  reader.add(bytes.substr(0, half));
  take();
  reader.add(bytes.substr(half));
  take();
  reader.end();
  take();
  return 0;
}
