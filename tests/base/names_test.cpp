// How many names are said in few words.
#include "ckptlint/names.h"

#include <string>
#include <vector>

#include "catch.h"

namespace ckptlint {
namespace {

struct Listing {
  std::vector<std::string> names;
  const char* text;
};

TEST_CASE("many names are said in few words", "[names]") {
  const std::vector<Listing> listings = {
      {{"a"}, "`a`"},
      {{"a.x", "a.y"}, "`a.x` and `a.y`"},  // two are shorter than their braces are clear
      {{"a", "b", "c"}, "`a`, `b` and `c`"},
      {{"a.x", "a.y", "b"}, "`a.{x,y}` and `b`"},
      {{"a.x.w", "a.y.w", "a.z.w"}, "`a.{x,y,z}.w`"},
      {{"l.0.q.w", "l.1.q.w", "l.0.k.w", "l.1.k.w", "l.1.o.b"}, "`l.{0,1}.{q,k}.w` and `l.1.o.b`"},
      // One word after the other, the innermost first.
      {{"f.1a.x.lo", "f.1a.x.hi", "f.1a.y.lo", "f.1a.y.hi"}, "`f.1a.{x,y}.{lo,hi}`"},
      // Six words in one pair of braces; what is beyond stands beside it.
      {{"m.a", "m.b", "m.c", "m.d", "m.e", "m.f", "m.g"}, "`m.{a,b,c,d,e,f}` and `m.g`"},
      // Numbers and what looks like braces are no words.
      {{"m.{a}", "m.{b}", "m.c"}, "`m.{a}`, `m.{b}` and `m.c`"},
      {{"m.1.a", "m.2.b", "m.3.c"}, "`m.1.a`, `m.2.b` and `m.3.c`"},
      {{"a.b", "c.d.e", "f", "g.h.i.j", "k"}, "`a.b`, `c.d.e`, `f` and 2 more"},
  };
  for (const Listing& listing : listings) CHECK(listed_names(listing.names) == listing.text);
}

TEST_CASE("names without end are listed as they are", "[names]") {
  std::vector<std::string> names;
  for (char c = 'a'; c <= 'd'; ++c) names.push_back(std::string(200, '.') + c);
  CHECK(listed_names(names, 1).ends_with(" and 3 more"));
  names.clear();
  for (int i = 0; i < 1500; ++i) names.push_back("m.w" + std::to_string(i));
  CHECK(listed_names(names) == "`m.w0`, `m.w1`, `m.w2` and 1497 more");
}

TEST_CASE("absent packages are one sentence", "[names]") {
  CHECK(absence_text({"fla"}) == "taken as absent: the package `fla`, which the code asks for");
  CHECK(absence_text({"fla", "kernels"}) == "taken as absent: the packages `fla`, `kernels`, which the code asks for");
}

}  // namespace
}  // namespace ckptlint
