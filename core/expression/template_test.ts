import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import type { Json, Row } from "../record/mod.ts";
import { loadJinja } from "./_jinja.ts";
import { compileTemplate, templateCompiler } from "./template.ts";
import { templateText } from "./template_text.ts";

async function render(text: string, row: Row): Promise<string> {
  return (await compileTemplate(text)).render(row);
}

async function refusal(text: string, name = "prompt"): Promise<FastDistillError> {
  return await assertRejects(() => compileTemplate(text, { name }), FastDistillError);
}

Deno.test("compileTemplate() inserts texts, numbers, booleans, null and JSON", async () => {
  const row = {
    s: "é 😀",
    n: 3,
    f: 0.5,
    big: 1e21,
    yes: true,
    nil: null,
    list: [1, "a", null],
    map: { k: { v: [] } },
  };
  const text = "{{ s }}|{{ n }}|{{ f }}|{{ big }}|{{ yes }}|{{ nil }}|{{ list }}|{{ map }}";
  const expected = 'é 😀|3|0.5|1e+21|true||[1, "a", null]|{"k": {"v": []}}';
  assertEquals(await render(text, row), expected);
  assertEquals(await render('{{ "" if true else "" }}' + text, row), expected);
});

Deno.test("compileTemplate() gives the free variables only", async () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["{{ b }} {{ a }} {{ b }}", ["b", "a"], []],
    ["{% for x in xs %}{{ x }}{{ loop.index }}{{ y }}{% else %}{{ z }}{% endfor %}{{ x }}", [
      "xs",
      "y",
      "z",
      "x",
    ], []],
    ["{% for k, v in m.items() if v > low %}{{ k }}{% endfor %}", ["m", "low"], []],
    ["{{ x }}{% set x = y %}{{ x }}", ["x", "y"], []],
    ["{% set x = 1 %}{{ x }}", [], []],
    ["{% set a, b = pair %}{{ a }}{{ b }}", ["pair"], []],
    ["{% set block %}{{ inner }}{% endset %}{{ block }}", ["inner"], []],
    ["{% if c %}{% set x = 1 %}{% elif d %}{{ x }}{% endif %}{{ x }}", ["c", "d", "x"], []],
    ["{% for x in xs %}{% set y = x %}{{ y }}{% endfor %}{{ y }}", ["xs", "y"], []],
    ["{% macro f(p, q=r) %}{{ p }}{{ q }}{{ later }}{{ free }}{% endmacro %}{% set later = 1 %}{{ f(a) }}", [
      "a",
      "r",
      "free",
    ], []],
    ["{% macro w() %}[{{ caller(1) }}]{% endmacro %}{% call(i) w() %}{{ i }}{{ a }}{% endcall %}", ["a"], []],
    ["{% set ns = namespace(n=0) %}{% set ns.n = k %}{{ ns.n }}", ["k"], []],
    ["{% filter upper %}{{ a }}{% endfilter %}", ["a"], []],
    ["{{ o.field }}{{ o[key] }}{{ o['k'] }}{{ l[i:j] }}", ["o", "key", "l", "i", "j"], []],
    ["{{ [a, b] | join(sep) }}{{ {'k': v}['k'] }}{{ not n }}{{ -m }}{{ t if u else w }}", [
      "a",
      "b",
      "sep",
      "v",
      "n",
      "m",
      "u",
      "t",
      "w",
    ], []],
    ["{{ range(n) }}{{ range }}", ["n", "range"], []],
    ["{{ a | default(b) }}{% if c is defined %}{{ c }}{% endif %}", ["b"], ["a", "c"]],
    ["{{ d is none }}{{ true }}{{ None }}", ["d"], []],
    ["{# {{ comment }} #}text", [], []],
  ];
  for (const [text, required, optional] of cases) {
    const template = await compileTemplate(text);
    assertEquals([template.variables, template.optionalVariables], [required, optional], text);
  }
});

Deno.test("compileTemplate() renders loops, sets, macros and filters", async () => {
  const row = { xs: [{ q: "a" }, { q: "b" }], range: 5, namespace: "kube", question: "  Why?\n" };
  assertEquals(await render("{% for x in xs %}\n- {{ x.q }}\n{% endfor %}\nend\n", row), "- a\n- b\nend");
  assertEquals(await render("{{ range }} {{ namespace }} {% set n = 2 %}{{ n }}", row), "5 kube 2");
  assertEquals(await render("{{ question | trim | upper }}", row), "WHY?");
  assertEquals(
    await render("{% for i in range(1, 7, 2) %}{{ i }}{% endfor %}{{ range(3) | length }}", {}),
    "1353",
  );
  assertEquals(await render("{{ missing | default('none given') }}", {}), "none given");
  assertEquals(await render("{% if hint is defined %}{{ hint }}{% endif %}.", { hint: "h" }), "h.");
  assertEquals(await render("{% if hint is defined %}{{ hint }}{% endif %}.", {}), ".");
});

Deno.test("compileTemplate() renders the same with and without the interpreter", async () => {
  const [jinja, compile] = [await loadJinja(), await templateCompiler()];
  const piece = fc.oneof(
    fc.constantFrom("{{ a }}", "{{ b }}", "{{- a }}", "{{ b -}}", "{# note #}", "{{ 'lit' }}", "\n", "  "),
    fc.string().filter((text) => !/[{}#%\\]/.test(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.jsonValue(), fc.jsonValue(), (pieces, a, b) => {
      const text = pieces.join("");
      const interpreted = jinja.parse(jinja.tokenize(text)).run(new Map(Object.entries({ a, b })));
      assertEquals(compile(text).render({ a, b } as Row), interpreted);
    }),
    { numRuns: 500, seed: 7 },
  );
});

Deno.test("templateText() writes what the interpreter writes", async () => {
  const compile = await templateCompiler();
  const interpreted = compile("{{ value if true else value }}");
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(templateText(value as Json), interpreted.render({ value: value as Json }));
  }));
});

Deno.test("compileTemplate() names a missing variable and the nearest column", async () => {
  for (const text of ["{{ questoin }}", "{{ questoin | trim }}"]) {
    const template = await compileTemplate(text, { name: "prompt" });
    const error = assertThrows(() => template.render({ question: "q", id: 1 }), FastDistillError);
    assertEquals(error.code, "step.template_variable");
    assertEquals(
      error.message,
      'The template "prompt" names "questoin", which is not a column of the row; did you mean "question"?',
    );
  }
});

Deno.test("compileTemplate() does not take inherited properties for columns", async () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    const template = await compileTemplate(`{{ ${name} }}`);
    const error = assertThrows(() => template.render({ a: 1 }), FastDistillError);
    assertEquals(error.code, "step.template_variable");
  }
  assertEquals(
    await render("{{ constructor }}{{ c.constructor }}", { constructor: "own", c: { constructor: 1 } }),
    "own1",
  );
});

Deno.test("compileTemplate() cannot run code", async () => {
  const attempts = [
    "{{ ''.constructor.constructor('return 1')() }}",
    "{{ range.constructor('return 1')() }}",
    "{{ a['constructor']['constructor']('return 1')() }}",
    "{{ namespace.__proto__.constructor('return 1')() }}",
    "{% set f = a.toString %}{{ f.constructor('return 1')() }}",
    "{{ raise_exception.call('x') }}",
  ];
  for (const text of attempts) {
    const template = await compileTemplate(text);
    const error = assertThrows(
      () => template.render({ a: "x", range: [1], namespace: {}, raise_exception: 1 }),
      FastDistillError,
    );
    assertEquals(error.code, "step.template", text);
  }
});

Deno.test("compileTemplate() has no clock and no endless list", async () => {
  assertEquals((await compileTemplate("{{ strftime_now('%Y') }}")).variables, ["strftime_now"]);
  for (const text of ["{{ range(10000000) }}", "{{ range(0, 5, 0) }}"]) {
    const template = await compileTemplate(text);
    assertEquals(assertThrows(() => template.render({}), FastDistillError).code, "step.template", text);
  }
});

Deno.test("compileTemplate() says where a template cannot be read", async () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "a {{ b }}\n  {{ c d }}",
      'line 2, column 3, near "{{ c d }}": expected closing expression token. Identifier !== CloseExpression',
    ],
    ["{% if a %}\nx", 'line 1, column 1, near "{% if a %}": it ends before a block is closed'],
    ["x {{ a ? b }}", 'line 1, column 3, near "{{ a ? b }}": unexpected character: ?'],
    [
      '{{ "}}" }} {{ x y }}',
      'line 1, column 12, near "{{ x y }}": expected closing expression token. Identifier !== CloseExpression',
    ],
    ["{% for x in xs %}\n{% endfr %}", 'line 2, column 1, near "{% endfr %}": unknown statement type: endfr'],
    ["ok {# never closed", 'line 1, column 4, near "{# never closed": missing end of comment tag'],
  ];
  for (const [text, expected] of cases) {
    const error = await refusal(text);
    assertEquals(error.code, "step.template");
    assertEquals(error.message, `Cannot read the template "prompt", ${expected}`);
    assertEquals(typeof error.context.line, "number");
  }
});

Deno.test("compileTemplate() refuses unknown filters and tests before a row is rendered", async () => {
  assertEquals(
    (await refusal("{{ a | uper }}")).message,
    'The template "prompt" uses the filter "uper", which does not exist; did you mean "upper"?',
  );
  assertEquals(
    (await refusal("{% if a is defned %}{% endif %}")).message,
    'The template "prompt" uses the test "defned", which does not exist; did you mean "defined"?',
  );
});

Deno.test("compileTemplate() turns what the interpreter throws into step.template", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["{{ a | trim }}", 'Cannot apply filter "trim" to type: NullValue'],
    ["{{ raise_exception('no schema') }}", "no schema"],
    ["{% break %}", "break or continue stands outside a loop"],
  ];
  for (const [text, reason] of cases) {
    const template = await compileTemplate(text, { name: "prompt" });
    const error = assertThrows(() => template.render({ a: null }), FastDistillError);
    assertEquals([error.code, error.message], [
      "step.template",
      `Cannot render the template "prompt": ${reason}`,
    ]);
  }
});

Deno.test("compileTemplate() knows every filter that the library knows", async () => {
  const jinja = await loadJinja();
  const operands: readonly Json[] = ["text", 1, 1.5, true, ["b", "a"], { k: "v" }, [{ k: "v" }]];
  const known =
    "abs bool capitalize default dictsort first float get indent int items join keys last length list " +
    "lower map rejectattr replace reverse safe selectattr sort string title tojson trim unique upper values";
  for (const filter of known.split(" ")) {
    const calls = [
      filter,
      `${filter}()`,
      `${filter}("k")`,
      `${filter}("k", "v")`,
      `${filter}(attribute="k")`,
    ];
    const works = calls.some((call) =>
      operands.some((value) => {
        try {
          jinja.parse(jinja.tokenize(`{{ value | ${call} }}`)).run(new Map([["value", value]]));
          return true;
        } catch {
          return false;
        }
      })
    );
    assertEquals(works, true, filter);
  }
});
