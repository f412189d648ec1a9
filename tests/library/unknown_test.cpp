// What is not known spreads through the builtins: it is never guessed, and it never hides what is known all the same.
#include <string>

#include "catch.h"
#include "library/host/environment.h"
#include "library/library.h"
#include "python/evaluate/interpreter.h"

namespace ckptlint::python {
namespace {

struct Answer {
  std::string text;  // repr, or "unknown"
  std::size_t notes = 0;
};

Answer answer_of(const std::string& expression) {
  SourceRoot root;
  root.tree =
      in_memory_tree({{"case.py", "import itertools, math, operator, re\nU = input()\ndef run():\n    return (" +
                                      expression + ")\n"}});
  Interpreter in({root}, default_environment(), Budget{}, install_library);
  try {
    const Value value = in.call(in.import_name("case", "run"), {});
    return {value.unknown() ? "unknown" : in.repr(value), in.notes.size()};
  } catch (const PyRaise& raised) {
    return {"raises " + in.describe(raised), in.notes.size()};
  }
}

TEST_CASE("an Unknown makes the results that depend on it unknown") {
  for (const char* expression : {
           "U + 1",
           "1 + U",
           "-U",
           "not U",
           "U == 1",
           "1 == U",
           "U < 1",
           "U is None",
           "U in [1]",
           "1 in U",
           "1 in [U]",
           "U in {1: 2}",
           "'a' in U",
           "U in 'abc'",
           "[U] == [1]",
           "(1, U) < (1, 2)",
           "{'a': U} == {'a': 1}",
           "len(U)",
           "str(U)",
           "repr([U])",
           "f'{U}'",
           "f'{[U]}'",
           "'%s' % U",
           "'%s' % (U,)",
           "'%(a)s' % {'a': U}",
           "'{}'.format(U)",
           "'{a}'.format(a=U)",
           "'{}'.format([U])",
           "'x'.join(['a', U])",
           "'abc'.split(U)",
           "'abc'.replace('a', U)",
           "'abc'.startswith(('x', U))",
           "'a' * U",
           "[1] * U",
           "[1, 2][U]",
           "[1, 2][U:]",
           "{'a': 1}[U]",
           "{'a': 1}.get(U)",
           "U.x",
           "U['a']",
           "U(1)",
           "int(U)",
           "float(U)",
           "bool(U)",
           "list(U)",
           "tuple(U)",
           "dict(U)",
           "set(U)",
           "sorted(U)",
           "sorted([2, U, 1])",
           "min(1, U)",
           "max([U, 1])",
           "sum([1, U])",
           "any([U, False])",
           "all([U, True])",
           "range(U)",
           "zip(U, [1])",
           "map(U, [1]) and next(map(U, [1]))",
           "enumerate(U)",
           "abs(U)",
           "round(U)",
           "divmod(U, 2)",
           "pow(2, U)",
           "hash(U)",
           "hash((1, U))",
           "isinstance(U, int)",
           "isinstance(1, U)",
           "isinstance(1, (str, U))",
           "issubclass(U, int)",
           "callable(U)",
           "getattr(U, 'x', 1)",
           "getattr(1, U, 1)",
           "hasattr(U, 'x')",
           "hasattr(1, U)",
           "type('T', U, {})",
           "math.sqrt(U)",
           "math.prod([1, U])",
           "math.gcd(4, U)",
           "re.match(U, 'a')",
           "re.match('a', U)",
           "re.sub('a', lambda m: U, 'a')",
           "operator.add(U, 1)",
           "next(itertools.accumulate([U, 1]))",
           "open('/etc/passwd').read()",
           "eval(U)",
           "10 ** 10 ** 10",
           "'x' * 10 ** 12",
           "format(1, '999999999')",
           "re.match('(a+)+b', 'a' * 5000)",
           "[1 for x in U]",
       }) {
    INFO(expression);
    const Answer answer = answer_of(expression);
    CHECK(answer.text == "unknown");
    CHECK(answer.notes == 0);
  }
}

TEST_CASE("what is known in spite of an Unknown is known") {
  for (const auto& [expression, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"[U, 1] == [U, 2]", "False"},
           {"[U] == [1, 2]", "False"},
           {"[U, 1] == [3, 2]", "False"},
           {"{'a': U, 'b': 1} == {'a': 2, 'b': 3}", "False"},
           {"(1, U) < (2, 5)", "True"},
           {"1 in [U, 1]", "True"},
           {"U in []", "False"},
           {"U in {}", "False"},
           {"[1, U][0]", "1"},
           {"len([U, U])", "2"},
           {"{'a': U}.get('b', 5)", "5"},
           {"list({'a': U})", "['a']"},
           {"any([U, True])", "True"},
           {"all([U, False])", "False"},
           {"isinstance(1, (int, U))", "True"},
           {"'abc'.startswith(('a', U))", "True"},
           {"bool([U])", "True"},
           {"next(zip([1], [U]))[0]", "1"},
           {"[type(x) for x in enumerate([U])][0]", "<class 'tuple'>"},
           {"max([], default=3)", "3"},
           {"print(U)", "None"},
           {"(lambda l: (l.append(U), len(l))[1])([])", "1"},
           {"[x for x, y in [(1, U)]]", "[1]"},
       }) {
    INFO(expression);
    const Answer answer = answer_of(expression);
    CHECK(answer.text == expected);
    CHECK(answer.notes == 0);
  }
}

TEST_CASE("what an Unknown changes in place makes the model partial") {
  for (const char* expression :
       {"(lambda d: d.__setitem__(U, 1))({})", "(lambda d: d.pop(U))({1: 2})", "(lambda l: l.__setitem__(U, 1))([1])",
        "(lambda l: l.pop(U))([1, 2])", "(lambda s: s.discard(U))({1})", "(lambda d: d.update(U))({})",
        "(lambda l: l.sort())([1, U])", "setattr(len, U, 1)", "exec(U)", "list(filter(U, [1]))"}) {
    INFO(expression);
    CHECK(answer_of(expression).notes == 1);
  }
}

// Hostile code meets a bound: an error of Python, a budget, or an Unknown.  That it ends at all is the test.
TEST_CASE("hostile expressions end") {
  for (const char* expression : {
           "(lambda l: (l.append(l), repr(l))[1])([])",
           "(lambda a, b: (a.append(a), b.append(b), a == b))([], [])",
           "list(range(10 ** 15))",
           "[0] * 10 ** 15",
           "'x' * 2 ** 62",
           "'a'.ljust(2 ** 62)",
           "'%*d' % (2 ** 62, 1)",
           "'%.*f' % (2 ** 40, 1.5)",
           "f'{1:{10 ** 15}}'",
           "7 ** 7 ** 70",
           "1 << 2 ** 62",
           "pow(2, 2 ** 62)",
           "math.factorial(10 ** 12)",
           "math.comb(10 ** 12, 10 ** 11)",
           "int('9' * 10 ** 6)",
           "itertools.tee([1], 10 ** 15)",
           "list(itertools.product([0], repeat=10 ** 12))",
           "(5).to_bytes(2 ** 60, 'big')",
           "re.compile('(' * 5000 + ')' * 5000)",
           "re.compile('(((a{999}){999}){999})')",
           "re.match(r'(.*)*$x', 'a' * 9000)",
           "(lambda f: f(f))(lambda f: f(f))",
           "__import__('functools').reduce(lambda t, _: (t,), range(90000), ()) == 5",
           "repr(__import__('functools').reduce(lambda t, _: [t], range(90000), 0))",
           "hash(__import__('functools').reduce(lambda t, _: (t,), range(90000), ()))",
           "{__import__('functools').reduce(lambda t, _: (t,), range(90000), ()): 1}",
           "list(__import__('functools').reduce(lambda t, _: map(int, t), range(90000), iter([1])))",
           "len(repr(__import__('functools').reduce(lambda t, _: [t, t], range(60), 0)))",
           "{__import__('functools').reduce(lambda t, _: (t, t), range(60), ()): 1} and 1",
           "range(-2 ** 63, 2 ** 63 - 1)[5]",
           "-2 ** 63 // -1",
           "[1, 2][::-2 ** 63]",
           "object.__new__(re.Pattern).match('a')",
           "object.__new__(re.Match).group()",
           "list.append(object.__new__(list), 1)",
           "len(object.__new__(dict))",
           "'{' * 9000 + '}'.format()",
           "string.Template('$' * 9000)",
       }) {
    INFO(expression);
    std::string outcome;
    try {
      outcome = answer_of(expression).text;
    } catch (const BudgetExceeded& budget) {
      outcome = std::string("out of ") + budget.what;
    }
    CHECK_FALSE(outcome.empty());
  }
}

}  // namespace
}  // namespace ckptlint::python
