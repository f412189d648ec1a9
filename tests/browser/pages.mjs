// Uses pages as a person does, in a browser: slider, links, copying, keyboard, dark and print, without scripts.
//   node tests/browser/pages.mjs PROGRAM CHROMIUM FOLDER
// PROGRAM is ckptlint, CHROMIUM a browser of that kind, FOLDER takes the pages and pictures of them.  Needs playwright-core and
// axe-core where node looks for packages (NODE_PATH is not looked at: they are found from the working folder).
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {createRequire} from "node:module";
import {readFileSync, writeFileSync} from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [program, chromium, folder] = process.argv.slice(2);
const require = createRequire(path.join(process.cwd(), "package.json"));
const browsers = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const root = path.resolve(import.meta.dirname, "../..");
const repo = path.join(root, "fixtures/models/granite-switch-like");

const run = (args) => {
  try {
    return execFileSync(program, args, {encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"]});
  } catch (failed) {
    assert.equal(failed.status, 1, `${args.join(" ")} ended with ${failed.status}`);
    return failed.stdout;
  }
};
const written = (name, args) => {
  const file = path.join(folder, name);
  writeFileSync(file, run(args));
  return pathToFileURL(file).href;
};

const browser = await browsers.chromium.launch({executablePath: chromium, args: ["--no-sandbox"]});

// A page in which nothing may go wrong: no message, no request but for the file itself.
const opened = async (address, options = {}) => {
  const context = await browser.newContext({viewport: {width: 1120, height: 900}, ...options});
  if (options.javaScriptEnabled !== false) await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.on("console", (message) => assert.fail(`the console has: ${message.text()}`));
  page.on("pageerror", (error) => assert.fail(`the page raises ${error}`));
  page.on("request", (request) => assert.equal(request.url().split("#")[0], address));
  await page.goto(address);
  return page;
};

const geometry = (page) => page.$$eval("figure svg rect, figure svg path, figure svg text, figure svg circle", (all) => all
  .filter((each) => !each.closest("defs"))
  .map((each) => [each.tagName, each.getAttribute("class"), ...["x", "y", "width", "height", "d"].map((name) => {
    const value = each.getAttribute(name);
    return value !== null && name !== "d" ? Number(value).toFixed(1) : value;
  }), each.tagName === "text" ? each.textContent : ""]));

const checks = [];
const check = (name, body) => checks.push([name, body]);

const budgets = ["--max-memory", "0=16KiB,1=16KiB"];
const report = written("report.html", ["check", repo, ...budgets, "--output-format", "html"]);
const equal = written("equal.html", ["map", repo, "--output-format", "html"]);
const offloaded = written("offloaded.html", ["map", repo, "--max-memory", "0=7KiB,1=6KiB,cpu=1MiB", "--output-format", "html"]);
const by_hand = written("by-hand.html", ["map", repo, ...budgets, "--output-format", "html", "--device-map",
  '{"model.embed_tokens": 0, "model.layers": 0, "model.norm": 1, "lm_head": 1}']);

const asked = ["compat", repo, "--round-trip"];
const releases = written("releases.html", [...asked, "--output-format", "html"]);

check("without scripts a page is whole", async () => {
  for (const address of [report, equal, offloaded, by_hand]) {
    const page = await opened(address, {javaScriptEnabled: false});
    assert.ok(await page.isHidden("[data-part=controls]"));
    assert.ok((await geometry(page)).length > 5);
    assert.ok(await page.isVisible(".tree"));
    await page.context().close();
  }
});

check("the script draws what the program drew", async () => {
  for (const address of [report, equal, offloaded, by_hand]) {
    const still = await opened(address, {javaScriptEnabled: false});
    const moving = await opened(address);
    assert.deepEqual(await geometry(moving), await geometry(still));
    const text = (page) => page.$$eval("[data-part=table] tr, .tree [data-of]", (all) => all.map((each) => each.textContent));
    assert.deepEqual(await text(moving), await text(still));
    await still.context().close();
    await moving.context().close();
  }
});

check("every step of the slider is what the program answers for its budgets", async () => {
  const page = await opened(equal);
  const data = JSON.parse(await page.textContent("script[type='application/json']"));
  for (const [number, sweep] of data.sweeps.entries()) {
    await page.selectOption("[data-part=which]", String(number));
    const devices = sweep.devices.filter(([, , moved]) => moved).length;
    for (const [step, [from, to]] of sweep.ranges.entries()) {
      if (devices !== 2 && step % 3 !== 0) continue;
      await page.$eval("[data-part=slider]", (slider, value) => {
        slider.value = value;
        slider.dispatchEvent(new Event("input"));
      }, step);
      // What is drawn on which device: the titles of the blocks, ribbon by ribbon.
      const drawn = await page.$$eval("figure svg g", (ribbons) => ribbons.flatMap((ribbon) =>
        [...ribbon.querySelectorAll("rect.block title")].map((title) => [title.textContent.split(" (")[0], ribbon.querySelector("text").textContent])));
      const lost = await page.$$eval("figure svg circle", (all) => all.length);
      for (const budget of new Set([from, to ?? from + 100])) {
        const memory = Array.from({length: devices}, (_, i) => `${i}=${budget}`).join(",");
        const answer = JSON.parse(run(["map", repo, "--max-memory", `${memory},cpu=900000GiB`, "--format", "json"]));
        const places = new Map(answer.device_map.map(([name, device]) => [name, String(device)]));
        for (const [block, device] of drawn) {
          const parts = block.split(".");
          const above = parts.map((_, i) => parts.slice(0, parts.length - i).join(".")).concat("").find((name) => places.has(name));
          assert.equal(device, places.get(above), `${sweep.name}, ${budget}: ${block}`);
        }
        assert.ok(drawn.length > 0);
        assert.equal(lost > 0, answer.unplaced.length > 0);
      }
    }
  }
  await page.context().close();
});

check("keys move the slider, and say what comes of it", async () => {
  const page = await opened(report);
  await page.focus("[data-part=slider]");
  const before = await page.textContent("[data-part=said]");
  await page.keyboard.press("ArrowLeft");
  const after = await page.textContent("[data-part=said]");
  assert.notEqual(after, before);
  assert.ok((await page.getAttribute("[data-part=slider]", "aria-valuetext")).length > 10);
  await page.keyboard.press("Home");
  assert.match(await page.textContent("[data-part=said]"), /disk: /);
  await page.click("[data-part=after]");
  assert.match(await page.textContent("[data-part=said]"), /without a device/);
  await page.click("[data-part=before]");
  assert.doesNotMatch(await page.textContent("[data-part=said]"), /without a device/);
  await page.context().close();
});

check("a budget that is typed in is found", async () => {
  const page = await opened(report);
  await page.fill("[data-part=exact]", "13");
  await page.press("[data-part=exact]", "Tab");
  assert.match(await page.textContent("[data-part=table]"), /13 KiB/);
  const names = await page.$$eval(".tree [data-of]", (all) => all.map((each) => each.textContent));
  await page.fill("[data-part=exact]", "0.5");
  await page.press("[data-part=exact]", "Tab");
  assert.notDeepEqual(await page.$$eval(".tree [data-of]", (all) => all.map((each) => each.textContent)), names);
  await page.context().close();
});

check("a lost tensor leads to its finding, and a fix is copied", async () => {
  const page = await opened(report);
  await page.click("figure svg a >> nth=0");
  assert.equal(new URL(page.url()).hash, "#m1-f1");
  assert.ok(await page.isVisible("#m1-f1"));
  const button = page.locator("button[data-copies]").first();
  const id = await button.getAttribute("data-copies");
  await button.click();
  await page.waitForFunction((text) => text.textContent === "Copied", await button.elementHandle());
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.$eval(`#${id}`, (text) => text.textContent));
  await page.context().close();
});

check("the table of releases has what the program answers, and needs no script", async () => {
  const answer = JSON.parse(run([...asked, "--output-format", "json"]));
  const page = await opened(releases, {javaScriptEnabled: false});
  // Each table as rows of {head, cells: [[word, title]]}.
  const tables = await page.$$eval(".heat table", (all) => all.map((table) => ({
    columns: [...table.querySelectorAll("thead th")].slice(1).map((each) => each.textContent),
    rows: [...table.querySelectorAll("tbody tr")].map((row) => ({
      head: row.querySelector("th").textContent,
      cells: [...row.querySelectorAll("td")].map((cell) => [cell.textContent, cell.title, cell.className]),
    })),
  })));
  assert.equal(tables.length, 2);
  const classes = {yes: "good", no: "bad", "?": "unknown", "-": "none"};
  const columns = [
    answer.releases.map(({release, stages}) => [release, stages]),
    answer.round_trips.map(({saved_by, loaded_by, stages}) => [`${saved_by}, loaded with ${loaded_by}`, stages]),
  ];
  for (const [i, table] of tables.entries()) {
    assert.deepEqual(table.columns, columns[i].map(([name]) => name));
    assert.deepEqual(table.rows.map(({head}) => head), Object.keys(columns[i][0][1]));
    for (const {head, cells} of table.rows) {
      assert.deepEqual(cells, columns[i].map(([name, stages]) => {
        const {verdict, why} = stages[head];
        return [verdict, `${name}, ${verdict}${why ? `: ${why}` : ""}`, classes[verdict]];
      }));
    }
  }
  await page.context().close();
});

check("the table of releases scrolls by keys where it is wider than the page", async () => {
  const page = await opened(releases, {viewport: {width: 240, height: 700}});
  const region = page.locator(".heat").first();
  assert.ok(await region.evaluate((each) => each.scrollWidth > each.clientWidth), "nothing to scroll");
  await region.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector(".heat").scrollLeft > 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 240), "the page itself is wider");
  await page.context().close();
});

check("nothing stands in the way of a screen reader", async () => {
  for (const [address, scheme] of [[report, "light"], [report, "dark"], [offloaded, "light"], [releases, "light"], [releases, "dark"]]) {
    const page = await opened(address, {bypassCSP: true, colorScheme: scheme});
    await page.evaluate(axe);
    const {violations} = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map((each) => [each.id, each.nodes.map((node) => node.html)]), []);
    await page.context().close();
  }
});

check("dark, narrow and printed", async () => {
  const dark = await opened(report, {colorScheme: "dark"});
  assert.notEqual(await dark.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  await dark.screenshot({path: path.join(folder, "dark.png"), fullPage: true});
  await dark.context().close();
  const narrow = await opened(report, {viewport: {width: 390, height: 800}});
  assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= 390), "the page is wider than a telephone");
  await narrow.screenshot({path: path.join(folder, "narrow.png"), fullPage: true});
  await narrow.context().close();
  for (const scheme of ["dark", "light"]) {
    const table = await opened(releases, {colorScheme: scheme});
    await table.screenshot({path: path.join(folder, `releases-${scheme}.png`), fullPage: true});
    await table.context().close();
  }
  const printed = await opened(report);
  await printed.emulateMedia({media: "print"});
  assert.ok(await printed.isHidden("[data-part=controls]"));
  await printed.screenshot({path: path.join(folder, "print.png"), fullPage: true});
  await printed.emulateMedia({media: "screen"});
  await printed.screenshot({path: path.join(folder, "light.png"), fullPage: true});
  await printed.context().close();
});

let failed = 0;
for (const [name, body] of checks) {
  try {
    await body();
    console.log(`ok: ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED: ${name}: ${error.message}`);
  }
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
